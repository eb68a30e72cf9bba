/**
 * A step along a direction that fulfils the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6).
 */
import type { Evaluation, Objective } from './minimiser.js';
import { type Bounds, dot, largest, plus, slopeWithin, type Vector } from './vector.js';

/** Sufficient decrease: f(t) <= f(0) + C1 t f'(0). */
const C1 = 1e-4;
/** Curvature: |f'(t)| <= C2 |f'(0)|. */
const C2 = 0.9;
const MOST_EVALUATIONS = 25;
/** A bracket that moves no component by more is not narrowed further. */
const SMALLEST_CHANGE = 1e-9;

/** A point on the line. */
interface Point<V extends Vector> extends Evaluation<V> {
  t: number;
  x: V;
  /** The derivative along the line. */
  slope: number;
}

/** The result of a line search. */
export interface LineSearchResult<V extends Vector> {
  /** The best point; undefined where none was better than the start. */
  point: Point<V> | undefined;
  evaluations: number;
}

/**
 * Searches from `x` along `direction`, a direction of descent.
 *
 * @param start the objective at x
 * @param first the step to try first
 * @param bounds where the points stay: each is the nearest one within them, and components that were moved do not count
 *   for its slope
 */
export async function lineSearch<V extends Vector>(
  objective: Objective<V>,
  x: V,
  start: Evaluation<V>,
  direction: V,
  first: number,
  bounds?: Bounds,
): Promise<LineSearchResult<V>> {
  const origin: Point<V> = { ...start, t: 0, x, slope: dot(start.gradient, direction) };
  const scale = largest(direction);
  const slope = (place: V, gradient: V) =>
    bounds ? slopeWithin(gradient, direction, place, bounds) : dot(gradient, direction);
  let evaluations = 0;
  const at = async (t: number): Promise<Point<V>> => {
    evaluations++;
    const place = plus(x, t, direction, bounds);
    const { value, gradient } = await objective(place);
    const isNumber = Number.isFinite(value);
    // A value that is not finite is worse than every other.
    return {
      t,
      x: place,
      gradient,
      value: isNumber ? value : Number.POSITIVE_INFINITY,
      slope: isNumber ? slope(place, gradient) : Number.NaN,
    };
  };
  const isTooHigh = ({ t, value }: Point<V>) => value > origin.value + C1 * t * origin.slope;
  const isFlat = ({ slope }: Point<V>) => Math.abs(slope) <= -C2 * origin.slope;
  const found = (point: Point<V>): LineSearchResult<V> => ({
    point: point.value < origin.value ? point : undefined,
    evaluations,
  });

  // Larger and larger steps, until a minimum must lie between two.
  let previous = origin;
  let current = await at(first);
  let low: Point<V>;
  let high: Point<V>;
  for (;;) {
    if (isTooHigh(current) || (previous !== origin && current.value >= previous.value)) {
      [low, high] = [previous, current];
      break;
    }
    if (isFlat(current)) return found(current);
    if (current.slope >= 0) {
      [low, high] = [current, previous];
      break;
    }
    if (evaluations >= MOST_EVALUATIONS) return found(current);
    const least = current.t + 0.01 * (current.t - previous.t);
    const next = cubicMinimum(previous, current, least, 10 * current.t);
    previous = current;
    current = await at(next);
  }
  // The bracket narrows. `low` is the best point that fulfils the first condition.
  while (evaluations < MOST_EVALUATIONS && Math.abs(high.t - low.t) * scale > SMALLEST_CHANGE) {
    const [left, right] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    const margin = 0.1 * (right - left);
    const middle = await at(cubicMinimum(low, high, left + margin, right - margin));
    if (isTooHigh(middle) || middle.value >= low.value) {
      high = middle;
      continue;
    }
    if (isFlat(middle)) return found(middle);
    if (middle.slope * (high.t - low.t) >= 0) high = low;
    low = middle;
  }
  return found(low);
}

/**
 * The minimum of the cubic through two points and their slopes, between `least` and `most`; their middle where there is
 * none.
 */
function cubicMinimum<V extends Vector>(a: Point<V>, b: Point<V>, least: number, most: number): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sign(b.t - a.t) * Math.sqrt(square);
  const t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return Number.isFinite(t) ? Math.min(most, Math.max(least, t)) : (least + most) / 2;
}
