import { describe, expect, test } from 'vitest';
import { fullRangeLuma, videoRangeLuma, withColoursOf } from '../../src/core/luma.js';

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

describe('the light and dark of one picture with the colours of another', () => {
  const pixel = (...rgb: number[]) => ({ width: 1, height: 1, data: Float32Array.from(rgb) });

  test('has the luma of the first and the differences of channels of the second', () => {
    const { data } = withColoursOf(pixel(100, 100, 100), pixel(90, 60, 30));
    expect(fullRangeLuma(data[0]!, data[1]!, data[2]!)).toBeCloseTo(100, 4);
    expect([data[0]! - data[1]!, data[1]! - data[2]!]).toEqual([30, 30]);
  });

  test('keeps the colour where that luma would need a channel beyond 0 to 255', () => {
    expect([...withColoursOf(pixel(255, 255, 255), pixel(200, 50, 20)).data]).toEqual([255, 105, 75]);
    expect([...withColoursOf(pixel(0, 0, 0), pixel(200, 50, 20)).data]).toEqual([180, 30, 0]);
    expect([...withColoursOf(pixel(90, 90, 90), pixel(255, 0, 128)).data]).toEqual([255, 0, 128]);
  });
});
