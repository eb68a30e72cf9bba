/** The interface of all minimisers. */
import type { Bounds, Vector } from './vector.js';

/** The value of an objective and its gradient at one point. */
export interface Evaluation<V extends Vector = Vector> {
  value: number;
  gradient: V;
}

/** The function to minimise. */
export type Objective<V extends Vector = Vector> = (x: V) => Promise<Evaluation<V>>;

/** One iteration of a minimiser. */
export interface Iteration<V extends Vector = Vector> {
  /** From 1. */
  iteration: number;
  /** Evaluations of the objective so far. */
  evaluations: number;
  value: number;
  x: V;
}

/** Options of every minimiser. */
export interface MinimiserOptions<V extends Vector = Vector> {
  iterations: number;
  /** Told after each iteration. */
  onIteration?: (iteration: Iteration<V>) => void | Promise<void>;
  /** Ends after the iteration in progress. */
  signal?: AbortSignal;
  /** Where every component stays. */
  bounds?: Bounds;
}

/** The result of a minimiser. */
export interface Minimum<V extends Vector = Vector> {
  x: V;
  value: number;
  iterations: number;
  evaluations: number;
  /** Why it ended. */
  reason: 'iterations' | 'gradient' | 'change' | 'no descent' | 'stopped';
}
