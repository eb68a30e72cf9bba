import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { loadStyle } from '../../src/node/styles.js';
import { isOneColour } from '../../src/stylize/one-colour.js';
import { newFolder } from '../cli/fns.js';
import { tinyStyle } from '../tiny-style.js';

const flat = (colour: number[]): Image => ({
  width: 40,
  height: 30,
  data: Uint8Array.from({ length: 3600 }, (_, i) => colour[i % 3]!),
});

test('a photo of one colour keeps its tone, and a style’s strokes in it', async () => {
  const tiny = await tinyStyle(await newFolder());
  for (const style of ['wave', join(tiny)]) {
    const stylizer = await loadStyle(style, { device: 'cpu' });
    for (const colour of [
      [200, 120, 70],
      [60, 100, 160],
    ]) {
      const { data } = await stylizer.stylize(flat(colour));
      const means = [0, 1, 2].map(
        (c) => data.filter((_, i) => i % 3 === c).reduce((a, b) => a + b, 0) / 1200,
      );
      means.forEach((mean, c) => {
        expect(Math.abs(mean - colour[c]!), `${style} ${means}`).toBeLessThan(6);
      });
    }
    await stylizer.close();
  }
});

test('what has one colour', () => {
  const picture = flat([200, 120, 70]);
  expect(isOneColour(picture)).toBe(true);
  picture.data[1]! += 4;
  expect(isOneColour(picture)).toBe(true);
  picture.data[1]! += 1;
  expect(isOneColour(picture)).toBe(false);
});
