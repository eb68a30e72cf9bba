import { GraphError, type Tensor } from '../graph/index.js';
import { type Optimizer, scaledRate } from './optimizer.js';

/**
 * Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"): the momentum of a weight matrix
 * with all its singular values set to about 1. Every direction that the gradients agree on is learned alike, not only
 * the strongest ones.
 */
export const MUON = { momentum: 0.95, iterations: 5, epsilon: 1e-12 } as const;

/**
 * Coefficients of the odd polynomial a x + b x^3 + c x^5 that drives values in 0..1 to about 1, from the same source.
 */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/**
 * Length of an update beside one of Adam's, so that both take the same learning rate (Liu et al. 2025, "Muon is
 * Scalable for LLM Training").
 */
const ADAM_RMS = 0.2;

/**
 * The nearest semi-orthogonal matrix of m `[R, C]`, roughly: singular values 0.7 to 1.2, by the Newton-Schulz
 * iteration.
 */
export function orthogonalised(m: Tensor): Tensor {
  const g = m.graph;
  const [rows, columns] = m.shape as [number, number];
  const tall = rows > columns;
  const small = Math.min(rows, columns);
  const wideShape = tall ? [columns, rows] : [rows, columns];
  const turned = (x: Tensor, shape: number[]) =>
    g.node('Transpose', [x], shape, { attributes: { perm: { ints: [1, 0] } } });
  const op = (type: string, ...inputs: Tensor[]) => g.node(type, inputs, inputs[0]!.shape);
  const squares = g.node('ReduceSumSquare', [m], [1, 1], { attributes: { keepdims: { int: 1 } } });
  const length = op('Add', op('Sqrt', squares), g.scalar(MUON.epsilon));
  let x = op('Div', m, length);
  if (tall) x = turned(x, wideShape);
  for (let i = 0; i < MUON.iterations; i++) {
    const square = g.node('MatMul', [x, turned(x, [wideShape[1]!, small])], [small, small]);
    const fourth = op('MatMul', square, square);
    const mix = op('Add', op('Mul', square, g.scalar(B)), op('Mul', fourth, g.scalar(C)));
    x = op('Add', op('Mul', x, g.scalar(A)), g.node('MatMul', [mix, x], wideShape));
  }
  return tall ? turned(x, [rows, columns]) : x;
}

/**
 * Muon in a training graph, for the kernel `[Cout, Cin, k, k]` of a convolution as a matrix `[Cout, Cin k k]`:
 * m' = momentum m + g, p' = p - rate 0.2 sqrt(max(Cout, Cin k k)) orthogonalised(g + momentum m').
 */
export const muonOptimizer: Optimizer = {
  // Adam's first moment has the same name, so that one checkpoint format holds both.
  slots: (parameter) => [`adam.m/${parameter}`],
  scalars: (learningRate) => ({ learning_rate: learningRate }),
  update({ parameter, slots }, gradient, { scalar, rate }) {
    const { graph } = parameter;
    const [oldM] = slots as [Tensor];
    const shape = parameter.shape as number[];
    if (shape.length < 2) throw new GraphError('Muon: a parameter with at least two axes is needed');
    const learningRate = scaledRate(scalar('learning_rate'), rate);
    const op = (type: string, ...inputs: Tensor[]) => graph.node(type, inputs, shape);
    const momentum = graph.scalar(MUON.momentum);
    const m = op('Add', op('Mul', oldM, momentum), gradient);
    const ahead = op('Add', op('Mul', m, momentum), gradient);
    const [rows, ...others] = shape as [number, ...number[]];
    const columns = others.reduce((a, b) => a * b, 1);
    const reshaped = (x: Tensor, to: number[]) => graph.node('Reshape', [x, graph.ints(to)], to);
    const direction = reshaped(orthogonalised(reshaped(ahead, [rows, columns])), shape);
    const factor = graph.scalar(ADAM_RMS * Math.sqrt(Math.max(rows, columns)));
    const step = op('Mul', direction, graph.node('Mul', [learningRate, factor], []));
    return { parameter: op('Sub', parameter, step), slots: [m] };
  },
};
