import { usage } from '../core/errors.js';
import type { Tensor } from '../graph/index.js';
import type { FeatureExtractor } from '../nets/loss-network.js';
import { isVgg, parseLayer } from '../nets/vgg-layers.js';
import { contentLoss, pixelLoss } from './content.js';
import type { Normalisation } from './normalisation.js';
import { gramMatrix, styleLoss } from './style.js';
import { totalVariationLoss } from './total-variation.js';
import { type LossSum, weightedSum } from './weighted-sum.js';

/** A layer of the loss network and its weight. */
export interface WeightedLayer {
  /** Short name, `relu1_2`; of an ONNX file the name of a tensor. */
  layer: string;
  weight: number;
}

/** The weights of a perceptual loss. */
export interface LossWeights {
  content: readonly WeightedLayer[];
  style: readonly WeightedLayer[];
  /** Of the total variation. */
  tv: number;
  /** Of the pixel loss against the content picture. */
  pixel?: number;
  normalisation: Normalisation;
}

/** All layers of the loss network that a loss looks at. */
export function lossLayers(weights: LossWeights): string[] {
  return [...new Set([...weights.style, ...weights.content].map((l) => l.layer))];
}

/**
 * Content + style + total variation (+ pixel) loss of generated pictures, section 3 of the paper.
 *
 * @param generated `[N, 3, H, W]`, RGB 0..255
 * @param content the pictures that give the content, same shape
 * @param grams the style's Gram matrices `[1, C, C]` by layer
 */
export function perceptualLoss(
  network: FeatureExtractor,
  generated: Tensor,
  content: Tensor,
  grams: ReadonlyMap<string, Tensor>,
  weights: LossWeights,
): LossSum {
  const layers = lossLayers(weights);
  const features = layers.length > 0 ? network.features(generated, layers) : new Map<string, Tensor>();
  return weightedSum((put) => {
    if (weights.content.length > 0) {
      const wanted = weights.content.map((l) => l.layer);
      const targets = network.features(content, wanted);
      for (const { layer, weight } of weights.content) {
        const loss = contentLoss(features.get(layer)!, targets.get(layer)!, weights.normalisation);
        put(`content/${layer}`, loss, weight);
      }
    }
    for (const { layer, weight } of weights.style) {
      const gram = grams.get(layer);
      if (!gram) throw new Error(`perceptualLoss: no Gram matrix for ${layer}`);
      put(`style/${layer}`, styleLoss(features.get(layer)!, gram, weights.normalisation), weight);
    }
    if (weights.tv > 0) put('tv', totalVariationLoss(generated, weights.normalisation), weights.tv);
    if (weights.pixel) put('pixel', pixelLoss(generated, content, weights.normalisation), weights.pixel);
  });
}

/** The Gram matrices of a style picture `[1, 3, H, W]`, by layer, `[1, C, C]`. */
export function styleGrams(
  network: FeatureExtractor,
  style: Tensor,
  layers: readonly string[],
): Map<string, Tensor> {
  return new Map([...network.features(style, layers)].map(([layer, f]) => [layer, gramMatrix(f)]));
}

/**
 * Reads layers as typed: `relu1_2`, or `relu1_2=0.5` for a weight of its own that is multiplied with the common weight.
 * The last = counts, since names of layers in ONNX files may hold others.
 *
 * @throws FnsError (usage) for an unknown layer or a weight that is no number from 0 on.
 */
export function parseLayers(texts: readonly string[], network: string, weight: number): WeightedLayer[] {
  return texts.map((text) => {
    const at = text.lastIndexOf('=');
    const [name, own] = at < 0 ? [text, '1'] : [text.slice(0, at), text.slice(at + 1)];
    const isTwice = isVgg(network) && name.includes('=');
    const factor = own.trim() === '' || isTwice ? Number.NaN : Number(own);
    if (!(factor >= 0 && Number.isFinite(factor))) {
      throw usage(`layer '${text}': after the = a number of at least 0 is needed, as in relu2_2=0.5`);
    }
    return { layer: parseLayer(name, network), weight: weight * factor };
  });
}
