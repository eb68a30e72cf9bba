import { Graph, reshape, type Tensor, toModel } from '../graph/index.js';
import { perceptualLoss } from '../losses/perceptual.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { type HostTensor, type OpenSession, type SessionOptions, willUseGpu } from '../runtime/session.js';
import { lossWeights, type TrainingConfig } from './config.js';
import { STEP } from './step-graph.js';
import { type StyleSource, styleTargets } from './style-target.js';

/** What an objective is made of. */
export interface ObjectiveOptions {
  config: TrainingConfig;
  /** The style target, at its training size. */
  style: StyleSource;
  /** Size of the pictures to judge. */
  height: number;
  width: number;
  lossNetwork: LossNetwork;
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

/** Opens the objective of a training configuration for pictures of one size. */
export async function openObjective(options: ObjectiveOptions): Promise<Objective> {
  const { config, height, width, lossNetwork, openSession } = options;
  const weights = lossWeights(config);
  const targets = await styleTargets({ ...options, styles: [options.style] });
  const graph = new Graph({ gpu: await willUseGpu(openSession, options.session) });
  const shape = [1, 3, height, width];
  const generated = graph.input(STEP.generated, shape);
  const content = graph.input(STEP.content, shape);
  const grams = new Map<string, Tensor>();
  for (const { layer } of weights.style) {
    const name = STEP.gram(layer);
    const [, products] = targets[name]!.shape as [number, number];
    const c = Math.round(Math.sqrt(products));
    grams.set(layer, reshape(graph.input(name, [1, products]), [1, c, c]));
  }
  const network = lossNetwork.inGraph(graph);
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
