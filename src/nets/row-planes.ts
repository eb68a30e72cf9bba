/**
 * Planes of a network that are computed a few rows at a time. Each knows how many rows and columns it has in all; asked
 * for some of its rows it appends the nodes that compute them to a graph, and asks the planes that it is made from for as
 * many as it needs. What a layer does at the border of a picture happens at the border alone, so that strips put
 * together are the whole plane.
 */
import { add, conv2d, edgePad, mul, reflectPad, relu, slice, type Tensor } from '../graph/index.js';
import { blockConv, upsampleContinued, upsamplePhases } from './fast-convolutions.js';

/** A plane whose rows are computed as needed. */
export interface RowPlane {
  readonly channels: number;
  /** Rows and columns of the whole plane. */
  readonly height: number;
  readonly width: number;
  /** Rows start..end-1, `[1, C, end - start, width]`. */
  rows(start: number, end: number): Tensor;
  /** The same numbers in tensors of one size each, `[1, C, ...]`, where that is quicker than the rows. */
  parts?(start: number, end: number): Tensor[];
}

/** A plane that keeps the rows it was asked for, and cuts out of them what lies within. */
export function kept(plane: RowPlane): RowPlane {
  let known: { start: number; end: number; tensor: Tensor } | undefined;
  return {
    ...plane,
    rows(start, end) {
      if (!known || start < known.start || end > known.end) {
        known = { start, end, tensor: plane.rows(start, end) };
      }
      if (start === known.start && end === known.end) return known.tensor;
      return slice(known.tensor, 2, start - known.start, end - known.start);
    },
  };
}

/** Rows start..end-1 of a plane that is continued beyond its border, by `around` pixels on the left and the right too. */
function continued(
  plane: RowPlane,
  start: number,
  end: number,
  around: number,
  continueBy: typeof reflectPad,
): Tensor {
  const [first, last] = [Math.max(0, start), Math.min(plane.height, end)];
  const sides = { top: first - start, bottom: end - last, left: around, right: around };
  return continueBy(plane.rows(first, last), sides);
}

/** A convolution's weight `[Cout, Cin, k, k]`, and its bias `[Cout]` where it has one. */
export interface Kernel {
  weight: Tensor;
  bias?: Tensor;
}

/** Reflection by half the kernel, convolution; `stride` divides the height and the width. */
export function convRows(x: RowPlane, { weight, bias }: Kernel, stride = 1): RowPlane {
  const [channels, , k] = weight.shape as [number, number, number];
  const around = (k - 1) / 2;
  return {
    channels,
    height: x.height / stride,
    width: x.width / stride,
    rows(start, end) {
      const first = start * stride - around;
      const seen = continued(x, first, (end - 1) * stride - around + k, around, reflectPad);
      return conv2d(seen, weight, { stride, bias });
    },
  };
}

/** `upsampleConv` of rows that begin and end at even ones. */
export function upsampleRows(x: RowPlane, { weight, bias }: Kernel): RowPlane {
  return {
    channels: weight.shape[0] as number,
    height: 2 * x.height,
    width: 2 * x.width,
    rows(start, end) {
      if (start % 2 !== 0 || end % 2 !== 0) {
        // Neighbours of a strip's rows: computed with the even ones around.
        const even = start - (start % 2);
        const whole = this.rows(even, end + (end % 2));
        return slice(whole, 2, start - even, end - even);
      }
      return upsampleContinued(continued(x, start / 2 - 1, end / 2 + 1, 1, edgePad), weight, bias);
    },
    parts: (start, end) => upsamplePhases(continued(x, start / 2 - 1, end / 2 + 1, 1, edgePad), weight),
  };
}

/** Reflection by half the kernel, `blockConv`; an even number of rows at a time. */
export function blockConvRows(x: RowPlane, { weight, bias }: Kernel): RowPlane {
  const [channels, , k] = weight.shape as [number, number, number];
  const around = (k - 1) / 2;
  return {
    channels,
    height: x.height,
    width: x.width,
    rows: (start, end) =>
      blockConv(continued(x, start - around, end + around, around, reflectPad), weight, bias),
  };
}

/** `gain x + offset` for each channel, both `[1, C, 1, 1]`: a norm whose statistics are known. */
export function affineRows(x: RowPlane, gain: Tensor, offset: Tensor): RowPlane {
  return { ...x, rows: (start, end) => add(mul(x.rows(start, end), gain), offset) };
}

export function reluRows(x: RowPlane): RowPlane {
  return { ...x, rows: (start, end) => relu(x.rows(start, end)) };
}

/** The sum of two planes of one size. The second is asked first. */
export function addRows(x: RowPlane, y: RowPlane): RowPlane {
  return {
    ...x,
    rows(start, end) {
      const second = y.rows(start, end);
      return add(x.rows(start, end), second);
    },
  };
}
