import { expect, test } from 'vitest';
import { fromPlanes, toPlanes, withoutBorder } from '../../src/core/planes.js';

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

test('without a border every plane keeps its middle', () => {
  // Two planes of 5x4: values tell plane, row and column.
  const data = Float32Array.from({ length: 40 }, (_, i) => {
    const [plane, row, column] = [Math.floor(i / 20), Math.floor(i / 5) % 4, i % 5];
    return 100 * (plane + 1) + 10 * row + column;
  });
  const planes = { width: 5, height: 4, data };
  expect([...withoutBorder(planes, 1).data]).toEqual([
    ...[111, 112, 113, 121, 122, 123],
    ...[211, 212, 213, 221, 222, 223],
  ]);
  expect(withoutBorder(planes, 0)).toEqual(planes);
  expect(() => withoutBorder(planes, 2)).toThrow('5x4 is nothing without a border of 2');
});
