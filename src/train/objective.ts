import type { FloatTensor } from '../core/safetensors.js';
import { Graph, type Tensor, toModel } from '../graph/index.js';
import { perceptualLoss } from '../losses/perceptual.js';
import { vgg } from '../nets/vgg.js';
import type { HostTensor, OpenSession, SessionOptions } from '../runtime/session.js';
import { lossWeights, type TrainingConfig } from './config.js';
import { buildStyleTarget, STEP } from './step-graph.js';
import type { PlanarImage } from './trainer.js';

/** What an objective is made of. */
export interface ObjectiveOptions {
  config: TrainingConfig;
  /** The style target, at its training size. */
  style: PlanarImage;
  /** Size of the pictures to judge. */
  height: number;
  width: number;
  vggWeights: ReadonlyMap<string, FloatTensor>;
  openSession: OpenSession;
  session?: SessionOptions;
}

/** The training objective of single pictures. */
export interface Objective {
  /**
   * The weighted sum of the configuration's losses for a picture `[3, height, width]` (RGB 0..255) made from a photo. The untouched photo's own
   * value is `of(photo, photo)`.
   */
  of(picture: Float32Array, photo: Float32Array): Promise<number>;
  close(): Promise<void>;
}

/** The style's Gram matrices by their input names, `[1, C, C]`. */
export async function styleTargets(
  options: Pick<ObjectiveOptions, 'config' | 'style' | 'vggWeights' | 'openSession' | 'session'>,
): Promise<Record<string, HostTensor>> {
  const { config, style, vggWeights, openSession, session } = options;
  const weights = lossWeights(config);
  if (weights.style.length === 0) return {};
  const { height, width, data } = style;
  const model = buildStyleTarget(
    { lossNetwork: config.lossNetwork, vggWeights, lossWeights: weights },
    height,
    width,
  );
  const once = await openSession(model, session);
  try {
    return await once.run({ style: { dtype: 'float32', shape: [1, 3, height, width], data } });
  } finally {
    await once.close();
  }
}

/** Opens the objective of a training configuration for pictures of one size. */
export async function openObjective(options: ObjectiveOptions): Promise<Objective> {
  const { config, height, width, vggWeights, openSession } = options;
  const weights = lossWeights(config);
  const targets = await styleTargets(options);
  const graph = new Graph();
  const shape = [1, 3, height, width];
  const generated = graph.input(STEP.generated, shape);
  const content = graph.input(STEP.content, shape);
  const grams = new Map<string, Tensor>();
  for (const { layer } of weights.style) {
    const name = STEP.gram(layer);
    grams.set(layer, graph.input(name, targets[name]!.shape));
  }
  const network = vgg(graph, config.lossNetwork, vggWeights);
  graph.output('total', perceptualLoss(network, generated, content, grams, weights).total);
  const session = await openSession(toModel(graph), options.session);
  const tensor = (data: Float32Array): HostTensor => ({ dtype: 'float32', shape, data });
  return {
    async of(picture, photo) {
      const feeds = { [STEP.generated]: tensor(picture), [STEP.content]: tensor(photo), ...targets };
      const { total } = await session.run(feeds);
      return Number(total!.data[0]);
    },
    close: () => session.close(),
  };
}
