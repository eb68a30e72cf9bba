import type { Planes } from '../core/planes.js';
import type { FloatTensor } from '../core/tensor.js';
import { layerTargets, type TargetOptions } from './layer-targets.js';
import { styleGrams } from './perceptual.js';

/** The source of a style: one picture, or several whose Gram matrices are averaged by weight. */
export type StyleSource = Planes | readonly { image: Planes; weight: number }[];

/** The Gram matrices of a style at layers of the loss network, by layer, `[1, C, C]`. */
export async function styleTargets(
  style: StyleSource,
  layers: readonly string[],
  options: TargetOptions,
): Promise<Map<string, FloatTensor>> {
  const targets = new Map<string, FloatTensor>();
  if (layers.length === 0) return targets;
  const parts = 'data' in style ? [{ image: style, weight: 1 }] : style;
  const sum = parts.reduce((total, { weight }) => total + weight, 0);
  for (const { image, weight } of parts) {
    const grams = await layerTargets(image, options, 'gram', (network, picture) =>
      styleGrams(network, picture, layers),
    );
    for (const [layer, { shape, data }] of grams) {
      const old = targets.get(layer)?.data ?? new Float32Array(data.length);
      targets.set(layer, { shape, data: old.map((v, i) => v + (data[i]! * weight) / sum) });
    }
  }
  return targets;
}
