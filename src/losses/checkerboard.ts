import { numericShape } from '../graph/graph.js';
import { add, scale, sizeOf, slice, sub, sumOfSquares, type Tensor } from '../graph/index.js';

/**
 * Checkerboard loss: how much more or less two pictures `[N, 3, H, W]` alternate from pixel to pixel along both axes. It is the mean of the squared
 * differences of the pictures after the filter `[1, -2, 1]` along rows and along columns, divided by 16, which leaves a checkerboard of
 * amplitude 1 as it is and nothing of what varies slowly. The feature loss alone hardly sees such patterns: behind a max-pooling they look like texture.
 */
export function checkerboardLoss(image: Tensor, target: Tensor): Tensor {
  const both = secondDifference(secondDifference(sub(image, target), 2), 3);
  return scale(sumOfSquares(both), 1 / (256 * sizeOf(numericShape('checkerboardLoss', both))));
}

/** x[i] - 2 x[i + 1] + x[i + 2] along an axis. */
function secondDifference(x: Tensor, axis: number): Tensor {
  const n = numericShape('secondDifference', x)[axis]!;
  return add(sub(slice(x, axis, 0, n - 2), scale(slice(x, axis, 1, n - 1), 2)), slice(x, axis, 2, n));
}
