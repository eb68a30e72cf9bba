import { describe, expect, test } from 'vitest';
import { fractalNoise } from '../../src/core/fractal-noise.js';
import type { Image } from '../../src/core/image.js';
import { normalValues } from '../../src/core/random.js';
import { allWindows, patternPeak, smoothWindows } from '../../src/evaluate/pattern.js';

/** A grey picture, rounded and clipped. */
function grey(width: number, height: number, value: (x: number, y: number) => number): Image {
  const data = new Uint8ClampedArray(3 * width * height);
  for (let i = 0; i < width * height; i++)
    data.fill(value(i % width, Math.floor(i / width)), 3 * i, 3 * i + 3);
  return { width, height, data: Uint8Array.from(data) };
}

const SIDE = 320;
const noise = normalValues(SIDE * SIDE, 1, 12);
const white = (x: number, y: number) => 128 + noise[y * SIDE + x]!;
const peak = (value: (x: number, y: number) => number) => {
  const picture = grey(SIDE, SIDE, value);
  return patternPeak(picture, allWindows(picture));
};
/** The mean of white noise over neighbours: a broad spectrum that falls off. */
const soft = (x: number, y: number) => {
  let sum = 0;
  for (let dy = 0; dy < 3; dy++)
    for (let dx = 0; dx < 3; dx++) sum += noise[((y + dy) % SIDE) * SIDE + ((x + dx) % SIDE)]!;
  return 128 + sum / 3;
};

describe('the pattern', () => {
  test.each([
    ['white noise', white],
    ['soft noise', soft],
    ['one colour', () => 77],
    ['long straight edges', (x: number) => (x % 150 < 61 ? 60 : 190)],
    ['a slanted edge', (x: number, y: number) => (x + 0.3 * y < 200 ? 60 : 190)],
  ])('of %s has no peak', (_, value) => {
    expect(peak(value)).toBeLessThan(3);
  });

  test('of clouds in colour has no peak', () => {
    const picture = fractalNoise(SIDE, SIDE, 3);
    expect(patternPeak(picture, allWindows(picture))).toBeLessThan(3);
  });

  const wave = (period: number, at: number) => Math.cos((2 * Math.PI * at) / period);
  test.each([
    ['stripes of 2 pixels', (x: number) => 3 * wave(2, x)],
    ['a chequerboard of 2 pixels', (x: number, y: number) => 3 * wave(2, x) * wave(2, y)],
    ['a mesh of 4 pixels', (x: number, y: number) => 6 * wave(4, x) * wave(4, y)],
    ['stripes of 5.3 pixels', (x: number, y: number) => 6 * wave(5.3, x + 0.5 * y)],
    ['stripes of 14 pixels', (_: number, y: number) => 6 * wave(14, y)],
  ])('of noise with %s has a peak', (_, pattern) => {
    const found = peak((x, y) => soft(x, y) + pattern(x, y));
    expect(found).toBeGreaterThan(6);
    // Stronger patterns have higher peaks.
    expect(peak((x, y) => soft(x, y) + 2 * pattern(x, y))).toBeGreaterThan(2 * found);
  });

  test('of what is too faint to be seen is low', () => {
    // The steps of an even slope that is rounded: half a level.
    expect(peak((x, y) => x / 2 + y / 4)).toBeLessThan(10);
    expect(peak((x) => 128 + 8 * wave(2, x))).toBeGreaterThan(1000);
  });

  test('of pure noise does not depend on how many windows there are', () => {
    const other = normalValues(640 * 640, 2, 12);
    const large = grey(640, 640, (x, y) => 128 + other[y * 640 + x]!);
    const small = grey(192, 192, (x, y) => 128 + other[y * 640 + x]!);
    const ratio = patternPeak(small, allWindows(small)) / patternPeak(large, allWindows(large));
    expect(Math.abs(Math.log(ratio))).toBeLessThan(Math.log(1.4));
  });
});

describe('smooth windows', () => {
  test('are where the photo is smooth, a fifth of them', () => {
    const photo = grey(SIDE, SIDE, (x, y) => (y < 192 ? white(x, y) : 128 + x / 10));
    const windows = smoothWindows(photo);
    expect(windows).toHaveLength(16);
    expect(Math.min(...windows.map(({ top }) => top))).toBe(192);
    expect(smoothWindows(grey(640, 640, () => 1))).toHaveLength(Math.floor(19 ** 2 / 5));
  });

  test('too small pictures have too few', () => {
    expect(() => allWindows({ width: 159, height: 160 })).toThrow(/too few/);
    expect(allWindows({ width: 160, height: 160 })).toHaveLength(16);
    const picture = grey(160, 160, () => 1);
    expect(() => patternPeak(picture, allWindows(picture).slice(1))).toThrow(/too few/);
  });
});
