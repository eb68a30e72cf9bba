import { numericShape } from '../graph/graph.js';
import { add, scale, sizeOf, slice, sub, sumOfSquares, type Tensor } from '../graph/index.js';

/**
 * Checkerboard loss: how much more or less two pictures `[N, 3, H, W]` alternate from pixel to pixel. Their difference passes three filters, each of
 * which leaves one pattern of amplitude 1 as it is (stripes one pixel wide along rows, along columns, and the checkerboard) and nothing of what varies slowly; the
 * loss is the sum of the mean squares. The feature loss alone hardly sees such patterns: behind a max-pooling they look like texture.
 */
export function checkerboardLoss(image: Tensor, target: Tensor): Tensor {
  const difference = sub(image, target);
  const [rows, columns] = [alternating(difference, 2), alternating(difference, 3)];
  const parts = [smooth(rows, 3), smooth(columns, 2), alternating(rows, 3)].map((part) =>
    scale(sumOfSquares(part), 1 / sizeOf(numericShape('checkerboardLoss', part))),
  );
  return parts.reduce((sum, part) => add(sum, part));
}

/** The filter (1, -4, 6, -4, 1) / 16 along an axis: 1 for what alternates, sin^4 of half the frequency in between. */
function alternating(x: Tensor, axis: number): Tensor {
  return binomial(binomial(x, axis, -1), axis, -1);
}

/** The filter (1, 4, 6, 4, 1) / 16 along an axis: nothing of what alternates. */
function smooth(x: Tensor, axis: number): Tensor {
  return binomial(binomial(x, axis, 1), axis, 1);
}

/** (x[i] + sign 2 x[i + 1] + x[i + 2]) / 4 along an axis. */
function binomial(x: Tensor, axis: number, sign: 1 | -1): Tensor {
  const n = numericShape('checkerboardLoss', x)[axis]!;
  const ends = add(slice(x, axis, 0, n - 2), slice(x, axis, 2, n));
  return add(scale(ends, 1 / 4), scale(slice(x, axis, 1, n - 1), sign / 2));
}
