/** The statistics that instance norms need, from planes in the blocked layout. */
import {
  add,
  matmul,
  mean,
  mul,
  reshape,
  scale,
  slice,
  sqrt,
  sub,
  sum,
  type Tensor,
} from '../graph/index.js';
import { type Affine, type BlockedPlane, blockedNode } from './blocked-planes.js';

/** Every so many rows of a plane are looked at to guess what a convolution will give on average. */
const SAMPLED = 16;

/**
 * The bias that brings a convolution's mean near 0, from the mean of some rows of its input: `[Cout]`. The variance that a norm
 * needs can then be the mean of squares less the square of the mean without losing digits, in flat channels too.
 */
export function centringBias(x: BlockedPlane | Tensor, weight: Tensor): Tensor {
  const [co, ci] = weight.shape as [number, number];
  const taps = sum(weight, { axes: [2, 3] });
  return scale(reshape(matmul(taps, reshape(sampleMean(x), [ci, 1])), [co]), -1);
}

/** The mean of every sixteenth row, for each channel. */
function sampleMean(x: BlockedPlane | Tensor): Tensor {
  if (!('tensor' in x)) return mean(mean(everyRow(x), { axes: [3] }), { axes: [2] });
  const { tensor, channels, height, width, block } = x;
  const rows = Math.floor((height - 1) / SAMPLED) + 1;
  const means = blockedNode('AveragePool', [tensor], [1, channels, rows, 1], {
    kernel_shape: { ints: [1, width] },
    strides: { ints: [SAMPLED, 1] },
  });
  return mean(reshape(means, [channels / block, rows, block]), { axes: [1] });
}

function everyRow(x: Tensor): Tensor {
  const g = x.graph;
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const inputs = [x, g.ints([0]), g.ints([h]), g.ints([2]), g.ints([SAMPLED])];
  return g.node('Slice', inputs, [n, c, Math.ceil(h / SAMPLED), w]);
}

/** Sums over each row: of the values and of their squares, both `[C / B, H, B]`. */
export interface RowSums {
  values: Tensor;
  squares: Tensor;
}

/**
 * The squares are a convolution of the rows with themselves, each by its own kernel: it runs on all threads and reads
 * the plane once.
 */
export function rowSums({ tensor, channels, height, width, block }: BlockedPlane): RowSums {
  const count = channels * height;
  const rows = reshape(tensor, [1, count, 1, width]);
  const opened = (t: Tensor) => reshape(t, [channels / block, height, block]);
  const means = blockedNode('GlobalAveragePool', [rows], [1, count, 1, 1], {});
  const squares = blockedNode('Conv', [rows, reshape(tensor, [count, 1, 1, width])], [1, count, 1, 1], {
    group: { int: count },
    kernel_shape: { ints: [1, width] },
  });
  return { values: scale(opened(means), width), squares: opened(squares) };
}

/** The affine map of an instance norm, from the sums over `count` values of each channel, both `[C]`. */
export function normAffine(
  sums: RowSums,
  count: number,
  { scale: gamma, shift, epsilon }: { scale: Tensor; shift: Tensor; epsilon: number },
): Affine {
  const g = gamma.graph;
  const average = scale(sums.values, 1 / count);
  const spread = sub(scale(sums.squares, 1 / count), mul(average, average));
  const variance = g.node('Max', [spread, g.scalar(0)], spread.shape);
  const gain = g.node('Div', [gamma, sqrt(add(variance, g.scalar(epsilon)))], gamma.shape);
  return { gain, offset: sub(shift, mul(average, gain)) };
}

/** The affine map of an instance norm over a whole plane. */
export function planeNorm(x: BlockedPlane, norm: { scale: Tensor; shift: Tensor; epsilon: number }): Affine {
  const { values, squares } = rowSums(x);
  const total = (t: Tensor) => reshape(sum(t, { axes: [1] }), [x.channels]);
  return normAffine({ values: total(values), squares: total(squares) }, x.height * x.width, norm);
}

/**
 * The affine map of an instance norm over the plane that four phases make, without its outermost rows and columns;
 * for each phase, `[4 C]`.
 */
export function phaseNorm(
  x: BlockedPlane,
  { scale: gamma, shift, epsilon }: { scale: Tensor; shift: Tensor; epsilon: number },
): Affine {
  const { channels, height, width, block } = x;
  const g = x.tensor.graph;
  const blocks = channels / 4 / block;
  const byPhase = (t: Tensor) => reshape(t, [2, 2, blocks, height, block]);
  // The first column of the left phases and the last of the right ones are outside.
  const opened = reshape(x.tensor, [2, 2, blocks, height, width, block]);
  const column = (at: number, phase: number) => slice(slice(opened, 4, at, at + 1), 1, phase, phase + 1);
  const outside = g.node('Concat', [column(0, 0), column(width - 1, 1)], [2, 2, blocks, height, 1, block], {
    attributes: { axis: { int: 1 } },
  });
  const columns = byPhase(outside);
  // So are the first row of the upper phases and the last of the lower ones.
  const mask = new Float32Array(2 * height).fill(1);
  mask[0] = mask[2 * height - 1] = 0;
  const rows = g.constant(mask, [2, 1, 1, height, 1]);
  const sums = rowSums(x);
  const total = (rowsOf: Tensor, out: Tensor) =>
    reshape(sum(mul(sub(byPhase(rowsOf), out), rows), { axes: [0, 1, 3] }), [channels / 4]);
  const inner = {
    values: total(sums.values, columns),
    squares: total(sums.squares, mul(columns, columns)),
  };
  const count = 4 * (height - 1) * (width - 1);
  const affine = normAffine(inner, count, { scale: gamma, shift, epsilon });
  const repeated = (t: Tensor) =>
    g.node('Concat', [t, t, t, t], [channels], { attributes: { axis: { int: 0 } } });
  return { gain: repeated(affine.gain), offset: repeated(affine.offset) };
}
