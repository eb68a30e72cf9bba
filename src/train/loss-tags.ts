import type { WeightedLayer } from '../losses/perceptual.js';
import { endpointName } from '../nets/vgg-layers.js';
import { lossWeights, type TrainingConfig } from './config.js';
import type { StepLosses } from './trainer.js';

/**
 * The losses of one step under the names of hzy46/fast-neural-style-tensorflow's summaries, so that both can be
 * compared in one TensorBoard:
 *
 * - `losses/content_loss`, `losses/style_loss`: sums over the layers, by the layers' own factors, before the common
 *   weight; `losses/regularizer_loss`: total variation; `losses/pixel_loss`;
 *   `losses/stability_loss`
 * - `weighted_losses/weighted_content_loss` and so on: the same after the weight; `total_loss` is their sum
 * - `style_losses/vgg_16/conv1/conv1_2`: one style layer alone
 *
 * Losses of weight 0 are not computed and left out.
 *
 * @param losses as `Trainer.step` returns them
 */
export function lossTags(losses: StepLosses, config: TrainingConfig): Record<string, number> {
  const { content, style } = lossWeights(config);
  const tags: Record<string, number> = {};
  const put = (name: string, weighted: number, weight: number) => {
    tags[`losses/${name}_loss`] = weighted / weight;
    tags[`weighted_losses/weighted_${name}_loss`] = weighted;
  };
  const sum = (kind: string, layers: readonly WeightedLayer[]) =>
    layers.reduce((total, { layer, weight }) => total + weight * (losses[`${kind}/${layer}`] ?? 0), 0);
  if (content.length > 0) put('content', sum('content', content), config.contentWeight);
  if (style.length > 0) put('style', sum('style', style), config.styleWeight);
  if (losses.tv !== undefined) put('regularizer', losses.tv * config.tvWeight, config.tvWeight);
  if (losses.pixel !== undefined) put('pixel', losses.pixel * config.pixelWeight, config.pixelWeight);
  const { stabilityWeight } = config;
  if (losses.stability !== undefined) put('stability', losses.stability * stabilityWeight, stabilityWeight);
  for (const { layer } of style) {
    const loss = losses[`style/${layer}`];
    if (loss !== undefined) tags[`style_losses/${endpointName(layer, config.lossNetwork)}`] = loss;
  }
  if (losses.total !== undefined) tags.total_loss = losses.total;
  return tags;
}
