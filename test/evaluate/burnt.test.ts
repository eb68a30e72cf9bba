import { expect, test } from 'vitest';
import { burntShare } from '../../src/evaluate/burnt.js';

test('black and white pixels are burnt, pure colours and nearly white ones are not', () => {
  const pixels = [
    [0, 0, 0],
    [255, 255, 255],
    [255, 0, 0],
    [254, 255, 255],
    [0, 0, 1],
    [90, 90, 90],
    [255, 255, 255],
    [0, 255, 255],
  ];
  expect(burntShare({ width: 4, height: 2, data: Uint8Array.from(pixels.flat()) })).toBe(3 / 8);
});
