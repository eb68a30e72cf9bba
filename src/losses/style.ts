import { numericShape } from '../graph/graph.js';
import { channelProducts, div, scale, sub, sumOfSquares, type Tensor } from '../graph/index.js';
import type { Normalisation } from './normalisation.js';

/**
 * Gram matrices (section 3.1): the products of all channel pairs averaged over `H W C`, `[N, C, H, W]` to `[N, C, C]`.
 */
export function gramMatrix(features: Tensor): Tensor {
  const [, c, h, w] = numericShape('gramMatrix', features) as [number, number, number, number];
  return scale(channelProducts(features), 1 / (c * h * w));
}

/**
 * Style reconstruction loss of one layer: the squared Frobenius norm of the difference of Gram matrices, summed over
 * the batch and divided by the elements of the feature map, N H W C (`source`), of the Gram matrices, N C^2 (`paper`),
 * or by N times the squared norm of the style's (`relative`).
 *
 * @param features `[N, C, H, W]`
 * @param target the style's Gram matrix `[1, C, C]`
 */
export function styleLoss(features: Tensor, target: Tensor, normalisation: Normalisation): Tensor {
  const [n, c, h, w] = numericShape('styleLoss', features) as [number, number, number, number];
  const squares = sumOfSquares(sub(gramMatrix(features), target));
  if (normalisation === 'relative') return div(scale(squares, 1 / n), sumOfSquares(target));
  return scale(squares, 1 / (normalisation === 'source' ? n * h * w * c : n * c * c));
}
