import { lineSearch } from './line-search.js';
import type { Evaluation, MinimiserOptions, Minimum, Objective } from './minimiser.js';
import { dot, largest, plus, sumOfAbsolutes, type Vector } from './vector.js';

/** Options of `lbfgs`. */
export interface LbfgsOptions<V extends Vector = Vector> extends MinimiserOptions<V> {
  /** Steps that are remembered: each takes two vectors. Default 20. */
  memory?: number;
  /**
   * How far to go along a direction. `wolfe` (default): a search for the strong Wolfe conditions. `none`: the whole step, and one evaluation for each
   * iteration, as Torch's `optim.lbfgs` does, with which the paper and most programs after Gatys et al. work. It may go up at times.
   */
  lineSearch?: 'wolfe' | 'none';
  /**
   * Moves a point to the nearest one that is allowed (projected L-BFGS, as in section 4.1 of the paper): called on a copy after each iteration. Each time
   * costs one more evaluation. Returns whether it moved the point.
   */
  project?: (x: V) => boolean;
  /** Ends where no component of the gradient is larger. Default 0: never. */
  gradientTolerance?: number;
  /** Ends where an iteration lowers the value by less than this share of it. Default 0: never. */
  changeTolerance?: number;
}

/** A remembered step. */
interface Correction<V extends Vector> {
  s: V;
  y: V;
  /** 1 / (s y) */
  rho: number;
}

/**
 * Limited-memory BFGS (Nocedal 1980; Liu and Nocedal 1989).
 *
 * @param start where to begin; not changed
 */
export async function lbfgs<V extends Vector>(
  objective: Objective<V>,
  start: V,
  options: LbfgsOptions<V>,
): Promise<Minimum<V>> {
  const { memory = 20, gradientTolerance = 0, changeTolerance = 0, signal } = options;
  let x = start;
  let here = await objective(x);
  let evaluations = 1;
  let iterations = 0;
  let history: Correction<V>[] = [];
  const end = (reason: Minimum['reason']): Minimum<V> => ({
    x,
    value: here.value,
    iterations,
    evaluations,
    reason,
  });
  while (iterations < options.iterations) {
    if (signal?.aborted) return end('stopped');
    if (largest(here.gradient) <= gradientTolerance) return end('gradient');
    let direction = descent(here.gradient, history);
    if (!(dot(direction, here.gradient) < 0)) {
      history = [];
      direction = descent(here.gradient, history);
    }
    // Without curvature known the gradient's length says nothing about the way to go: begin with a step of length 1.
    const first = history.length > 0 ? 1 : 1 / Math.sqrt(dot(direction, direction));
    const found =
      options.lineSearch === 'none'
        ? await wholeStep(objective, x, here, direction, history.length > 0)
        : await lineSearch(objective, x, here, direction, first);
    const { point } = found;
    evaluations += found.evaluations;
    if (!point) {
      if (history.length === 0) return end('no descent');
      history = [];
      continue;
    }
    const s = plus(point.x, -1, x);
    const y = plus(point.gradient, -1, here.gradient);
    const sy = dot(s, y);
    // Otherwise rounding has eaten the curvature.
    if (sy > 1e-10 * dot(y, y)) {
      history.push({ s, y, rho: 1 / sy });
      if (history.length > memory) history.shift();
    }
    const change = here.value - point.value;
    x = point.x;
    here = point;
    if (options.project) {
      const moved = x.slice() as V;
      if (options.project(moved)) {
        x = moved;
        here = await objective(x);
        evaluations++;
      }
    }
    iterations++;
    await options.onIteration?.({ iteration: iterations, evaluations, value: here.value, x });
    if (change <= changeTolerance * Math.abs(here.value) && changeTolerance > 0) return end('change');
  }
  return end('iterations');
}

/** The whole step; the first one, without curvature known, has a length (sum of absolute values) of 1 at most. */
async function wholeStep<V extends Vector>(
  objective: Objective<V>,
  x: V,
  { gradient }: Evaluation<V>,
  direction: V,
  hasCurvature: boolean,
): Promise<{ point: (Evaluation<V> & { x: V }) | undefined; evaluations: number }> {
  const length = hasCurvature ? 1 : Math.min(1, 1 / sumOfAbsolutes(gradient));
  const place = plus(x, length, direction);
  const { value, gradient: there } = await objective(place);
  const point = Number.isFinite(value) ? { x: place, value, gradient: there } : undefined;
  return { point, evaluations: 1 };
}

/** Minus the inverse Hessian's estimate times the gradient: the two-loop recursion (Nocedal and Wright 2006, algorithm 7.4). */
function descent<V extends Vector>(gradient: V, history: readonly Correction<V>[]): V {
  const q = gradient.slice() as V;
  const add = (t: number, v: V) => {
    for (let i = 0; i < q.length; i++) q[i]! += t * v[i]!;
  };
  const alphas = new Array<number>(history.length);
  for (let k = history.length - 1; k >= 0; k--) {
    const { s, y, rho } = history[k]!;
    alphas[k] = rho * dot(s, q);
    add(-alphas[k]!, y);
  }
  const newest = history.at(-1);
  const scale = newest ? 1 / (newest.rho * dot(newest.y, newest.y)) : 1;
  for (let i = 0; i < q.length; i++) q[i]! *= scale;
  history.forEach(({ s, y, rho }, k) => {
    add(alphas[k]! - rho * dot(y, q), s);
  });
  for (let i = 0; i < q.length; i++) q[i] = -q[i]!;
  return q;
}
