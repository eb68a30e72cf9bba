import type { Planes } from '../core/planes.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { type HostTensor, type OpenSession, type SessionOptions, willUseGpu } from '../runtime/session.js';
import { lossWeights, type TrainingConfig } from './config.js';
import { buildStyleTarget } from './step-graph.js';

/** What a style is taken from: one picture, or several whose Gram matrices are averaged by weight. */
export type StyleSource = Planes | readonly { image: Planes; weight: number }[];

/** What `styleTargets` needs. */
export interface StyleTargetOptions {
  config: TrainingConfig;
  /** One style, or those of a network of many paintings. */
  styles: readonly StyleSource[];
  lossNetwork: LossNetwork;
  openSession: OpenSession;
  session?: SessionOptions;
}

/** The Gram matrices of the styles by their input names in the training graph, `[styles, C * C]`. */
export async function styleTargets(options: StyleTargetOptions): Promise<Record<string, HostTensor>> {
  const { config, styles, lossNetwork, openSession, session } = options;
  const weights = lossWeights(config);
  if (weights.style.length === 0) return {};
  const gpu = await willUseGpu(openSession, session);
  const joined = new Map<string, Float32Array[]>();
  for (const style of styles) {
    const grams = new Map<string, Float32Array>();
    const parts = 'data' in style ? [{ image: style, weight: 1 }] : style;
    const sum = parts.reduce((total, { weight }) => total + weight, 0);
    for (const { image, weight } of parts) {
      const { height, width, data } = image;
      const model = buildStyleTarget({ lossNetwork, lossWeights: weights, gpu }, height, width);
      const once = await openSession(model, session);
      try {
        const results = await once.run({ style: { dtype: 'float32', shape: [1, 3, height, width], data } });
        for (const [name, gram] of Object.entries(results)) {
          const total = grams.get(name) ?? new Float32Array(gram.data.length);
          const values = gram.data as Float32Array;
          grams.set(
            name,
            total.map((old, i) => old + (values[i]! * weight) / sum),
          );
        }
      } finally {
        await once.close();
      }
    }
    for (const [name, gram] of grams) joined.set(name, [...(joined.get(name) ?? []), gram]);
  }
  return Object.fromEntries(
    [...joined].map(([name, grams]) => {
      const length = grams[0]!.length;
      const data = new Float32Array(grams.length * length);
      grams.forEach((gram, i) => {
        data.set(gram, i * length);
      });
      return [name, { dtype: 'float32', shape: [grams.length, length], data }];
    }),
  );
}
