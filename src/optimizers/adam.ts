import type { Graph, Tensor } from '../graph/index.js';

/** Adam (Kingma and Ba 2015) with PyTorch's defaults. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Names of a parameter's moments in the state of a training graph. */
export const momentNames = (parameter: string) => ({ m: `adam.m/${parameter}`, v: `adam.v/${parameter}` });

/** The two scalars that depend on the step number: they enter the graph as inputs. */
export interface AdamScalars {
  /** lr / (1 - beta1^t) */
  stepSize: Tensor;
  /** 1 / sqrt(1 - beta2^t) */
  correction: Tensor;
}

/** The values of the scalars at step t = 1, 2, ... */
export function adamScalars(lr: number, t: number): { stepSize: number; correction: number } {
  return { stepSize: lr / (1 - ADAM.beta1 ** t), correction: 1 / Math.sqrt(1 - ADAM.beta2 ** t) };
}

/**
 * One update of one parameter: m' = b1 m + (1 - b1) g, v' = b2 v + (1 - b2) g^2,
 * p' = p - stepSize m' / (sqrt(v') correction + epsilon).
 */
export function adamUpdate(
  graph: Graph,
  state: { parameter: Tensor; m: Tensor; v: Tensor },
  gradient: Tensor,
  { stepSize, correction }: AdamScalars,
): { parameter: Tensor; m: Tensor; v: Tensor } {
  const op = (type: string, ...inputs: Tensor[]) => graph.node(type, inputs, state.parameter.shape);
  const { beta1, beta2, epsilon } = ADAM;
  const c = (value: number) => graph.scalar(value);
  const m = op('Add', op('Mul', state.m, c(beta1)), op('Mul', gradient, c(1 - beta1)));
  const squares = op('Mul', gradient, gradient);
  const v = op('Add', op('Mul', state.v, c(beta2)), op('Mul', squares, c(1 - beta2)));
  const denominator = op('Add', op('Mul', op('Sqrt', v), correction), c(epsilon));
  const parameter = op('Sub', state.parameter, op('Div', op('Mul', m, stepSize), denominator));
  return { parameter, m, v };
}
