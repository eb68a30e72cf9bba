import { scaleDim, shapeText } from '../dim.js';
import { channelsOf, GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { concat } from './concat.js';
import { reshape } from './reshape.js';

/**
 * Moves channels into space (pixel shuffle): `[N, C b b, H, W]` to `[N, C, H b, W b]`. Channel
 * `c b b + i b + j` becomes the pixels (i, j) of each block (ONNX DepthToSpace, mode CRD).
 * Gradient: space to depth.
 */
export function depthToSpace(x: Tensor, block: number): Tensor {
  requireRank('depthToSpace', 'the input', x, 4, '[N, C, H, W]');
  const c = channelsOf('depthToSpace', x);
  if (c % (block * block) !== 0) {
    throw new GraphError(
      `depthToSpace: the channels of ${shapeText(x.shape)} are no multiple of ${block * block}`,
    );
  }
  const [h, w] = [scaleDim(x.shape[2]!, block), scaleDim(x.shape[3]!, block)];
  const attributes = { blocksize: { int: block }, mode: { text: 'CRD' } };
  return x.graph.operator(
    'depthToSpace',
    [x],
    () => x.graph.node('DepthToSpace', [x], [x.shape[0]!, c / (block * block), h, w], { attributes }),
    (dy) => [spaceToDepth(dy, block)],
  );
}

/**
 * Moves blocks of pixels into channels, the inverse of `depthToSpace`: every block-th pixel from each corner of the
 * block, joined beside its channel. Five times faster on the CPU than a transpose of the split axes. Gradient: depth to
 * space.
 */
export function spaceToDepth(x: Tensor, block: number): Tensor {
  requireRank('spaceToDepth', 'the input', x, 4, '[N, C, H, W]');
  const [n, c, h, w] = numericShape('spaceToDepth', x) as [number, number, number, number];
  if (h % block !== 0 || w % block !== 0) {
    throw new GraphError(`spaceToDepth: ${shapeText(x.shape)} does not divide into blocks of ${block}`);
  }
  const g = x.graph;
  const [hb, wb] = [h / block, w / block];
  const forward = () => {
    const [ends, axes, steps] = [g.ints([h, w]), g.ints([2, 3]), g.ints([block, block])];
    const corners: Tensor[] = [];
    for (let i = 0; i < block; i++) {
      for (let j = 0; j < block; j++) {
        const corner = g.node('Slice', [x, g.ints([i, j]), ends, axes, steps], [n, c, hb, wb]);
        corners.push(reshape(corner, [n, c, 1, hb, wb]));
      }
    }
    return reshape(concat(corners, 2), [n, c * block * block, hb, wb]);
  };
  return g.operator('spaceToDepth', [x], forward, (dy) => [depthToSpace(dy, block)]);
}
