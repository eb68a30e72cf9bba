/**
 * Planes in the layout that ONNX Runtime's fast convolutions on a CPU work in: blocks of B channels, B being as many
 * floats as a vector register holds (8 or 16). The optimizer puts only convolutions and what it knows into that layout,
 * and turns planes there and back for everything else. Here norms and borders stay in it as well, by operators of its
 * domain, which files of saved optimized graphs have too.
 */
import type { Attribute } from '../graph/graph.js';
import {
  add,
  type Graph,
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
  transpose,
} from '../graph/index.js';

/** A plane of one picture whose bytes lie as `[C / B, H, W, B]`. */
export interface BlockedPlane {
  /** As the operators of the domain want it: `[1, C, H, W]`. */
  tensor: Tensor;
  channels: number;
  height: number;
  width: number;
  /** B. */
  block: number;
}

const DOMAIN = 'com.microsoft.nchwc';

function node(
  type: string,
  inputs: readonly (Tensor | undefined)[],
  shape: readonly number[],
  attributes: Record<string, Attribute>,
): Tensor {
  return inputs[0]!.graph.node(type, inputs, shape, { attributes, domain: DOMAIN });
}

/** Four picture's axes `[C / B, H, W, B]` of a plane. */
function open({ tensor, channels, height, width, block }: BlockedPlane): Tensor {
  return reshape(tensor, [channels / block, height, width, block]);
}

/** Options of `blockedConv`. */
export interface BlockedConvOptions {
  bias?: Tensor;
  stride?: number;
}

/**
 * Convolution without padding.
 *
 * @param x a plane, or a picture `[1, Cin, H, W]` of fewer than B channels
 * @param weight `[Cout, Cin, kh, kw]`, Cout a multiple of B
 */
export function blockedConv(
  x: BlockedPlane | Tensor,
  weight: Tensor,
  block: number,
  { bias, stride = 1 }: BlockedConvOptions = {},
): BlockedPlane {
  const input = 'tensor' in x ? x.tensor : x;
  const [, , h, w] = input.shape as [number, number, number, number];
  const [channels, , kh, kw] = weight.shape as [number, number, number, number];
  const height = Math.floor((h - kh) / stride) + 1;
  const width = Math.floor((w - kw) / stride) + 1;
  const kernel = 'tensor' in x ? blockedKernel(weight, block) : pictureKernel(weight, block);
  const tensor = node('Conv', [input, kernel, ...(bias ? [bias] : [])], [1, channels, height, width], {
    kernel_shape: { ints: [kh, kw] },
    strides: { ints: [stride, stride] },
  });
  return { tensor, channels, height, width, block };
}

/** `[O, I, kh, kw]` as `[O / B, I / B, kh, kw, B of I, B of O]`. */
function blockedKernel(weight: Tensor, block: number): Tensor {
  const [co, ci, kh, kw] = weight.shape as [number, number, number, number];
  const split = reshape(weight, [co / block, block, ci / block, block, kh, kw]);
  return reshape(transpose(split, [0, 2, 4, 5, 3, 1]), [co, ci, kh, kw]);
}

