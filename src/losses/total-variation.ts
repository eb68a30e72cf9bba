import { numericShape } from '../graph/graph.js';
import { add, scale, slice, sub, sumOfSquares, type Tensor } from '../graph/index.js';
import type { Normalisation } from './normalisation.js';

/**
 * Total variation of pictures `[N, 3, H, W]`, from the squared differences of neighbouring pixels. `source`: half their
 * sum along each axis, divided by the number of differences along it. `paper`: their sum over both axes, per picture.
 * `relative`: the mean along each axis in parts of the squared range of pixels, 255^2.
 */
export function totalVariationLoss(image: Tensor, normalisation: Normalisation): Tensor {
  const [n, c, h, w] = numericShape('totalVariationLoss', image) as [number, number, number, number];
  const rows = sub(slice(image, 2, 1, h), slice(image, 2, 0, h - 1));
  const columns = sub(slice(image, 3, 1, w), slice(image, 3, 0, w - 1));
  const shares = {
    source: (count: number) => 0.5 / count,
    paper: () => 1 / n,
    relative: (count: number) => 1 / 255 ** 2 / count,
  };
  const share = shares[normalisation];
  return add(
    scale(sumOfSquares(rows), share(n * c * (h - 1) * w)),
    scale(sumOfSquares(columns), share(n * c * h * (w - 1))),
  );
}
