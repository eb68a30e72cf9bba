import { sizeOf } from '../dim.js';
import { numericShape, requireFloat, type Tensor } from '../graph.js';
import { mul, scale, square } from './arithmetic.js';
import { type ReduceOptions, reducedAxes, reducedShape, spread, sum } from './sum.js';

/** The mean over axes. Gradient: dy / count, repeated. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = reducedAxes('mean', x, options);
  const { keepDims = false } = options;
  const g = x.graph;
  const forward = () => {
    if (axes.length === 0) return x;
    const attributes = { axes: { ints: axes }, keepdims: { int: keepDims ? 1 : 0 } };
    return g.node('ReduceMean', [x], reducedShape(x, axes, keepDims), { attributes });
  };
  return g.operator('mean', [x], forward, (dy) => {
    const shape = numericShape('mean', x);
    const count = sizeOf(axes.map((a) => shape[a]!));
    return [spread(scale(dy, 1 / count), x.shape, axes)];
  });
}

/** The sum of the squares of all elements, a scalar. Gradient: 2 x dy. */
export function sumOfSquares(x: Tensor): Tensor {
  requireFloat('sumOfSquares', 'the argument', x);
  return x.graph.operator(
    'sumOfSquares',
    [x],
    () => sum(square(x)),
    (dy) => [mul(x, scale(dy, 2))],
  );
}
