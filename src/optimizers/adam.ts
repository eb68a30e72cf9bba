import type { Tensor } from '../graph/index.js';
import { type Optimizer, scaledRate } from './optimizer.js';

/** Adam (Kingma and Ba 2015) with PyTorch's defaults. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * Adam in a training graph: m' = b1 m + (1 - b1) g, v' = b2 v + (1 - b2) g^2,
 * p' = p - step_size m' / (sqrt(v') correction + epsilon), with step_size = rate / (1 - b1^t) and
 * correction = 1 / sqrt(1 - b2^t).
 */
export const adamOptimizer: Optimizer = {
  slots: (parameter) => [`adam.m/${parameter}`, `adam.v/${parameter}`],
  scalars: (learningRate, t) => ({
    step_size: learningRate / (1 - ADAM.beta1 ** t),
    correction: 1 / Math.sqrt(1 - ADAM.beta2 ** t),
  }),
  update({ parameter, slots }, gradient, { scalar, rate }) {
    const { graph, shape } = parameter;
    const [oldM, oldV] = slots as [Tensor, Tensor];
    const op = (type: string, ...inputs: Tensor[]) => graph.node(type, inputs, shape);
    const { beta1, beta2, epsilon } = ADAM;
    const c = (value: number) => graph.scalar(value);
    const stepSize = scaledRate(scalar('step_size'), rate);
    const correction = scalar('correction');
    const m = op('Add', op('Mul', oldM, c(beta1)), op('Mul', gradient, c(1 - beta1)));
    const squares = op('Mul', gradient, gradient);
    const v = op('Add', op('Mul', oldV, c(beta2)), op('Mul', squares, c(1 - beta2)));
    const denominator = op('Add', op('Mul', op('Sqrt', v), correction), c(epsilon));
    const next = op('Sub', parameter, op('Div', op('Mul', m, stepSize), denominator));
    return { parameter: next, slots: [m, v] };
  },
};
