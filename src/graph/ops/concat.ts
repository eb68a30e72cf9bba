import { sameDim, shapeText } from '../dim.js';
import { GraphError, type Tensor } from '../graph.js';
import { slice } from './slice.js';

/** Joins tensors along an axis. Gradient: the matching slices of dy. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0];
  if (!first) throw new GraphError('concat: needs at least one tensor');
  for (const part of parts) {
    const fits =
      part.shape.length === first.shape.length &&
      part.shape.every((d, i) => (i === axis ? typeof d === 'number' : sameDim(d, first.shape[i]!)));
    if (!fits || axis < 0 || axis >= first.shape.length) {
      throw new GraphError(
        `concat: all shapes must agree but on axis ${axis}, got ${parts.map((p) => shapeText(p.shape)).join(', ')}`,
      );
    }
  }
  const sizes = parts.map((part) => part.shape[axis] as number);
  const shape = first.shape.map((d, i) => (i === axis ? sizes.reduce((a, b) => a + b) : d));
  return first.graph.operator(
    'concat',
    parts,
    () =>
      parts.length === 1
        ? first
        : first.graph.node('Concat', parts, shape, { attributes: { axis: { int: axis } } }),
    (dy, _, needed) => {
      let end = 0;
      return sizes.map((size, i) => {
        end += size;
        return needed[i] ? slice(dy, axis, end - size, end) : undefined;
      });
    },
  );
}
