import { divideDim, scaleDim } from '../dim.js';
import { GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { sliceNode } from './layout.js';
import { zeroPadNode } from './pad.js';

function check(operator: string, x: Tensor, factor: number): void {
  requireRank(operator, 'the input', x, 4, '[N, C, H, W]');
  if (!Number.isInteger(factor) || factor < 1) {
    throw new GraphError(`${operator}: the factor must be a whole number >= 1, got ${factor}`);
  }
}

function resizeNode(x: Tensor, factor: number): Tensor {
  const g = x.graph;
  const shape = [x.shape[0]!, x.shape[1]!, scaleDim(x.shape[2]!, factor), scaleDim(x.shape[3]!, factor)];
  const scales = g.constant(Float32Array.of(1, 1, factor, factor), [4]);
  return g.node('Resize', [x, undefined, scales], shape, {
    attributes: {
      mode: { text: 'nearest' },
      coordinate_transformation_mode: { text: 'asymmetric' },
      nearest_mode: { text: 'floor' },
    },
  });
}

function poolNode(type: 'MaxPool' | 'AveragePool', x: Tensor, k: number): Tensor {
  const shape = [x.shape[0]!, x.shape[1]!, divideDim(x.shape[2]!, k), divideDim(x.shape[3]!, k)];
  return x.graph.node(type, [x], shape, {
    attributes: { kernel_shape: { ints: [k, k] }, strides: { ints: [k, k] } },
  });
}

/** Repeats each pixel `factor` times along both axes. Gradient: the sum of each block. */
export function upsampleNearest(x: Tensor, factor: number): Tensor {
  check('upsampleNearest', x, factor);
  return x.graph.record('upsampleNearest', [x], resizeNode(x, factor), (dy) => {
    const g = x.graph;
    return [g.node('Mul', [poolNode('AveragePool', dy, factor), g.scalar(factor * factor)], x.shape)];
  });
}

/** The part of x that whole windows cover: pooling ignores what is left over on the right and below. */
function cover(x: Tensor, k: number): { inner: Tensor; back: (dx: Tensor) => Tensor } {
  const [n, c, h, w] = numericShape('pool', x) as [number, number, number, number];
  const [ih, iw] = [h - (h % k), w - (w % k)];
  let inner = x;
  if (ih !== h) inner = sliceNode(inner, 2, 0, ih);
  if (iw !== w) inner = sliceNode(inner, 3, 0, iw);
  const shape = [n, c, h, w];
  return {
    inner,
    back: (dx) => ({ ...zeroPadNode(dx, [0, 0, 0, 0], [0, 0, h - ih, w - iw]), shape }),
  };
}

/**
 * The largest value of each k x k window, stride k. Gradient: dy where x equals the window's maximum, both enlarged to x's size (WebGPU
 * has no MaxUnpool, and broadcasting over pairs of columns is six times slower on the CPU). Equal maxima each receive dy.
 */
export function maxPool2d(x: Tensor, k: number): Tensor {
  check('maxPool2d', x, k);
  const y = poolNode('MaxPool', x, k);
  return x.graph.record('maxPool2d', [x], y, (dy) => {
    const g = x.graph;
    const { inner, back } = cover(x, k);
    const { shape } = inner;
    const largest = g.node('Equal', [inner, resizeNode(y, k)], shape, { dtype: 'bool' });
    const mask = g.node('Cast', [largest], shape, { dtype: 'float32', attributes: { to: { int: 1 } } });
    return [back(g.node('Mul', [mask, resizeNode(dy, k)], shape))];
  });
}

/** The mean of each k x k window, stride k. Gradient: dy / k^2 repeated over the window. */
export function avgPool2d(x: Tensor, k: number): Tensor {
  check('avgPool2d', x, k);
  const y = poolNode('AveragePool', x, k);
  return x.graph.record('avgPool2d', [x], y, (dy) => {
    const g = x.graph;
    const { back } = cover(x, k);
    const share = g.node('Mul', [dy, g.scalar(1 / (k * k))], dy.shape);
    return [back(resizeNode(share, k))];
  });
}