/** `[O, I, kh, kw]` as `[O / B, I, kh, kw, B of O]`. */
function pictureKernel(weight: Tensor, block: number): Tensor {
  const [co, ci, kh, kw] = weight.shape as [number, number, number, number];
  return reshape(transpose(reshape(weight, [co / block, block, ci, kh, kw]), [0, 2, 3, 4, 1]), [
    co,
    ci,
    kh,
    kw,
  ]);
}

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
  const means = node('AveragePool', [tensor], [1, channels, rows, 1], {
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
  const means = node('GlobalAveragePool', [rows], [1, count, 1, 1], {});
  const squares = node('Conv', [rows, reshape(tensor, [count, 1, 1, width])], [1, count, 1, 1], {
    group: { int: count },
    kernel_shape: { ints: [1, width] },
  });
  return { values: scale(opened(means), width), squares: opened(squares) };
}

/** What a norm multiplies a channel by and what it adds, both `[C]`. */
export interface Affine {
  gain: Tensor;
  offset: Tensor;
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
export function planeNorm(
  x: BlockedPlane,
  norm: { scale: Tensor; shift: Tensor; epsilon: number },
): Affine {
  const { values, squares } = rowSums(x);
  const total = (t: Tensor) => reshape(sum(t, { axes: [1] }), [x.channels]);
  return normAffine({ values: total(values), squares: total(squares) }, x.height * x.width, norm);
}

/** Options of `applied`. */
export interface AppliedOptions {
  relu?: boolean;
  /** Zeros around the result, whose place a border takes. */
  pad?: number;
  /** A plane of the result's size to add. */
  plus?: BlockedPlane;
}

/** `gain x + offset` in each channel: a convolution of 1x1 with one kernel a channel. */
export function applied(
  x: BlockedPlane,
  { gain, offset }: Affine,
  { relu, pad = 0, plus }: AppliedOptions,
): BlockedPlane {
  const { channels, block } = x;
  const [height, width] = [x.height + 2 * pad, x.width + 2 * pad];
  const inputs = [x.tensor, reshape(gain, [channels, 1, 1, 1]), offset, ...(plus ? [plus.tensor] : [])];
  const tensor = node('Conv', inputs, [1, channels, height, width], {
    group: { int: channels },
    kernel_shape: { ints: [1, 1] },
    pads: { ints: [pad, pad, pad, pad] },
    ...(relu ? { activation: { text: 'Relu' } } : {}),
  });
  return { tensor, channels, height, width, block };
}

/** The border of one pixel: the row beyond the border is the second one, or the first one again. */
export type BorderKind = 'reflect' | 'edge';

/** Writes the outermost pixels of a plane anew, from those inside. */
export function withBorder(x: BlockedPlane, kind: BorderKind): BlockedPlane {
  const { channels, height, width, block, tensor } = x;
  const g = tensor.graph;
  const step = kind === 'reflect' ? 2 : 1;
  const inner = (i: number, size: number) => (i === 0 ? step : i === size - 1 ? size - 1 - step : i);
  const from: number[] = [];
  const to: number[] = [];
  for (let b = 0; b < channels / block; b++) {
    for (let r = 0; r < height; r++) {
      const isEnd = r === 0 || r === height - 1;
      for (let c = 0; c < width; c += isEnd ? 1 : width - 1) {
        to.push((b * height + r) * width + c);
        from.push((b * height + inner(r, height)) * width + inner(c, width));
      }
    }
  }
  const pixels = reshape(tensor, [(channels / block) * height * width, block]);
  const border = g.node('Gather', [pixels, g.ints(from)], [from.length, block], {
    attributes: { axis: { int: 0 } },
  });
  // Of the two operators that write into a tensor, this one does not copy it first.
  const places = g.constant(
    BigInt64Array.from({ length: to.length * block }, (_, i) => BigInt(to[Math.floor(i / block)]!)),
    [to.length, block],
  );
  const whole = g.node('ScatterElements', [pixels, places, border], pixels.shape, {
    attributes: { axis: { int: 0 } },
  });
  return { ...x, tensor: reshape(whole, [1, channels, height, width]) };
}

/** `[1, 4 C, G, G']` of four phases to the plane `[1, C, 2 G, 2 G']` in which they alternate. */
export function interleaved({ tensor, channels, height, width, block }: BlockedPlane): BlockedPlane {
  const c = channels / 4;
  const phases = reshape(tensor, [2, 2, c / block, height, width, block]);
  const turned = transpose(phases, [2, 3, 0, 4, 1, 5]);
  const size = { channels: c, height: 2 * height, width: 2 * width };
  return { tensor: reshape(turned, [1, c, size.height, size.width]), ...size, block };
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
  const outside = g.node(
    'Concat',
    [column(0, 0), column(width - 1, 1)],
    [2, 2, blocks, height, 1, block],
    { attributes: { axis: { int: 1 } } },
  );
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

/** The first `channels` channels of a plane as an ordinary tensor `[1, channels, H, W]`. */
export function unblocked(x: BlockedPlane, channels: number): Tensor {
  return node('ReorderOutput', [x.tensor], [1, channels, x.height, x.width], { channels: { int: channels } });
}

/** The graph that gives `[1, B, 1, 1]` for `[1, 4, 1, 1]`: tells the size of the blocks. */
export function blockProbe(graph: Graph): void {
  const x = graph.input('x', [1, 4, 1, 1]);
  graph.output('y', node('ReorderInput', [x], [1, 'B', 1, 1] as never, {}));
}
