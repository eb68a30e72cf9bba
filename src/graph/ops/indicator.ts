import type { Tensor } from '../graph.js';

/** `condition ? 1 : 0` as float32, of x's shape; without a gradient. */
export function indicator(type: 'Greater' | 'Less' | 'Equal', x: Tensor, y: Tensor): Tensor {
  const condition = x.graph.node(type, [x, y], x.shape, { dtype: 'bool' });
  return x.graph.node('Cast', [condition], x.shape, { dtype: 'float32', attributes: { to: { int: 1 } } });
}
