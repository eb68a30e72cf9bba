import { describe, expect, test } from 'vitest';
import type { Planes } from '../../src/core/planes.js';
import { drawWithStrokeSize, requireStrokeSize } from '../../src/stylize/stroke-size.js';

function picture(width: number, height: number, value: (x: number, y: number, c: number) => number): Planes {
  const pixels = width * height;
  const data = Float32Array.from({ length: 3 * pixels }, (_, i) => {
    const at = i % pixels;
    return value(at % width, Math.floor(at / width), Math.floor(i / pixels));
  });
  return { width, height, data };
}

function map(image: Planes, change: (v: number) => number): Planes {
  return { ...image, data: image.data.map(change) };
}

function meanDifference(a: Planes, b: Planes): number {
  return a.data.reduce((sum, v, i) => sum + Math.abs(v - b.data[i]!), 0) / a.data.length;
}

/** Bars of 7 pixels and thin lines: edges that a picture of half the size has only blurred. */
const photo = picture(101, 74, (x, y) => (Math.floor(x / 7) % 2 === 0 ? 60 : 160) + (y % 9 === 0 ? 40 : 0));

describe('the stroke size', () => {
  test.each([
    [2, 51, 37],
    [0.5, 202, 148],
    [4, 25, 19],
  ])('of %s gives the network a picture of %ix%i', async (size, width, height) => {
    const seen: Planes[] = [];
    const keep = async (image: Planes) => {
      seen.push(image);
      return image;
    };
    const result = await drawWithStrokeSize(keep, photo, size);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ width, height });
    expect(result).toMatchObject({ width: 101, height: 74 });
  });

  test('makes strokes as much larger', async () => {
    // Stripes of period 4, whatever the photo: of 8 pixels when drawn twice as large.
    const stripes = async ({ width, height }: Planes) =>
      picture(width, height, (x) => 128 + 60 * Math.sin((Math.PI / 2) * x + 0.3));
    const grey = picture(128, 64, () => 128);
    const { data } = await drawWithStrokeSize(stripes, grey, 2);
    const row = Array.from({ length: 96 }, (_, x) => data[32 * 128 + 16 + x]!);
    const crossings = row.filter((v, x) => x > 0 && v > 128 !== row[x - 1]! > 128).length;
    expect(crossings).toBe((2 * 96) / 8);
  });

  test('keeps the photo’s edges where the picture follows the photo, in either direction', async () => {
    for (const change of [(v: number) => v, (v: number) => 255 - v]) {
      const result = await drawWithStrokeSize(async (image) => map(image, change), photo, 2);
      expect(meanDifference(result, map(photo, change))).toBeLessThan(4);
    }
  });

  test('leaves what does not follow the photo as it is', async () => {
    const flat = await drawWithStrokeSize(async (image) => map(image, () => 90), photo, 2);
    expect(Math.max(...flat.data.map((v) => Math.abs(v - 90)))).toBeLessThan(1e-3);
  });

  test('is a number from 0.5 to 4', () => {
    for (const wrong of [0.4, 5, Number.NaN]) {
      expect(() => requireStrokeSize(wrong)).toThrow('strokeSize: a number from 0.5 to 4 is needed');
    }
  });
});
