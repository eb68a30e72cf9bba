import { type Dim, type Shape, sameShape, shapeText, sizeOf } from '../dim.js';
import { GraphError, numericShape, requireFloat, type Tensor } from '../graph.js';

function reducedShape(x: Tensor, axes: readonly number[], keepDims: boolean): Shape {
  const shape: Dim[] = [];
  x.shape.forEach((d, i) => {
    if (!axes.includes(i)) shape.push(d);
    else if (keepDims) shape.push(1);
  });
  return shape;
}

function checkAxes(operator: string, x: Tensor, axes: readonly number[] | undefined): number[] {
  requireFloat(operator, 'the argument', x);
  const all = x.shape.map((_, i) => i);
  const bad = axes?.find((a) => !all.includes(a));
  if (bad !== undefined) throw new GraphError(`${operator}: no axis ${bad} in ${shapeText(x.shape)}`);
  return axes ? axes.slice() : all;
}

/**
 * The sum over axes without a gradient rule: for use inside gradient rules. On a GPU one group of threads makes each sum, so that the sum of a whole
 * picture is made of sums of its planes.
 */
export function sumNode(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
  const rank = x.shape.length;
  if (x.graph.gpu && rank > 2 && axes.length === rank) {
    const planes = sumNode(x, [rank - 2, rank - 1], keepDims);
    const others = Array.from({ length: rank - 2 }, (_, i) => i);
    return sumNode(planes, others, keepDims);
  }
  const attributes = { keepdims: { int: keepDims ? 1 : 0 } };
  return x.graph.node('ReduceSum', [x, x.graph.ints(axes)], reducedShape(x, axes, keepDims), { attributes });
}

/** The mean over axes without a gradient rule: for use inside gradient rules. */
export function meanNode(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
  const attributes = { axes: { ints: axes }, keepdims: { int: keepDims ? 1 : 0 } };
  return x.graph.node('ReduceMean', [x], reducedShape(x, axes, keepDims), { attributes });
}

/** Sums `x` over the axes along which it was broadcast from `shape`. */
export function reduceTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes: number[] = [];
  x.shape.forEach((d, i) => {
    if (i < lead || (shape[i - lead] === 1 && d !== 1)) axes.push(i);
  });
  const summed = sumNode(x, axes, true);
  if (lead === 0) return summed;
  const target = numericShape('reduceTo', { ...x, shape });
  return x.graph.node('Reshape', [summed, x.graph.ints(target)], shape);
}

/** Repeats dy, the gradient of a reduction, over the reduced axes. */
function spread(dy: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  const full = numericShape('reduction', { ...dy, shape });
  const kept = full.map((d, i) => (axes.includes(i) ? 1 : d));
  const reshaped = dy.graph.node('Reshape', [dy, dy.graph.ints(kept)], kept);
  return dy.graph.node('Expand', [reshaped, dy.graph.ints(full)], shape);
}

/** The sum over `axes` (all of them by default). Gradient: dy repeated. */
export function sum(x: Tensor, options: { axes?: readonly number[]; keepDims?: boolean } = {}): Tensor {
  const axes = checkAxes('sum', x, options.axes);
  if (axes.length === 0) return x;
  const y = sumNode(x, axes, options.keepDims ?? false);
  return x.graph.record('sum', [x], y, (dy) => [spread(dy, x.shape, axes)]);
}

/** The mean over `axes` (all of them by default). Gradient: dy / count, repeated. */
export function mean(x: Tensor, options: { axes?: readonly number[]; keepDims?: boolean } = {}): Tensor {
  const axes = checkAxes('mean', x, options.axes);
  if (axes.length === 0) return x;
  const y = meanNode(x, axes, options.keepDims ?? false);
  return x.graph.record('mean', [x], y, (dy) => {
    const shape = numericShape('mean', x);
    const count = sizeOf(axes.map((a) => shape[a]!));
    const share = x.graph.node('Mul', [dy, x.graph.scalar(1 / count)], dy.shape);
    return [spread(share, x.shape, axes)];
  });
}

/** The sum of the squares of all elements, a scalar. Gradient: 2 x dy. */
export function sumOfSquares(x: Tensor): Tensor {
  requireFloat('sumOfSquares', 'the argument', x);
  const axes = x.shape.map((_, i) => i);
  const squares = x.graph.node('Mul', [x, x], x.shape);
  const y = sumNode(squares, axes, false);
  return x.graph.record('sumOfSquares', [x], y, (dy) => {
    const factor = x.graph.node('Mul', [dy, x.graph.scalar(2)], []);
    return [x.graph.node('Mul', [x, factor], x.shape)];
  });
}
