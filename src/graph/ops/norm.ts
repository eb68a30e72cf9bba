import { shapeText } from '../dim.js';
import { channelsOf, GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { add, div, mul, sub } from './arithmetic.js';
import { sqrt } from './elementwise.js';
import { mean as meanOver } from './mean.js';
import { reshape } from './reshape.js';
import { sum } from './sum.js';

/** Options of `instanceNorm`. */
export interface InstanceNormOptions {
  epsilon: number;
  /** `[C]`, 1 by default. */
  scale?: Tensor;
  /** `[C]`, 0 by default. */
  shift?: Tensor;
  /**
   * `composed` (default): from means and elementwise operators, differentiable. `fused`: ONNX's InstanceNormalization,
   * for inference and for pictures of unknown size. `plain`: the same, for the CPU alone.
   */
  form?: 'composed' | 'fused' | 'plain';
}

/**
 * Normalises each channel of each picture to mean 0 and variance 1 (biased variance), then `scale * x + shift` per
 * channel: Ulyanov et al. 2016. x `[N, C, H, W]`.
 *
 * With c = x - mean, r = 1 / sqrt(var + epsilon) and means over the pixels: dx = scale r (dy - mean(dy) - c r^2 mean(dy
 * c)), dscale = sum(dy c r), dshift = sum(dy).
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions): Tensor {
  requireRank('instanceNorm', 'the input', x, 4, '[N, C, H, W]');
  const c = channelsOf('instanceNorm', x);
  checkAffine('instanceNorm', c, options);
  if (options.form === 'fused') return fusedInstanceNorm(x, c, options);
  if (options.form === 'plain') return plainInstanceNorm(x, c, options);
  return normalise('instanceNorm', x, [2], options).y;
}

/**
 * InstanceNormalization around two faults of ONNX Runtime's WebGPU kernel, at no cost that can be measured on the CPU:
 * it takes the variance as E[x^2] - E[x]^2, which is noise in a channel that is nearly flat far from 0, so the mean
 * goes first; and it keeps six decimals of epsilon, so that 1e-9 would be 0 and a flat channel NaN: norm(x, e) = norm(k
 * x, k^2 e) keeps it.
 */
function fusedInstanceNorm(x: Tensor, c: number, { epsilon, scale, shift }: InstanceNormOptions): Tensor {
  const k = epsilon < 1e-5 ? 1000 : 1;
  const large = k === 1 ? x : mul(x, x.graph.scalar(k));
  const centred = sub(large, meanOver(large, { axes: [2, 3], keepDims: true }));
  return plainInstanceNorm(centred, c, { epsilon: epsilon * k * k, scale, shift });
}

/** InstanceNormalization as it is. */
function plainInstanceNorm(x: Tensor, c: number, { epsilon, scale, shift }: InstanceNormOptions): Tensor {
  const g = x.graph;
  const ones = () => g.constant(new Float32Array(c).fill(1), [c]);
  const zeros = () => g.constant(new Float32Array(c), [c]);
  return g.node('InstanceNormalization', [x, scale ?? ones(), shift ?? zeros()], x.shape, {
    attributes: { epsilon: { float: epsilon } },
  });
}

/** The result of `batchNorm`, and the statistics of the batch for the running averages. */
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
 * Batch normalisation with running statistics, all `[C]`: `scale (x - mean) / sqrt(variance + epsilon) + shift`.
 * Gradient for x, scale and shift only.
 */
export function batchNormInference(
  x: Tensor,
  options: { epsilon: number; scale: Tensor; shift: Tensor; mean: Tensor; variance: Tensor },
): Tensor {
  const { epsilon, scale, shift, mean, variance } = options;
  requireRank('batchNorm', 'the input', x, 4, '[N, C, H, W]');
  const c = channelsOf('batchNorm', x);
  checkAffine('batchNorm', c, options);
  const inputs = [x, scale, shift, mean, variance];
  const attributes = { epsilon: { float: epsilon } };
  return x.graph.operator(
    'batchNorm',
    inputs,
    () => x.graph.node('BatchNormalization', inputs, x.shape, { attributes }),
    (dy, _, [dx, ds, db]) => {
      const column = (t: Tensor) => reshape(t, [1, c, 1, 1]);
      const total = (t: Tensor) => sum(t, { axes: [0, 2, 3] });
      const r = inverseRoot(column(variance), epsilon);
      const factor = mul(r, column(scale));
      const unit = () => mul(sub(x, column(mean)), r);
      return [
        dx ? mul(dy, factor) : undefined,
        ds ? total(mul(dy, unit())) : undefined,
        db ? total(dy) : undefined,
      ];
    },
  );
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

/** 1 / sqrt(variance + epsilon). */
function inverseRoot(variance: Tensor, epsilon: number): Tensor {
  const root = sqrt(add(variance, variance.graph.scalar(epsilon)));
  return div(variance.graph.scalar(1), root);
}

/** The shared body, on x seen as `[N, C, H W]`: statistics over `axes` (2: each picture; 0 and 2: the batch). */
function normalise(
  operator: string,
  x: Tensor,
  axes: readonly number[],
  { epsilon, scale, shift }: { epsilon: number; scale?: Tensor; shift?: Tensor },
): BatchNormResult {
  const g = x.graph;
  const shape = numericShape(operator, x) as [number, number, number, number];
  const [n, c, h, w] = shape;
  const flatten = (t: Tensor) => reshape(t, [n, c, h * w]);
  const column = (t: Tensor) => reshape(t, [1, c, 1]);
  const vector = (t: Tensor) => reshape(t, [c]);
  const meanOf = (t: Tensor) => meanOver(t, { axes, keepDims: true });

  const { y, mean, variance, centred, r, gain } = g.unrecorded(() => {
    const flat = flatten(x);
    const mean = meanOf(flat);
    const centred = sub(flat, mean);
    const variance = meanOf(mul(centred, centred));
    const r = inverseRoot(variance, epsilon);
    const gain = scale ? mul(r, column(scale)) : r;
    const unshifted = mul(centred, gain);
    const whole = shift ? add(unshifted, column(shift)) : unshifted;
    return { y: reshape(whole, shape), mean, variance, centred, r, gain };
  });

  const inputs = [x, ...(scale ? [scale] : []), ...(shift ? [shift] : [])];
  g.operator(
    operator,
    inputs,
    () => y,
    (dy4, _, needed) => {
      const dy = flatten(dy4);
      const count = axes.includes(0) ? n * h * w : h * w;
      const meanDy = meanOf(dy);
      const meanDyC = meanOf(mul(dy, centred));
      const total = (t: Tensor) => vector(axes.includes(0) ? t : sum(t, { axes: [0], keepDims: true }));
      const gradients: (Tensor | undefined)[] = [undefined];
      if (needed[0]) {
        // dx = gain dy + (-gain r^2 mean(dy c)) c - gain mean(dy)
        const slope = mul(mul(gain, mul(mul(r, r), g.scalar(-1))), meanDyC);
        const offset = mul(mul(gain, meanDy), g.scalar(-1));
        const inner = add(mul(centred, slope), offset);
        gradients[0] = reshape(add(mul(dy, gain), inner), shape);
      }
      if (scale) gradients.push(total(mul(mul(meanDyC, r), g.scalar(count))));
      if (shift) gradients.push(total(mul(meanDy, g.scalar(count))));
      return gradients;
    },
  );
  const overBatch = (t: Tensor) => vector(meanOver(t, { axes: [0], keepDims: true }));
  return g.unrecorded(() => ({ y, mean: overBatch(mean), variance: overBatch(variance) }));
}
