import { shapeText } from '../dim.js';
import { GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { add, mul, scale } from './arithmetic.js';
import { concat } from './concat.js';
import { depthToSpace } from './depth-to-space.js';
import { frozenConv2d } from './frozen-conv.js';
import { reshape } from './reshape.js';
import { pad as padAxes, type Sides, slice } from './slice.js';

/** Windows of a pooling that may overlap. Pairs are vertical, horizontal. */
export interface PoolWindows {
  kernel: readonly [number, number];
  strides: readonly [number, number];
  /** Around the input; less than the kernel. */
  pad: Sides;
  /** Counts a last window that reaches beyond the padding, if it begins before its end. Default false. */
  ceil?: boolean;
}

/** The lowest float32. */
const LOWEST = -3.4028234663852886e38;

/** How many windows fit along one axis, and the padding after it that makes them whole. */
function windowsAlong(
  size: number,
  kernel: number,
  stride: number,
  before: number,
  after: number,
  ceil: boolean,
) {
  const room = size + before + after - kernel;
  let count = (ceil ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  if (ceil && (count - 1) * stride >= size + before) count--;
  return { count, after: Math.max(after, (count - 1) * stride + kernel - size - before) };
}

/** The result's height and width, and the padding that makes its windows whole. */
function fitted(operator: string, x: Tensor, { kernel, strides, pad, ceil = false }: PoolWindows) {
  requireRank(operator, 'the input', x, 4, '[N, C, H, W]');
  const [, , h, w] = numericShape(operator, x) as [number, number, number, number];
  const rows = windowsAlong(h, kernel[0], strides[0], pad.top, pad.bottom, ceil);
  const columns = windowsAlong(w, kernel[1], strides[1], pad.left, pad.right, ceil);
  if (rows.count < 1 || columns.count < 1) {
    throw new GraphError(
      `${operator}: the window ${kernel.join('x')} is larger than the padded input ${shapeText(x.shape)}`,
    );
  }
  const sides = { ...pad, bottom: rows.after, right: columns.after };
  return { ho: rows.count, wo: columns.count, sides };
}

/**
 * The largest value of each window; padding never counts. x `[N, C, H, W]`.
 *
 * Gradient: an input pixel gets dy of every window whose maximum it equals (equal maxima each receive dy). With stride
 * s the taps (u, v) of a window that share u mod s and v mod s read one plane of the input, of every s-th row and
 * column: their shares are summed on that plane, and the planes are put together by DepthToSpace. Needs one stride for
 * both axes.
 *
 * @throws GraphError when no window fits.
 */
export function maxPoolWindows(x: Tensor, windows: PoolWindows): Tensor {
  const { kernel, strides } = windows;
  const { ho, wo, sides } = fitted('maxPool', x, windows);
  const [n, c, h, w] = numericShape('maxPool', x) as [number, number, number, number];
  const { top, left, bottom, right } = sides;
  const [kh, kw] = kernel;
  const s = strides[0];
  if (s !== strides[1]) {
    throw new GraphError(`maxPool: one stride for both axes is needed, got ${strides.join(' and ')}`);
  }
  const attributes = {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    pads: { ints: [top, left, bottom, right] },
  };
  const gradient = (dy: Tensor, y: Tensor): Tensor => {
    const g = x.graph;
    const [bh, bw] = [Math.ceil(kh / s), Math.ceil(kw / s)];
    const [hb, wb] = [ho + bh - 1, wo + bw - 1];
    const padded = resized(x, [top, left], [hb * s, wb * s], LOWEST);
    const planes: Tensor[] = [];
    for (let i = 0; i < s; i++) {
      for (let j = 0; j < s; j++) {
        const plane = everyPixel(padded, i, j, s, [n, c, hb, wb]);
        let sum: Tensor | undefined;
        for (let a = 0; s * a + i < kh; a++) {
          for (let b = 0; s * b + j < kw; b++) {
            const seen = slice(slice(plane, 2, a, a + ho), 3, b, b + wo);
            const isLargest = g.node('Equal', [seen, y], y.shape, { dtype: 'bool' });
            const share = g.node('Where', [isLargest, dy, g.scalar(0)], y.shape, { dtype: 'float32' });
            const placed = padAxes(share, [0, 0, a, b], [0, 0, bh - 1 - a, bw - 1 - b]);
            sum = sum ? add(sum, placed) : placed;
          }
        }
        planes.push(sum ?? scale(plane, 0));
      }
    }
    return resized(together(planes, s), [-top, -left], [h, w], 0);
  };
  return x.graph.operator(
    'maxPool',
    [x],
    () => x.graph.node('MaxPool', [x], [n, c, ho, wo], { attributes }),
    (dy, y) => [gradient(dy, y)],
  );
}

/**
 * The mean of each window, x `[N, C, H, W]`: a depthwise convolution with equal weights, from which the gradient
 * follows.
 *
 * @param countPadding whether padding counts as zeros; otherwise only pixels of the picture are averaged. What `ceil`
 * adds never counts.
 * @throws GraphError when no window fits.
 */
export function avgPoolWindows(x: Tensor, windows: PoolWindows, countPadding = false): Tensor {
  const { kernel, strides, pad } = windows;
  const { ho, wo, sides } = fitted('avgPool', x, windows);
  const [, c, h, w] = numericShape('avgPool', x) as [number, number, number, number];
  const area = kernel[0] * kernel[1];
  const weight = x.graph.constant(new Float32Array(c * area).fill(1 / area), [c, 1, ...kernel]);
  const y = frozenConv2d(x, weight, { strides, pad: sides, group: c });
  const counted = (size: number, before: number, after: number): [number, number] =>
    countPadding ? [-before, size + after] : [0, size];
  const rows = counts(ho, kernel[0], strides[0], pad.top, counted(h, pad.top, pad.bottom));
  const columns = counts(wo, kernel[1], strides[1], pad.left, counted(w, pad.left, pad.right));
  const factors = Float32Array.from(rows.flatMap((r) => columns.map((q) => area / (r * q))));
  return factors.every((f) => f === 1) ? y : mul(y, x.graph.constant(factors, [1, 1, ho, wo]));
}

/** How many positions from `low` to below `high` each window has along one axis. */
function counts(
  windows: number,
  kernel: number,
  stride: number,
  before: number,
  [low, high]: readonly [number, number],
): number[] {
  return Array.from({ length: windows }, (_, i) => {
    const start = i * stride - before;
    return Math.min(start + kernel, high) - Math.max(start, low);
  });
}

/**
 * x moved by `before` rows and columns into a picture of another size; what is new has the value, what is outside is
 * cut off.
 */
function resized(x: Tensor, before: readonly [number, number], size: readonly number[], value: number) {
  let y = x;
  const after = [0, 1].map((i) => size[i]! - before[i]! - (x.shape[2 + i] as number));
  for (const i of [0, 1]) {
    const [start, cut] = [Math.max(-before[i]!, 0), Math.max(-after[i]!, 0)];
    const length = y.shape[2 + i] as number;
    if (start > 0 || cut > 0) y = slice(y, 2 + i, start, length - cut);
  }
  const grown = (sides: readonly number[]) => [0, 0, ...sides.map((side) => Math.max(side, 0))];
  return padAxes(y, grown(before), grown(after), value);
}

/** Every s-th pixel of `[N, C, H, W]` from (i, j) on. */
function everyPixel(x: Tensor, i: number, j: number, s: number, shape: readonly number[]): Tensor {
  if (s === 1) return x;
  const g = x.graph;
  const ends = g.ints([x.shape[2] as number, x.shape[3] as number]);
  return g.node('Slice', [x, g.ints([i, j]), ends, g.ints([2, 3]), g.ints([s, s])], shape);
}

/** The planes of `everyPixel`, all (i, j) in order, as one picture again. */
function together(planes: readonly Tensor[], s: number): Tensor {
  if (s === 1) return planes[0]!;
  const [n, c, h, w] = planes[0]!.shape as number[] as [number, number, number, number];
  const beside = concat(
    planes.map((plane) => reshape(plane, [n, c, 1, h, w])),
    2,
  );
  return depthToSpace(reshape(beside, [n, c * s * s, h, w]), s);
}
