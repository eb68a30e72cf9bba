import { shapeText, sizeOf } from '../dim.js';
import { GraphError, numericShape, type Tensor } from '../graph.js';

/** The same elements in another shape. Gradient: dy in the old shape. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const from = numericShape('reshape', x);
  if (sizeOf(from) !== sizeOf(shape)) {
    throw new GraphError(
      `reshape: ${shapeText(from)} has ${sizeOf(from)} elements, ${shapeText(shape)} needs ${sizeOf(shape)}`,
    );
  }
  return x.graph.operator(
    'reshape',
    [x],
    () => x.graph.node('Reshape', [x, x.graph.ints(shape)], shape),
    (dy) => [reshape(dy, from)],
  );
}

/** Permutes axes: axis i of the result is axis perm[i] of x. Gradient: the inverse permutation. */
export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  const sorted = perm.slice().sort((a, b) => a - b);
  if (sorted.length !== x.shape.length || sorted.some((p, i) => p !== i)) {
    throw new GraphError(
      `transpose: perm must be a permutation of the ${x.shape.length} axes of ${shapeText(x.shape)}, ` +
        `got [${perm.join(', ')}]`,
    );
  }
  const shape = perm.map((p) => x.shape[p]!);
  const inverse = perm.map((_, i) => perm.indexOf(i));
  return x.graph.operator(
    'transpose',
    [x],
    () => x.graph.node('Transpose', [x], shape, { attributes: { perm: { ints: perm } } }),
    (dy) => [transpose(dy, inverse)],
  );
}
