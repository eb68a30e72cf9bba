/** Motion between two pictures as a vector for each pixel. */
import type { Size } from '../core/sizes.js';

/**
 * Where each pixel of a picture comes from, or goes to, in another one of the same size: pixel (x, y) of the one is
 * (x + dx, y + dy) of the other.
 */
export interface Flow extends Size {
  /** Pixels to the right, `width * height` values in rows from top to bottom. */
  dx: Float32Array;
  /** Pixels down, likewise. */
  dy: Float32Array;
}

/** A value between its four neighbours, by their distance; beyond the border that of the border. */
export function between(plane: ArrayLike<number>, { width, height }: Size, x: number, y: number): number {
  const left = Math.min(Math.max(x, 0), width - 1);
  const top = Math.min(Math.max(y, 0), height - 1);
  const [x0, y0] = [Math.floor(left), Math.floor(top)];
  const x1 = Math.min(x0 + 1, width - 1);
  const [row0, row1] = [y0 * width, Math.min(y0 + 1, height - 1) * width];
  const [fx, fy] = [left - x0, top - y0];
  const upper = plane[row0 + x0]! + fx * (plane[row0 + x1]! - plane[row0 + x0]!);
  const lower = plane[row1 + x0]! + fx * (plane[row1 + x1]! - plane[row1 + x0]!);
  return upper + fy * (lower - upper);
}

/** A plane of values stretched to another size, bilinear, pixel centres on pixel centres. */
export function stretched(plane: Float32Array, from: Size, to: Size): Float32Array {
  if (from.width === to.width && from.height === to.height) return plane;
  const result = new Float32Array(to.width * to.height);
  const columns = places(from.width, to.width);
  const rows = places(from.height, to.height);
  for (let y = 0, i = 0; y < to.height; y++) {
    const [upper, lower] = [rows.first[y]! * from.width, rows.second[y]! * from.width];
    const down = rows.share[y]!;
    for (let x = 0; x < to.width; x++, i++) {
      const [left, right, share] = [columns.first[x]!, columns.second[x]!, columns.share[x]!];
      const above = plane[upper + left]! + share * (plane[upper + right]! - plane[upper + left]!);
      const below = plane[lower + left]! + share * (plane[lower + right]! - plane[lower + left]!);
      result[i] = above + down * (below - above);
    }
  }
  return result;
}

/** For each of `to` pixels in a row: the two of `from` pixels that it lies between, and how near it is to the second. */
function places(from: number, to: number) {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const share = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const place = Math.min(Math.max((i + 0.5) * (from / to) - 0.5, 0), from - 1);
    first[i] = Math.floor(place);
    second[i] = Math.min(first[i]! + 1, from - 1);
    share[i] = place - first[i]!;
  }
  return { first, second, share };
}

/** The flow of the same motion between pictures of another size. */
export function resizeFlow(flow: Flow, to: Size): Flow {
  const scaled = (plane: Float32Array, factor: number) =>
    factor === 1 ? plane : plane.map((value) => factor * value);
  return {
    ...{ width: to.width, height: to.height },
    dx: scaled(stretched(flow.dx, flow, to), to.width / flow.width),
    dy: scaled(stretched(flow.dy, flow, to), to.height / flow.height),
  };
}

/**
 * How far a pixel is from itself after the way there and back, over what is allowed: |b(x) + f(x + b(x))|^2 over
 * 0.01 (|b|^2 + |f|^2) + 0.5 (Sundaram, Brox, Keutzer 2010). More than 1 where something covers the pixel in the other
 * picture; infinite where it would be beyond the border.
 *
 * @param back from each pixel of the picture to the other one
 * @param forth from the other one to the picture
 * @returns `width * height` values
 */
export function roundTripErrors(back: Flow, forth: Flow): Float32Array {
  const { width, height } = back;
  const errors = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [bx, by] = [back.dx[i]!, back.dy[i]!];
      const [toX, toY] = [x + bx, y + by];
      if (!(toX >= 0 && toY >= 0 && toX <= width - 1 && toY <= height - 1)) {
        errors[i] = Number.POSITIVE_INFINITY;
        continue;
      }
      const fx = between(forth.dx, forth, toX, toY);
      const fy = between(forth.dy, forth, toX, toY);
      const missed = (bx + fx) ** 2 + (by + fy) ** 2;
      errors[i] = missed / (0.01 * (bx * bx + by * by + fx * fx + fy * fy) + 0.5);
    }
  }
  return errors;
}

/**
 * The pixels whose motion is known: those that are seen in both pictures, and do not lie where the motion changes
 * suddenly (Ruder, Dosovitskiy, Brox 2016, equations 6 and 7).
 *
 * @returns 1 or 0 for each pixel
 */
export function consistentPixels(back: Flow, forth: Flow): Uint8Array {
  const { width, height, dx, dy } = back;
  const errors = roundTripErrors(back, forth);
  return Uint8Array.from(errors, (error, i) => {
    if (!(error <= 1)) return 0;
    const x = i % width;
    const right = x + 1 < width ? i + 1 : i;
    const below = i + width < width * height ? i + width : i;
    const change =
      (dx[right]! - dx[i]!) ** 2 +
      (dx[below]! - dx[i]!) ** 2 +
      (dy[right]! - dy[i]!) ** 2 +
      (dy[below]! - dy[i]!) ** 2;
    return change <= 0.01 * (dx[i]! ** 2 + dy[i]! ** 2) + 0.002 ? 1 : 0;
  });
}
