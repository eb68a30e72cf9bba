import { GraphError, numericShape } from '../graph/graph.js';
import {
  avgPool2d,
  mean,
  reshape,
  scale,
  spaceToDepth,
  sub,
  sumOfSquares,
  type Tensor,
} from '../graph/index.js';

/** Blocks over which a pattern is averaged, along each axis. */
export const CHECKERBOARD_WINDOW = 4;

/**
 * Checkerboard loss: how strongly the difference of two pictures `[N, 3, H, W]` repeats with a period of `block`
 * pixels, as what a network that enlarges by blocks draws does. The differences at the same place of their blocks are
 * averaged over 4x4 neighbouring blocks, where texture cancels and a pattern stays; the loss is the mean square of
 * these averages beside that of all places. A pattern of mean square a (a checkerboard of amplitude sqrt(a)) gives a.
 * The feature loss alone likes such patterns: behind a max-pooling they look like texture.
 *
 * @param block a period: patterns of half of it and so on count as well
 */
export function checkerboardLoss(image: Tensor, target: Tensor, block: number): Tensor {
  const [n, c, h, w] = numericShape('checkerboardLoss', image) as [number, number, number, number];
  const side = block * CHECKERBOARD_WINDOW;
  if (h % block !== 0 || w % block !== 0 || h < side || w < side) {
    throw new GraphError(
      `checkerboardLoss: sides must be multiples of ${block} and at least ${side}, got ${h}x${w}`,
    );
  }
  const averages = avgPool2d(spaceToDepth(sub(image, target), block), CHECKERBOARD_WINDOW);
  const [, , rows, columns] = averages.shape as number[];
  const places = reshape(averages, [n, c, block * block, rows! * columns!]);
  const pattern = sub(places, mean(places, { axes: [2], keepDims: true }));
  return scale(sumOfSquares(pattern), 1 / (n * c * block * block * rows! * columns!));
}
