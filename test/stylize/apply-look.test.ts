import { expect, test } from 'vitest';
import { loadStyle, pictures, type StyleChoice } from '../../src/api/node.js';
import type { Image } from '../../src/core/image.js';
import { tinyStyleBytes } from '../tiny-style.js';

function waves(width: number, height: number): Image {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    Math.round(127 + 120 * Math.sin(i / 17 + (i % 3))),
  );
  return { width, height, data };
}

const photo = waves(40, 28);
const mask = waves(20, 14);

/** Largest difference of two pictures. */
function difference(a: Image, b: Image): number {
  return a.data.reduce((most, v, i) => Math.max(most, Math.abs(v - b.data[i]!)), 0);
}

test.each<[string, StyleChoice]>([
  ['nothing', {}],
  ['strength', { strength: 0.4 }],
  ["the photo's colours", { colours: 'photo' }],
  ['a mask', { mask }],
  ['all of them', { mask, colours: 'photo', strength: 0.5 }],
])('a look of a drawn picture is what the stylizer draws: %s', async (_, choice) => {
  const stylizer = await loadStyle(tinyStyleBytes(1), { device: 'cpu' });
  try {
    const drawn = await stylizer.stylize(photo);
    const wanted = await stylizer.stylize(photo, choice);
    expect(
      difference(pictures.applyLook(photo, [{ picture: drawn, share: 3 }], choice), wanted),
    ).toBeLessThan(2);
  } finally {
    await stylizer.close();
  }
});

test('shares of drawn pictures are those of a blend', async () => {
  const [one, two] = [tinyStyleBytes(1), tinyStyleBytes(2)];
  const drawn = [];
  for (const style of [one, two]) {
    const stylizer = await loadStyle(style, { device: 'cpu' });
    drawn.push(await stylizer.stylize(photo));
    await stylizer.close();
  }
  const blend = await loadStyle(
    [
      { style: one, share: 0.7 },
      { style: two, share: 0.3 },
    ],
    { device: 'cpu' },
  );
  const wanted = await blend.stylize(photo);
  await blend.close();
  const shares = drawn.map((picture, i) => ({ picture, share: [0.7, 0.3][i]! }));
  expect(difference(pictures.applyLook(photo, shares), wanted)).toBeLessThan(2);
  expect(difference(drawn[0]!, drawn[1]!)).toBeGreaterThan(5);
});

test('pictures of another size, no shares and a strength of 2 are refused', () => {
  expect(() => pictures.applyLook(photo, [{ picture: mask, share: 1 }])).toThrow(
    /20x14 for a photo of 40x28/,
  );
  expect(() => pictures.applyLook(photo, [{ picture: photo, share: 0 }])).toThrow(/share above 0/);
  expect(() => pictures.applyLook(photo, [{ picture: photo, share: 1 }], { strength: 2 })).toThrow(
    /strength/,
  );
});
