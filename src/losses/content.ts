import { numericShape } from '../graph/graph.js';
import { add, div, requireSameShape, scale, sizeOf, sub, sumOfSquares, type Tensor } from '../graph/index.js';
import type { Normalisation } from './normalisation.js';

/** Added to the target's squares, so that a relative loss of features that are all 0 is a number. */
const LEAST_ENERGY = 1e-6;

/**
 * Feature reconstruction loss (Johnson et al. 2016, section 3.1): the mean of the squared differences of two feature
 * maps `[N, C, H, W]`. The source's `2 * l2_loss / size` is the same number. `relative`: the sum of the squared
 * differences over that of the target's squares.
 */
export function contentLoss(
  features: Tensor,
  target: Tensor,
  normalisation: Normalisation = 'paper',
): Tensor {
  requireSameShape('contentLoss', features, target);
  if (normalisation === 'relative') {
    const energy = add(sumOfSquares(target), target.graph.scalar(LEAST_ENERGY));
    return div(sumOfSquares(sub(features, target)), energy);
  }
  const size = sizeOf(numericShape('contentLoss', features));
  return scale(sumOfSquares(sub(features, target)), 1 / size);
}

/** Pixel loss (section 3.2): the mean of the squared differences of two pictures, RGB 0..255, `[N, 3, H, W]`. */
export function pixelLoss(image: Tensor, target: Tensor, normalisation?: Normalisation): Tensor {
  return contentLoss(image, target, normalisation);
}
