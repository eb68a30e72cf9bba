import { GraphError, numericShape } from '../graph/graph.js';
import {
  add,
  div,
  insideAfterMove,
  moveAffine,
  mul,
  requireSameShape,
  scale,
  sub,
  sum,
  sumOfSquares,
  type Tensor,
} from '../graph/index.js';
import type { Normalisation } from './normalisation.js';

/** Pixels at the border of a picture that do not count: the cubic between pixels reaches 2 of them. */
export const STABILITY_BORDER = 2;

/** Added to the photo's squares, so that the relative loss of a black one is a number. */
const LEAST_ENERGY = 1e-6;

/**
 * Stability loss: the mean of the squared differences between the picture of a moved photo and the moved picture of the
 * photo, both RGB 0..255, `[N, 3, H, W]`, over the pixels that come from inside of the picture. 0 for a network whose
 * strokes go with what they lie on. `relative`: over the mean of the photo's squares.
 *
 * @param picture of the photo
 * @param ofMoved picture of the photo that was moved (and disturbed, as by noise)
 * @param map of the motion, `[2, 3]`, as `moveAffine` takes it
 * @param photo of the same shape
 * @throws GraphError when shapes differ.
 */
export function stabilityLoss(
  picture: Tensor,
  ofMoved: Tensor,
  map: Tensor,
  photo: Tensor,
  normalisation: Normalisation = 'paper',
): Tensor {
  requireSameShape('stabilityLoss', picture, ofMoved);
  requireSameShape('stabilityLoss', picture, photo);
  const [n, c, h, w] = numericShape('stabilityLoss', picture) as [number, number, number, number];
  if (Math.min(h, w) < 16)
    throw new GraphError(`stabilityLoss: at least 16 pixels are needed, got ${h}x${w}`);
  const inside = insideAfterMove(picture, map, STABILITY_BORDER);
  const difference = mul(sub(ofMoved, moveAffine(picture, map)), inside);
  const loss = scale(div(sumOfSquares(difference), sum(inside)), 1 / (n * c));
  if (normalisation !== 'relative') return loss;
  const energy = scale(sumOfSquares(photo), 1 / (n * c * h * w));
  return div(loss, add(energy, picture.graph.scalar(LEAST_ENERGY)));
}
