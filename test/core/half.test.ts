import { expect, test } from 'vitest';
import { floatsToHalves, floatToHalf, halfToFloat, halvesToFloats } from '../../src/core/half.js';

test('published values of binary16', () => {
  const known: [number, number][] = [
    [0x0001, 2 ** -24],
    [0x03ff, 2 ** -14 * (1023 / 1024)],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0x3c01, 1.0009765625],
    [0x7bff, 65504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xc000, -2],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x8000, -0],
  ];
  for (const [half, value] of known) {
    expect(halfToFloat(half)).toBe(value);
    expect(floatToHalf(value)).toBe(half);
  }
});

test('all 65536 halves survive the way to float32 and back', () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, half) => half);
  const back = floatsToHalves(halvesToFloats(halves));
  for (const half of halves) {
    const isNan = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
    expect(Number.isNaN(halfToFloat(half))).toBe(isNan);
    if (isNan) expect(Number.isNaN(halfToFloat(back[half]!))).toBe(true);
    else if (back[half] !== half) expect.fail(`0x${half.toString(16)} became 0x${back[half]!.toString(16)}`);
  }
});

test('between any two neighbouring halves: nearest, ties to even', () => {
  for (let half = 0; half < 0x7bff; half++) {
    const low = halfToFloat(half);
    const high = halfToFloat(half + 1);
    // Both differences fit a float32, so the values below are exact.
    const middle = (low + high) / 2;
    const nudge = (high - low) / 1024;
    const even = half % 2 === 0 ? half : half + 1;
    const got = [middle - nudge, middle, middle + nudge, -middle].map(floatToHalf);
    const want = [half, even, half + 1, even | 0x8000];
    if (got.some((value, i) => value !== want[i])) expect.fail(`above ${low}: ${got} instead of ${want}`);
  }
});

test('beyond the range: infinity from 65520 on, zero up to 2^-25', () => {
  expect(floatToHalf(65519.99)).toBe(0x7bff);
  expect(floatToHalf(65520)).toBe(0x7c00);
  expect(floatToHalf(1e30)).toBe(0x7c00);
  expect(floatToHalf(2 ** -25)).toBe(0);
  expect(floatToHalf(2 ** -25 * 1.0001)).toBe(1);
  expect(floatToHalf(-1e-40)).toBe(0x8000);
});
