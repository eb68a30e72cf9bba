import { expect, test } from 'vitest';
import { fromPlanes, toPlanes } from '../../src/core/planes.js';

test('interleaved RGB becomes a red, a green and a blue plane, row by row', () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  expect([...toPlanes(image).data]).toEqual([1, 4, 2, 5, 3, 6]);
});

test('every byte survives the way to planes and back', () => {
  const image = { width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, i) => i % 256) };
  expect(fromPlanes(toPlanes(image))).toEqual(image);
});

test('values are rounded and clipped, NaN becomes 0', () => {
  const planes = Float32Array.of(-5, 0.49, 0.5, 254.6, 255.4, 300, Number.NaN, 1e9, -1e9);
  expect([...fromPlanes({ width: 3, height: 1, data: planes }).data]).toEqual([
    0, 255, 0, 0, 255, 255, 1, 255, 0,
  ]);
});

test('a wrong number of values is refused', () => {
  expect(() => fromPlanes({ width: 2, height: 1, data: new Float32Array(5) })).toThrow(
    '5 numbers are not 3 planes of 2x1',
  );
});
