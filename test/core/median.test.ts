import { expect, test } from 'vitest';
import { median } from '../../src/core/median.js';

test('the median is the value in the middle, of an even number the lower', () => {
  expect(median([3])).toBe(3);
  expect(median([10, 9, 1])).toBe(9);
  expect(median([4, 1, 3, 2])).toBe(2);
  expect(() => median([])).toThrow('no values');
});

test('the values stay in their order', () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});
