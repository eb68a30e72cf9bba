import { expect, test } from 'vitest';
import { atMostLongerSide, withLongerSide, withShorterSide } from '../../src/core/sizes.js';

test('the shorter side is as asked for, the other keeps the shape', () => {
  expect(withShorterSide({ width: 40, height: 24 }, 12)).toEqual({ width: 20, height: 12 });
  expect(withShorterSide({ width: 24, height: 40 }, 48)).toEqual({ width: 48, height: 80 });
});

test('the longer side is as asked for, the other at least one pixel', () => {
  expect(withLongerSide({ width: 40, height: 24 }, 20)).toEqual({ width: 20, height: 12 });
  expect(withLongerSide({ width: 1, height: 3000 }, 300)).toEqual({ width: 1, height: 300 });
});

test('a limit of the longer side only shrinks', () => {
  expect(atMostLongerSide({ width: 40, height: 24 }, 20)).toEqual({ width: 20, height: 12 });
  expect(atMostLongerSide({ width: 40, height: 24 }, 40)).toEqual({ width: 40, height: 24 });
  expect(atMostLongerSide({ width: 40, height: 24 }, 4000)).toEqual({ width: 40, height: 24 });
});
