import { expect, test } from 'vitest';
import { fillHidden } from '../../src/core/fill-hidden.js';
import type { Image } from '../../src/core/image.js';

/** A picture of one colour, hidden outside a circle, where it has another. */
function circle(seen: number[], hidden: number[], width = 21, height = 16): Image {
  const data = new Uint8Array(3 * width * height);
  const alpha = new Uint8Array(width * height);
  for (let i = 0; i < alpha.length; i++) {
    const inside = Math.hypot((i % width) - 10, Math.floor(i / width) - 8) < 6;
    data.set(inside ? seen : hidden, 3 * i);
    alpha[i] = inside ? 255 : 0;
  }
  return { width, height, data, alpha };
}

test('around one colour everything becomes that colour', () => {
  const { data } = fillHidden(circle([200, 30, 90], [0, 255, 0]));
  expect(new Set(data.filter((_, i) => i % 3 === 0))).toEqual(new Set([200]));
  expect(new Set(data.filter((_, i) => i % 3 === 1))).toEqual(new Set([30]));
});

test('what was hidden makes no difference, what is visible stays', () => {
  const noise = circle([0, 0, 0], [0, 0, 0]);
  const other = circle([0, 0, 0], [9, 99, 199]);
  for (let i = 0; i < noise.alpha!.length; i++) {
    if (noise.alpha![i] === 0) continue;
    const colour = [(i * 7919) % 256, (i * 104729) % 256, (i * 31) % 256];
    noise.data.set(colour, 3 * i);
    other.data.set(colour, 3 * i);
  }
  const [a, b] = [fillHidden(noise), fillHidden(other)];
  expect(a.data).toEqual(b.data);
  expect(a.alpha).toEqual(noise.alpha);
  a.alpha!.forEach((opacity, i) => {
    if (opacity > 0) expect(a.data.subarray(3 * i, 3 * i + 3)).toEqual(noise.data.subarray(3 * i, 3 * i + 3));
  });
});

test('a picture of which nothing can be seen is grey; an opaque one is itself', () => {
  const none = { width: 5, height: 3, data: new Uint8Array(45).fill(7), alpha: new Uint8Array(15) };
  expect(new Set(fillHidden(none).data)).toEqual(new Set([128]));
  const opaque = { width: 5, height: 3, data: new Uint8Array(45) };
  expect(fillHidden(opaque)).toBe(opaque);
});

test('the colours nearest by are those that fill: left red, right blue', () => {
  const width = 64;
  const image = {
    width,
    height: 1,
    data: new Uint8Array(3 * width),
    alpha: new Uint8Array(width),
  };
  image.data.set([255, 0, 0], 0);
  image.data.set([0, 0, 255], 3 * (width - 1));
  image.alpha[0] = 255;
  image.alpha[width - 1] = 255;
  const { data } = fillHidden(image);
  expect(data[3 * 4]).toBeGreaterThan(200);
  expect(data[3 * 59 + 2]).toBeGreaterThan(200);
});
