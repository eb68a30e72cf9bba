import type { Tensor } from '../graph/index.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { checkerboardLoss } from './checkerboard.js';
import { contentLoss, pixelLoss } from './content.js';
import type { WeightedLayer } from './perceptual.js';
import { spectrumLoss } from './spectrum.js';
import { totalVariationLoss } from './total-variation.js';
import { type LossSum, weightedSum } from './weighted-sum.js';

/** Side of the blocks of networks that shrink pictures by 4 and enlarge them again. */
export const DEFAULT_BLOCK = 4;

/** The weights of what compares a picture with its target. Losses of weight 0 are not computed. */
export interface PairLossWeights {
  /** Weight of the pixel loss (section 3.2 of the paper). */
  pixel: number;
  /** Layers of the feature reconstruction loss (section 3.1) with their weights. */
  features: readonly WeightedLayer[];
  /** Weight of the total variation of the result, by the paper's formula. */
  tv: number;
  /** Weight of the checkerboard loss: patterns that repeat from block to block and do not in the target. */
  checkerboard: number;
  /** Weight of the spectrum loss: more at single high frequencies than in the target. */
  spectrum: number;
  /** Side of the blocks that the network draws at once. DEFAULT_BLOCK by default. */
  block?: number;
}

/**
 * The losses of generated pictures against their targets, both `[N, 3, H, W]`, RGB 0..255, by the names `pixel`,
 * `feature/relu2_2`, `checkerboard`, `spectrum` and `tv`.
 *
 * @param lossNetwork needed when features are compared
 */
export function pairLosses(
  generated: Tensor,
  target: Tensor,
  weights: PairLossWeights,
  lossNetwork?: LossNetwork,
): LossSum {
  const { pixel, features, tv, checkerboard, spectrum, block = DEFAULT_BLOCK } = weights;
  return weightedSum((put) => {
    if (pixel > 0) put('pixel', pixelLoss(generated, target), pixel);
    if (features.length > 0) {
      if (!lossNetwork) throw new Error('pairLosses: the feature loss needs a loss network');
      const network = lossNetwork.inGraph(generated.graph);
      const layers = features.map(({ layer }) => layer);
      const [of, wanted] = [network.features(generated, layers), network.features(target, layers)];
      for (const { layer, weight } of features) {
        put(`feature/${layer}`, contentLoss(of.get(layer)!, wanted.get(layer)!), weight);
      }
    }
    if (checkerboard > 0) put('checkerboard', checkerboardLoss(generated, target, block), checkerboard);
    if (spectrum > 0) put('spectrum', spectrumLoss(generated, target), spectrum);
    if (tv > 0) put('tv', totalVariationLoss(generated, 'paper'), tv);
  });
}
