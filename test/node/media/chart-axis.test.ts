import { describe, expect, test } from 'vitest';
import { axisOf, tickText } from '../../../src/node/media/chart-axis.js';

describe('linear axes', () => {
  test('end at round values that hold all others', () => {
    const { place, ticks } = axisOf([20.3, 30.6], [100, 0]);
    expect(ticks).toEqual([20, 22, 24, 26, 28, 30, 32]);
    expect([place(20), place(32)]).toEqual([100, 0]);
  });

  test.each([[[5]], [[0]], [[-3, -3]], [[]]])('show %j', (values) => {
    const { place, ticks } = axisOf(values, [0, 100]);
    expect(ticks.length).toBeGreaterThan(3);
    for (const value of values) expect(place(value)).toSatisfy((at: number) => at >= 0 && at <= 100);
  });
});

describe('logarithmic axes', () => {
  test('have powers of ten where there are many', () => {
    expect(axisOf([0.11, 20000], [0, 1], true).ticks).toEqual([0.1, 1, 10, 100, 1000, 10000]);
  });

  test('have doubles and halves where there are few', () => {
    expect(axisOf([256, 2048], [0, 1], true).ticks).toEqual([200, 500, 1000, 2000]);
    expect(axisOf([0.02, 1], [0, 1], true).ticks).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1]);
  });

  test('have whole units or even steps within a power of ten', () => {
    expect(axisOf([0.21, 0.88], [0, 1], true).ticks).toEqual([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(axisOf([0.22, 0.31], [0, 1], true).ticks).toEqual([0.2, 0.25, 0.3, 0.35, 0.4]);
  });

  test('place equal ratios at equal distances', () => {
    const { place } = axisOf([1, 100], [0, 200], true);
    expect([place(1), place(10), place(100)].map((v) => Math.round(v))).toEqual([0, 100, 200]);
  });

  test.each([[[1]], [[7, 7]], [[]]])('show %j', (values) => {
    const { place, ticks } = axisOf(values, [0, 100], true);
    expect(ticks.length).toBeGreaterThan(2);
    for (const value of values) expect(place(value)).toSatisfy((at: number) => at >= 0 && at <= 100);
  });
});

test('ticks are written plainly', () => {
  expect([10000, 0.05, 0.1 + 0.2, -3, 1e-7].map(tickText)).toEqual([
    '10,000',
    '0.05',
    '0.3',
    '-3',
    '0.0000001',
  ]);
});
