import { describe, expect, test } from 'vitest';
import type { Planes } from '../../src/core/planes.js';
import { uniformValues } from '../../src/core/random.js';
import { multiply, ofEigenvalues } from '../../src/core/symmetric.js';
import { colourStatistics, withColourStatistics } from '../../src/stylize/match-colours.js';

/** Colours around a mean, whose channels go together by a matrix. */
function colours(mean: number[], mixing: number[][], seed: number, pixels = 4000): Planes {
  const random = uniformValues(3 * pixels, seed, 1);
  const data = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      data[c * pixels + i] = mean[c]! + mixing[c]!.reduce((sum, m, k) => sum + m * random[3 * i + k]!, 0);
    }
  }
  return { width: pixels, height: 1, data };
}

const photo = colours(
  [90, 120, 150],
  [
    [40, 10, 0],
    [20, 30, 5],
    [-10, 25, 20],
  ],
  1,
);
const picture = colours(
  [150, 110, 100],
  [
    [60, 15, 20],
    [0, 75, -35],
    [20, 0, 70],
  ],
  2,
);

/** The lower triangular matrix whose product with its transpose is the matrix. */
function cholesky(m: readonly number[]): number[] {
  const l = new Array<number>(9).fill(0);
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = m[3 * r + c]!;
      for (let k = 0; k < c; k++) sum -= l[3 * r + k]! * l[3 * c + k]!;
      l[3 * r + c] = r === c ? Math.sqrt(sum) : sum / l[4 * c]!;
    }
  }
  return l;
}

describe('roots of symmetric matrices', () => {
  const matrix = [10, 3, -2, 3, 6, 1, -2, 1, 4];

  test('the square root times itself is the matrix, the inverse times it is 1', () => {
    const root = ofEigenvalues(matrix, Math.sqrt);
    for (const [i, v] of multiply(root, root).entries()) expect(v).toBeCloseTo(matrix[i]!, 10);
    const inverse = ofEigenvalues(matrix, (v) => 1 / v);
    for (const [i, v] of multiply(matrix, inverse).entries()) expect(v).toBeCloseTo(i % 4 === 0 ? 1 : 0, 10);
  });

  test('equal eigenvalues and a diagonal are no trouble', () => {
    expect(ofEigenvalues([4, 0, 0, 0, 4, 0, 0, 0, 9], Math.sqrt)).toEqual([2, 0, 0, 0, 2, 0, 0, 0, 3]);
  });
});

describe('colours fitted to the photo', () => {
  const fitted = withColourStatistics(picture, colourStatistics(picture), colourStatistics(photo));

  test('have its mean and its covariance', () => {
    const [own, wanted] = [colourStatistics(fitted), colourStatistics(photo)];
    for (const [c, v] of own.mean.entries()) expect(Math.abs(v - wanted.mean[c]!)).toBeLessThan(0.1);
    // Within the noise that is added on both sides.
    own.covariance.forEach((v, i) => {
      expect(Math.abs(v - wanted.covariance[i]!)).toBeLessThan(4);
    });
    const before = colourStatistics(picture).covariance;
    expect(Math.max(...before.map((v, i) => Math.abs(v - wanted.covariance[i]!)))).toBeGreaterThan(200);
  });

  test('are moved less than by the transformation of Cholesky factors, which has the same covariance', () => {
    const [own, wanted] = [colourStatistics(picture), colourStatistics(photo)];
    const [from, to] = [cholesky(own.covariance), cholesky(wanted.covariance)];
    const pixels = picture.width;
    const other = new Float32Array(picture.data.length);
    for (let i = 0; i < pixels; i++) {
      const x = [0, 1, 2].map((c) => picture.data[c * pixels + i]! - own.mean[c]!);
      // from y = x, then to y.
      const y: number[] = [];
      for (const r of [0, 1, 2]) {
        const sum = y.reduce((total, v, k) => total + from[3 * r + k]! * v, 0);
        y.push((x[r]! - sum) / from[4 * r]!);
      }
      for (const r of [0, 1, 2]) {
        other[r * pixels + i] =
          wanted.mean[r]! + [0, 1, 2].reduce((sum, k) => sum + to[3 * r + k]! * y[k]!, 0);
      }
    }
    const { covariance } = colourStatistics({ ...picture, data: other });
    for (const [i, v] of covariance.entries()) expect(v).toBeCloseTo(wanted.covariance[i]!, 0);
    const moved = (data: Float32Array) => data.reduce((sum, v, i) => sum + (v - picture.data[i]!) ** 2, 0);
    expect(moved(fitted.data)).toBeLessThan(moved(other));
  });

  test('a picture that has the photo’s colours stays as it is', () => {
    const same = withColourStatistics(photo, colourStatistics(photo), colourStatistics(photo));
    expect(Math.max(...same.data.map((v, i) => Math.abs(v - photo.data[i]!)))).toBeLessThan(0.01);
  });

  test('a picture that is nearly of one colour is not blown up to grains', () => {
    const nearlyGrey = colours(
      [100, 100, 100],
      [
        [0.3, 0, 0],
        [0, 0.3, 0],
        [0, 0, 0.3],
      ],
      3,
    );
    const blown = withColourStatistics(nearlyGrey, colourStatistics(nearlyGrey), colourStatistics(photo));
    const { covariance } = colourStatistics(blown);
    for (const i of [0, 4, 8]) expect(Math.sqrt(covariance[i]!)).toBeLessThan(4);
  });

  test('what cannot be seen does not count', () => {
    const half = { width: 2, height: 1, data: Float32Array.of(10, 200, 20, 200, 30, 200) };
    expect(colourStatistics(half, [255, 0]).mean).toEqual([10, 20, 30]);
    expect(colourStatistics(half, [0, 0]).mean).toEqual([105, 110, 115]);
  });
});
