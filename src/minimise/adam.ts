import type { MinimiserOptions, Minimum, Objective } from './minimiser.js';
import { clipped, type Vector } from './vector.js';

/** Options of `adam`. */
export interface AdamOptions<V extends Vector = Vector> extends MinimiserOptions<V> {
  /** Length of a step, in units of x. */
  learningRate: number;
}

/**
 * Adam (Kingma and Ba 2015) over a vector, with PyTorch's defaults. The value of an iteration is that before its step;
 * the result is the best point that was evaluated.
 *
 * @param start where to begin; not changed
 */
export async function adam<V extends Vector>(
  objective: Objective<V>,
  start: V,
  { learningRate, iterations, onIteration, signal, bounds }: AdamOptions<V>,
): Promise<Minimum<V>> {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const m = new Float64Array(start.length);
  const v = new Float64Array(start.length);
  let x = bounds ? clipped(start, bounds) : start;
  let best = { x, value: Number.POSITIVE_INFINITY };
  const consider = (value: number) => {
    if (value < best.value) best = { x, value };
  };
  for (let t = 1; t <= iterations; t++) {
    if (signal?.aborted) return { ...best, iterations: t - 1, evaluations: t - 1, reason: 'stopped' };
    const { value, gradient } = await objective(x);
    consider(value);
    await onIteration?.({ iteration: t, evaluations: t, value, x });
    const next = x.slice() as V;
    const size = learningRate / (1 - beta1 ** t);
    const correction = 1 / (1 - beta2 ** t);
    for (let i = 0; i < next.length; i++) {
      const g = gradient[i]!;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      next[i]! -= (size * m[i]!) / (Math.sqrt(v[i]! * correction) + epsilon);
    }
    x = bounds ? clipped(next, bounds) : next;
  }
  consider((await objective(x)).value);
  return { ...best, iterations, evaluations: iterations + 1, reason: 'iterations' };
}
