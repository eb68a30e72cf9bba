import { shapeText, sizeOf } from '../dim.js';
import { channelsOf, GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { meanNode, sumNode } from './reduce.js';

/** Options of `instanceNorm`. */
export interface InstanceNormOptions {
  epsilon: number;
  /** `[C]`, 1 by default. */
  scale?: Tensor;
  /** `[C]`, 0 by default. */
  shift?: Tensor;
  /**
   * `composed` (default): from means and elementwise operators, differentiable. `fused`: ONNX's InstanceNormalization, for inference
   * and for pictures of unknown size.
   */
  form?: 'composed' | 'fused';
}

/**
 * Normalises each channel of each picture to mean 0 and variance 1 (biased variance), then `scale * x + shift` per channel:
 * Ulyanov et al. 2016. x `[N, C, H, W]`.
 *
 * With c = x - mean, r = 1 / sqrt(var + epsilon) and means over the pixels:
 * dx = scale r (dy - mean(dy) - c r^2 mean(dy c)), dscale = sum(dy c r), dshift = sum(dy).
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions): Tensor {
  requireRank('instanceNorm', 'the input', x, 4, '[N, C, H, W]');
  const c = channelsOf('instanceNorm', x);
  checkAffine('instanceNorm', c, options);
  if (options.form === 'fused') return fusedInstanceNorm(x, c, options);
  return normalise('instanceNorm', x, [2], options).y;
}

/**
 * InstanceNormalization around two faults of ONNX Runtime's WebGPU kernel, at no cost that can be measured on the CPU:
 * it takes the variance as E[x^2] - E[x]^2, which is noise in a channel that is nearly flat far from 0, so the mean goes first;
 * and it keeps six decimals of epsilon, so that 1e-9 would be 0 and a flat channel NaN: norm(x, e) = norm(k x, k^2 e) keeps it.
 */
function fusedInstanceNorm(x: Tensor, c: number, { epsilon, scale, shift }: InstanceNormOptions): Tensor {
  const g = x.graph;
  const ones = () => g.constant(new Float32Array(c).fill(1), [c]);
  const zeros = () => g.constant(new Float32Array(c), [c]);
  const k = epsilon < 1e-5 ? 1000 : 1;
  const large = k === 1 ? x : g.node('Mul', [x, g.scalar(k)], x.shape);
  const centred = g.node('Sub', [large, meanNode(large, [2, 3], true)], x.shape);
  return g.node('InstanceNormalization', [centred, scale ?? ones(), shift ?? zeros()], x.shape, {
    attributes: { epsilon: { float: epsilon * k * k } },
  });
}

/** What `batchNorm` returns: the result and the statistics of the batch for the running averages. */
export interface BatchNormResult {
  y: Tensor;
  /** `[C]`. */
  mean: Tensor;
  /** `[C]`, biased. */
  variance: Tensor;
}

/**
 * Batch normalisation with the statistics of the batch: as `instanceNorm`, but over all pictures of the batch together.
 * ONNX's own training mode has no WebGPU kernel.
 */
export function batchNorm(
  x: Tensor,
  options: { epsilon: number; scale: Tensor; shift: Tensor },
): BatchNormResult {
  requireRank('batchNorm', 'the input', x, 4, '[N, C, H, W]');
  checkAffine('batchNorm', channelsOf('batchNorm', x), options);
  return normalise('batchNorm', x, [0, 2], options);
}

/**
 * Batch normalisation with running statistics, all `[C]`: `scale (x - mean) / sqrt(variance + epsilon) + shift`. Gradient for x, scale
 * and shift only.
 */
export function batchNormInference(
  x: Tensor,
  options: { epsilon: number; scale: Tensor; shift: Tensor; mean: Tensor; variance: Tensor },
): Tensor {
  const { epsilon, scale, shift, mean, variance } = options;
  requireRank('batchNorm', 'the input', x, 4, '[N, C, H, W]');
  const c = channelsOf('batchNorm', x);
  checkAffine('batchNorm', c, options);
  const y = x.graph.node('BatchNormalization', [x, scale, shift, mean, variance], x.shape, {
    attributes: { epsilon: { float: epsilon } },
  });
  return x.graph.record('batchNorm', [x, scale, shift, mean, variance], y, (dy, [dx, ds, db]) => {
    const g = x.graph;
    const column = (t: Tensor) => g.node('Reshape', [t, g.ints([1, c, 1, 1])], [1, c, 1, 1]);
    const r = inverseRoot(column(variance), epsilon);
    const factor = g.node('Mul', [r, column(scale)], r.shape);
    const unit = () => g.node('Mul', [g.node('Sub', [x, column(mean)], x.shape), r], x.shape);
    return [
      dx ? g.node('Mul', [dy, factor], x.shape) : undefined,
      ds ? sumNode(g.node('Mul', [dy, unit()], x.shape), [0, 2, 3], false) : undefined,
      db ? sumNode(dy, [0, 2, 3], false) : undefined,
    ];
  });
}

function checkAffine(
  operator: string,
  c: number,
  options: { scale?: Tensor; shift?: Tensor; epsilon: number },
) {
  for (const what of ['scale', 'shift'] as const) {
    const t = options[what];
    if (t && (t.shape.length !== 1 || t.shape[0] !== c)) {
      throw new GraphError(`${operator}: the ${what} must be [${c}], got ${shapeText(t.shape)}`);
    }
  }
  if (!(options.epsilon > 0))
    throw new GraphError(`${operator}: epsilon must be > 0, got ${options.epsilon}`);
}

function inverseRoot(variance: Tensor, epsilon: number): Tensor {
  const g = variance.graph;
  const root = g.node('Sqrt', [g.node('Add', [variance, g.scalar(epsilon)], variance.shape)], variance.shape);
  return g.node('Div', [g.scalar(1), root], variance.shape);
}

/** The shared body, on x seen as `[N, C, H W]`: statistics over `axes` (2: each picture; 0 and 2: the batch). */
function normalise(
  operator: string,
  x: Tensor,
  axes: readonly number[],
  { epsilon, scale, shift }: { epsilon: number; scale?: Tensor; shift?: Tensor },
): BatchNormResult {
  const g = x.graph;
  const [n, c, h, w] = numericShape(operator, x) as [number, number, number, number];
  const flatShape = [n, c, h * w];
  const flatten = (t: Tensor) => g.node('Reshape', [t, g.ints(flatShape)], flatShape);
  const column = (t: Tensor) => g.node('Reshape', [t, g.ints([1, c, 1])], [1, c, 1]);
  const vector = (t: Tensor) => g.node('Reshape', [t, g.ints([c])], [c]);
  const binary = (type: string, a: Tensor, b: Tensor) =>
    g.node(
      type,
      [a, b],
      a.shape.length >= b.shape.length && sizeOf(a.shape as number[]) >= sizeOf(b.shape as number[])
        ? a.shape
        : b.shape,
    );

  const flat = flatten(x);
  const mean = meanNode(flat, axes, true);
  const centred = binary('Sub', flat, mean);
  const variance = meanNode(binary('Mul', centred, centred), axes, true);
  const r = inverseRoot(variance, epsilon);
  const gain = scale ? binary('Mul', r, column(scale)) : r;
  const scaled = binary('Mul', centred, gain);
  const affine = shift ? binary('Add', scaled, column(shift)) : scaled;
  const y = g.node('Reshape', [affine, g.ints([n, c, h, w])], x.shape);

  const inputs = [x, ...(scale ? [scale] : []), ...(shift ? [shift] : [])];
  g.record(operator, inputs, y, (dy4, needed) => {
    const dy = flatten(dy4);
    const count = axes.includes(0) ? n * h * w : h * w;
    const meanDy = meanNode(dy, axes, true);
    const meanDyC = meanNode(binary('Mul', dy, centred), axes, true);
    const total = (t: Tensor) => vector(axes.includes(0) ? t : sumNode(t, [0], true));
    const gradients: (Tensor | undefined)[] = [];
    if (needed[0]) {
      // dx = gain dy + (-gain r^2 mean(dy c)) c - gain mean(dy)
      const r2 = binary('Mul', binary('Mul', r, r), g.scalar(-1));
      const slope = binary('Mul', binary('Mul', gain, r2), meanDyC);
      const offset = binary('Mul', binary('Mul', gain, meanDy), g.scalar(-1));
      const inner = binary('Add', binary('Mul', centred, slope), offset);
      const dx = binary('Add', binary('Mul', dy, gain), inner);
      gradients.push(g.node('Reshape', [dx, g.ints([n, c, h, w])], x.shape));
    } else gradients.push(undefined);
    if (scale) gradients.push(total(binary('Mul', binary('Mul', meanDyC, r), g.scalar(count))));
    if (shift) gradients.push(total(binary('Mul', meanDy, g.scalar(count))));
    return gradients;
  });
  return { y, mean: vector(meanNode(mean, [0], true)), variance: vector(meanNode(variance, [0], true)) };
}
