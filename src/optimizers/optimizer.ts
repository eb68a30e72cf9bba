import type { Tensor } from '../graph/index.js';

/** One parameter of a training graph and what its optimizer remembers of it. */
export interface OptimizerState {
  parameter: Tensor;
  /** In the order of `Optimizer.slots`, each of the parameter's shape. */
  slots: readonly Tensor[];
}

/** Options of an update, besides the state and the gradient. */
export interface UpdateOptions {
  /** A scalar of the step by its name in `Optimizer.scalars`: an input of the graph. */
  scalar(name: string): Tensor;
  /** Learning rate of the parameter as a multiple of the common rate. 1 by default. */
  rate?: number;
}

/** An optimizer whose updates are nodes of the training graph. */
export interface Optimizer {
  /** Names of what it remembers of a parameter in the state of a training. All of it is 0 before the first step. */
  slots(parameter: string): string[];
  /** The numbers that differ from step to step, by name, at step t = 1, 2, ... */
  scalars(learningRate: number, t: number): Record<string, number>;
  /** Appends one update of one parameter. */
  update(state: OptimizerState, gradient: Tensor, options: UpdateOptions): OptimizerState;
}

/** The learning rate of a parameter: a scalar of the graph times the parameter's own rate. */
export function scaledRate(scalar: Tensor, rate = 1): Tensor {
  const { graph } = scalar;
  return rate === 1 ? scalar : graph.node('Mul', [scalar, graph.scalar(rate)], []);
}
