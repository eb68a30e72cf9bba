import { describe, expect, test } from 'vitest';
import {
  combineSeeds,
  normalValues,
  randomGenerator,
  shuffled,
  uniformValues,
} from '../../src/core/random.js';

const count = 100_000;

function moments(values: ArrayLike<number>): { mean: number; sigma: number; largest: number } {
  let sum = 0;
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    squares += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  const mean = sum / values.length;
  return { mean, sigma: Math.sqrt(squares / values.length - mean * mean), largest };
}

describe('uniform numbers', () => {
  test('lie in [0, 1) with mean 1/2 and variance 1/12, for neighbouring seeds as well', () => {
    for (const seed of [0, 1, 2, 2 ** 32, -5]) {
      const random = randomGenerator(seed);
      const values = Float64Array.from({ length: count }, random);
      const { mean, sigma, largest } = moments(values);
      expect(largest).toBeLessThan(1);
      expect(Math.min(...values.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
      // Four standard errors.
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.0037);
      expect(sigma).toBeCloseTo(Math.sqrt(1 / 12), 2);
    }
  });

  test('fill 256 bins evenly (chi squared)', () => {
    const bins = new Float64Array(256);
    const random = randomGenerator(7);
    for (let i = 0; i < count; i++) bins[Math.floor(random() * 256)]!++;
    const chi = bins.reduce((sum, n) => sum + (n - count / 256) ** 2 / (count / 256), 0);
    // 255 degrees of freedom: 99.9 % lie between 187 and 332.
    expect(chi).toBeGreaterThan(187);
    expect(chi).toBeLessThan(332);
  });

  test('one seed repeats, different seeds share nothing, above 2^32 too', () => {
    const draw = (seed: number) => Array.from({ length: 8 }, randomGenerator(seed)).join();
    const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 40];
    expect(draw(3)).toBe(draw(3));
    expect(new Set(seeds.map(draw)).size).toBe(seeds.length);
  });

  test('the first numbers of successive samples are uncorrelated', () => {
    const first = Float64Array.from(
      { length: count },
      (_, i) => randomGenerator(combineSeeds(1, 0, i))() - 0.5,
    );
    let product = 0;
    for (let i = 1; i < count; i++) product += first[i]! * first[i - 1]!;
    expect(Math.abs(product / count / (1 / 12))).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(moments(first).mean)).toBeLessThan(0.0037);
  });

  test('combined seeds depend on order and number', () => {
    const seeds = [
      combineSeeds(),
      combineSeeds(0),
      combineSeeds(0, 0),
      combineSeeds(1, 2),
      combineSeeds(2, 1),
    ];
    expect(new Set(seeds).size).toBe(5);
  });
});

test('a shuffle holds every number once, and each place gets each number equally often', () => {
  expect([...shuffled(1000, 5)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect([...shuffled(0, 1)]).toEqual([]);
  const seen = Array.from({ length: 5 }, () => new Array(5).fill(0));
  for (let seed = 0; seed < 10_000; seed++) {
    for (const [place, n] of shuffled(5, seed).entries()) seen[place]![n]++;
  }
  for (const times of seen.flat()) expect(Math.abs(times - 2000)).toBeLessThan(200);
});

test('normal numbers have their sigma, 4.55 % lie beyond two of it, or none when truncated', () => {
  const values = normalValues(count, 3, 0.1);
  const { mean, sigma, largest } = moments(values);
  expect(Math.abs(mean)).toBeLessThan(0.0015);
  expect(sigma).toBeCloseTo(0.1, 2);
  expect(largest).toBeGreaterThan(0.35);
  expect(values.filter((x) => Math.abs(x) > 0.2).length / count).toBeCloseTo(0.0455, 2);
  const truncated = moments(normalValues(count, 3, 0.1, { truncated: true }));
  expect(truncated.largest).toBeLessThanOrEqual(0.2 + 1e-7);
  // The standard deviation of a standard normal cut at two sigma is 0.8796.
  expect(truncated.sigma).toBeCloseTo(0.08796, 3);
});

test('uniform values fill [-bound, bound)', () => {
  const { mean, sigma, largest } = moments(uniformValues(count, 9, 0.5));
  expect(Math.abs(mean)).toBeLessThan(0.0037);
  expect(sigma).toBeCloseTo(0.5 / Math.sqrt(3), 2);
  expect(largest).toBeLessThanOrEqual(0.5);
});
