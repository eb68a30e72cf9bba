import { expect, test } from 'vitest';
import { fullRangeLuma, videoRangeLuma } from '../../src/core/luma.js';

test('black and white are the ends of each range', () => {
  expect(fullRangeLuma(0, 0, 0)).toBe(0);
  expect(fullRangeLuma(255, 255, 255)).toBeCloseTo(255, 10);
  expect(videoRangeLuma(0, 0, 0)).toBe(16);
  expect(videoRangeLuma(255, 255, 255)).toBeCloseTo(235, 10);
});

test('both ranges weigh red, green and blue alike (BT.601)', () => {
  for (const channel of [0, 1, 2]) {
    const [red, green, blue] = [0, 1, 2].map((i) => (i === channel ? 255 : 0)) as [number, number, number];
    expect((videoRangeLuma(red, green, blue) - 16) / 219).toBeCloseTo(
      fullRangeLuma(red, green, blue) / 255,
      4,
    );
  }
});
