import { type Dim, type Shape, sameShape, shapeText } from '../dim.js';
import { GraphError, numericShape, requireFloat, type Tensor } from '../graph.js';
import { reshape } from './reshape.js';

/** Options of a reduction. */
export interface ReduceOptions {
  /** All of them by default. */
  axes?: readonly number[];
  /** The reduced axes stay, with size 1. Default false. */
  keepDims?: boolean;
}

/**
 * The axes of a reduction.
 *
 * @throws GraphError when x has no such axis or is not float32.
 */
export function reducedAxes(operator: string, x: Tensor, { axes }: ReduceOptions): readonly number[] {
  requireFloat(operator, 'the argument', x);
  const all = x.shape.map((_, i) => i);
  const bad = axes?.find((a) => !all.includes(a));
  if (bad !== undefined) throw new GraphError(`${operator}: no axis ${bad} in ${shapeText(x.shape)}`);
  return axes ? axes.slice() : all;
}

/** The shape that a reduction leaves. */
export function reducedShape(x: Tensor, axes: readonly number[], keepDims: boolean): Shape {
  const shape: Dim[] = [];
  x.shape.forEach((d, i) => {
    if (!axes.includes(i)) shape.push(d);
    else if (keepDims) shape.push(1);
  });
  return shape;
}

/** Repeats dy, the gradient of a reduction, over the axes that were reduced. */
export function spread(dy: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  const full = numericShape('reduction', { ...dy, shape });
  const kept = reshape(
    dy,
    full.map((d, i) => (axes.includes(i) ? 1 : d)),
  );
  return dy.graph.node('Expand', [kept, dy.graph.ints(full)], shape);
}

/**
 * The sum over axes. Gradient: dy repeated. On a GPU one group of threads makes each sum, so that the sum of a whole
 * picture is made of sums of its planes.
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = reducedAxes('sum', x, options);
  const { keepDims = false } = options;
  const g = x.graph;
  const rank = x.shape.length;
  const forward = (): Tensor => {
    if (axes.length === 0) return x;
    if (g.gpu && rank > 2 && axes.length === rank) {
      const planes = sum(x, { axes: [rank - 2, rank - 1], keepDims });
      return sum(planes, { axes: axes.slice(0, -2), keepDims });
    }
    const attributes = { keepdims: { int: keepDims ? 1 : 0 } };
    return g.node('ReduceSum', [x, g.ints(axes)], reducedShape(x, axes, keepDims), { attributes });
  };
  return g.operator('sum', [x], forward, (dy) => [spread(dy, x.shape, axes)]);
}

/** Sums `x` over the axes along which it was broadcast from `shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes: number[] = [];
  x.shape.forEach((d, i) => {
    if (i < lead || (shape[i - lead] === 1 && d !== 1)) axes.push(i);
  });
  const summed = sum(x, { axes, keepDims: true });
  return lead === 0 ? summed : reshape(summed, numericShape('sumTo', { ...x, shape }));
}
