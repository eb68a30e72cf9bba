import { lineSearch } from './line-search.js';
import type { Evaluation, MinimiserOptions, Minimum, Objective } from './minimiser.js';
import {
  type Bounds,
  clipped,
  dot,
  freeComponents,
  largest,
  plus,
  sumOfAbsolutes,
  type Vector,
  within,
  withZeros,
} from './vector.js';

/** Options of `lbfgs`. */
export interface LbfgsOptions<V extends Vector = Vector> extends MinimiserOptions<V> {
  /** Steps that are remembered: each takes two vectors. Default 20. */
  memory?: number;
  /**
   * How far to go along a direction. `wolfe` (default): a search for the strong Wolfe conditions. `none`: the whole
   * step, and one evaluation for each iteration, as Torch's `optim.lbfgs` does, with which the paper and most programs
   * after Gatys et al. work. It may go up at times.
   */
  lineSearch?: 'wolfe' | 'none';
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
 * With bounds it is projected L-BFGS, as in section 4.1 of the paper: a component at a bound that would leave stays,
 * the others go where L-BFGS on them alone goes, and each point on the way is moved to the nearest one within the
 * bounds (two-metric projection, Bertsekas 1982).
 *
 * @param start where to begin; not changed
 */
export async function lbfgs<V extends Vector>(
  objective: Objective<V>,
  start: V,
  options: LbfgsOptions<V>,
): Promise<Minimum<V>> {
  const { memory = 20, gradientTolerance = 0, changeTolerance = 0, signal, bounds } = options;
  let x = bounds ? clipped(start, bounds) : start;
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
    const free = bounds && freeComponents(x, here.gradient, bounds);
    const gradient = withZeros(here.gradient, free);
    if (largest(gradient) <= gradientTolerance) return end('gradient');
    let direction = descent(gradient, history, free);
    if (bounds) direction = within(direction, x, bounds);
    if (!(dot(direction, gradient) < 0)) {
      history = [];
      direction = descent(gradient, history, free);
    }
    // Without curvature known the gradient's length says nothing about the way to go: begin with a step of length 1.
    const first = history.length > 0 ? 1 : 1 / Math.sqrt(dot(direction, direction));
    const found =
      options.lineSearch === 'none'
        ? await wholeStep(objective, x, direction, history.length > 0, bounds)
        : await lineSearch(objective, x, here, direction, first, bounds);
    const { point } = found;
    evaluations += found.evaluations;
    if (!point) {
      if (history.length === 0) return end('no descent');
      history = [];
      continue;
    }
    history.push(...correction(plus(point.x, -1, x), plus(point.gradient, -1, here.gradient)));
    if (history.length > memory) history.shift();
    const change = here.value - point.value;
    x = point.x;
    here = point;
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
  direction: V,
  hasCurvature: boolean,
  bounds: Bounds | undefined,
): Promise<{ point: (Evaluation<V> & { x: V }) | undefined; evaluations: number }> {
  // Without curvature known the direction is minus the gradient.
  const length = hasCurvature ? 1 : Math.min(1, 1 / sumOfAbsolutes(direction));
  const place = plus(x, length, direction, bounds);
  const { value, gradient } = await objective(place);
  const point = Number.isFinite(value) ? { x: place, value, gradient } : undefined;
  return { point, evaluations: 1 };
}

/**
 * A step as it is remembered, on the components that are free. None where it shows no curvature: rounding has eaten it,
 * or the objective bends down.
 */
function correction<V extends Vector>(s: V, y: V, free?: Uint8Array): Correction<V>[] {
  const sy = dot(s, y, free);
  return sy > 1e-10 * dot(y, y, free) ? [{ s, y, rho: 1 / sy }] : [];
}

/**
 * Minus the inverse Hessian's estimate times the gradient: the two-loop recursion (Nocedal and Wright 2006, algorithm
 * 7.4), as if the components that are free were all.
 *
 * @param gradient 0 where it is not free
 */
function descent<V extends Vector>(gradient: V, history: readonly Correction<V>[], free?: Uint8Array): V {
  const q = gradient.slice() as V;
  const add = (t: number, v: V) => {
    for (let i = 0; i < q.length; i++) q[i]! += t * v[i]!;
  };
  const known = free ? history.flatMap(({ s, y }) => correction(s, y, free)) : history;
  const alphas = new Array<number>(known.length);
  for (let k = known.length - 1; k >= 0; k--) {
    const { s, y, rho } = known[k]!;
    alphas[k] = rho * dot(s, q, free);
    add(-alphas[k]!, y);
  }
  const newest = known.at(-1);
  const scale = newest ? 1 / (newest.rho * dot(newest.y, newest.y, free)) : 1;
  for (let i = 0; i < q.length; i++) q[i]! *= scale;
  known.forEach(({ s, y, rho }, k) => {
    add(alphas[k]! - rho * dot(y, q, free), s);
  });
  for (let i = 0; i < q.length; i++) q[i] = -q[i]!;
  return withZeros(q, free);
}
