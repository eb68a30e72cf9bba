import { divideDim, scaleDim } from '../dim.js';
import { GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { mul, scale } from './arithmetic.js';
import { indicator } from './indicator.js';
import { pad, slice } from './slice.js';

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
  return x.graph.operator(
    'upsampleNearest',
    [x],
    () => resizeNode(x, factor),
    (dy) => [scale(avgPool2d(dy, factor), factor * factor)],
  );
}

/** The part of x that whole windows cover: pooling ignores what is left over on the right and below. */
function covered(x: Tensor, k: number): Tensor {
  const [, , h, w] = numericShape('pool', x) as [number, number, number, number];
  let inner = x;
  if (h % k !== 0) inner = slice(inner, 2, 0, h - (h % k));
  if (w % k !== 0) inner = slice(inner, 3, 0, w - (w % k));
  return inner;
}

/** The gradient of what windows cover, with zeros for what they do not. */
function uncovered(dx: Tensor, x: Tensor): Tensor {
  const [from, to] = [numericShape('pool', dx), numericShape('pool', x)];
  return pad(
    dx,
    [0, 0, 0, 0],
    to.map((size, axis) => size - from[axis]!),
  );
}

/**
 * The largest value of each k x k window, stride k. Gradient: dy where x equals the window's maximum, both enlarged to
 * x's size (WebGPU has no MaxUnpool, and broadcasting over pairs of columns is six times slower on the CPU). Equal
 * maxima each receive dy.
 */
export function maxPool2d(x: Tensor, k: number): Tensor {
  check('maxPool2d', x, k);
  return x.graph.operator(
    'maxPool2d',
    [x],
    () => poolNode('MaxPool', x, k),
    (dy, y) => {
      const isLargest = indicator('Equal', covered(x, k), upsampleNearest(y, k));
      return [uncovered(mul(isLargest, upsampleNearest(dy, k)), x)];
    },
  );
}

/** The mean of each k x k window, stride k. Gradient: dy / k^2 repeated over the window. */
export function avgPool2d(x: Tensor, k: number): Tensor {
  check('avgPool2d', x, k);
  return x.graph.operator(
    'avgPool2d',
    [x],
    () => poolNode('AveragePool', x, k),
    (dy) => [uncovered(upsampleNearest(scale(dy, 1 / (k * k)), k), x)],
  );
}
