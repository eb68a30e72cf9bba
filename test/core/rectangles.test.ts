import { describe, expect, test } from 'vitest';
import {
  centreCrop,
  cropPicture,
  cropPlanes,
  extendPlanes,
  pastePicture,
  withoutBorder,
} from '../../src/core/rectangles.js';

/** A picture whose pixel at (x, y) is (x, y, 7). */
function places(width: number, height: number) {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [pixel % width, Math.floor(pixel / width), 7][i % 3]!;
  });
  return { width, height, data };
}

/** The pixels of a picture as text. */
const pixels = ({ data }: { data: Uint8Array }) =>
  Array.from({ length: data.length / 3 }, (_, i) => `${data[3 * i]},${data[3 * i + 1]}`).join(' ');

describe('pictures', () => {
  test('a rectangle has the pixels of its place', () => {
    const part = cropPicture(places(5, 4), { left: 2, top: 1, width: 2, height: 3 });
    expect([part.width, part.height, pixels(part)]).toEqual([2, 3, '2,1 3,1 2,2 3,2 2,3 3,3']);
  });

  test('alpha is cut alike, and left out where the part is opaque', () => {
    const alpha = Uint8Array.of(255, 255, 0, 255, 255, 9);
    const picture = { ...places(3, 2), alpha };
    expect(cropPicture(picture, { left: 1, top: 0, width: 2, height: 2 }).alpha).toEqual(
      Uint8Array.of(255, 0, 255, 9),
    );
    expect(cropPicture(picture, { left: 0, top: 0, width: 2, height: 2 }).alpha).toBeUndefined();
  });

  test.each([
    { left: -1, top: 0, width: 2, height: 2 },
    { left: 3, top: 0, width: 3, height: 2 },
    { left: 0, top: 3, width: 1, height: 2 },
    { left: 0, top: 0, width: -1, height: 1 },
    { left: 0.5, top: 0, width: 1, height: 1 },
  ])('%o is no part of 5x4', (rectangle) => {
    expect(() => cropPicture(places(5, 4), rectangle)).toThrow('are no part of a picture of 5x4');
  });

  test('the middle of a picture, the odd pixel on the right and below', () => {
    expect(pixels(centreCrop(places(4, 3), 1, 2))).toBe('1,0 1,1');
    expect(() => centreCrop(places(4, 3), 5, 1)).toThrow('cannot crop 5x1 out of a picture of 4x3 pixels');
  });

  test('what is put into a picture is found there, and nothing else changes', () => {
    const into = places(5, 4);
    const part = { width: 2, height: 2, data: new Uint8Array(12).fill(99) };
    pastePicture(into, part, 3, 2);
    expect(cropPicture(into, { left: 3, top: 2, width: 2, height: 2 })).toEqual(part);
    expect(pixels(cropPicture(into, { left: 0, top: 0, width: 5, height: 2 }))).toBe(pixels(places(5, 2)));
    expect(() => pastePicture(into, part, 4, 0)).toThrow('are no part of a picture of 5x4');
  });
});

test('a rectangle of planes is cut out of each of them', () => {
  const data = Float64Array.from({ length: 24 }, (_, i) => i);
  const part = cropPlanes({ width: 4, height: 3, data }, { left: 1, top: 2, width: 2, height: 1 });
  expect(part).toEqual({ width: 2, height: 1, data: Float64Array.of(9, 10, 21, 22) });
});

test('planes are continued by their last column and row', () => {
  const planes = { width: 2, height: 2, data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
  const { width, height, data } = extendPlanes(planes, 4, 3);
  expect([width, height]).toEqual([4, 3]);
  expect([...data]).toEqual([
    ...[1, 2, 2, 2, 3, 4, 4, 4, 3, 4, 4, 4],
    ...[5, 6, 6, 6, 7, 8, 8, 8, 7, 8, 8, 8],
  ]);
  expect(extendPlanes(planes, 2, 2)).toEqual(planes);
  expect(() => extendPlanes(planes, 1, 3)).toThrow('are no part of a picture of 1x3');
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
