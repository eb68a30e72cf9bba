import { numericShape } from '../graph/graph.js';
import { requireSameShape, scale, sizeOf, sub, sumOfSquares, type Tensor } from '../graph/index.js';

/**
 * Feature reconstruction loss (Johnson et al. 2016, section 3.1): the mean of the squared differences of two feature
 * maps `[N, C, H, W]`. The source's `2 * l2_loss / size` is the same number.
 */
export function contentLoss(features: Tensor, target: Tensor): Tensor {
  requireSameShape('contentLoss', features, target);
  const size = sizeOf(numericShape('contentLoss', features));
  return scale(sumOfSquares(sub(features, target)), 1 / size);
}

/** Pixel loss (section 3.2): the mean of the squared differences of two pictures, RGB 0..255, `[N, 3, H, W]`. */
export function pixelLoss(image: Tensor, target: Tensor): Tensor {
  return contentLoss(image, target);
}
