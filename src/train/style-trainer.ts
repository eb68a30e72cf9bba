import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/tensor.js';
import { lossLayers } from '../losses/perceptual.js';
import { type StyleSource, styleTargets } from '../losses/style-targets.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { initialParameters } from '../nets/parameters.js';
import { rowLength } from '../nets/rows.js';
import type { HostTensor } from '../runtime/session.js';
import { lossWeights, type TrainingConfig } from './config.js';
import { type PaintingCourse, paintingCourse } from './painting-course.js';
import { drawStability } from './stability-draws.js';
import { requireShape } from './start-state.js';
import { buildStyleStep, graphSpecs, STYLE_STEP, type StyleNetwork, trainedSpecs } from './style-step.js';
import { openTrainer, type RunOptions, type Trainer } from './trainer.js';

/** Options of `openStyleTrainer`. */
export interface StyleTrainerOptions extends RunOptions {
  config: TrainingConfig;
  /** The style target at its training size, of a network of one painting. */
  style?: StyleSource;
  /** The paintings to train of a network of many, by their names in `config.paintings`. */
  paintings?: readonly { name: string; style: StyleSource }[];
  /** The network that `config.lossNetwork` names. */
  lossNetwork: LossNetwork;
  /** Parameters to start from; random ones by default. */
  init?: ReadonlyMap<string, FloatTensor>;
}

/**
 * Opens the training of a style, or of a network of many paintings: computes the Gram matrices, builds the graph and
 * sets the starting state. A batch is photos `[config.batch, 3, S, S]`, RGB 0..255, where S is one of `trainingSizes`.
 *
 * @throws FnsError when weights are missing, `init` does not fit, or the device is missing.
 */
export async function openStyleTrainer(options: StyleTrainerOptions): Promise<Trainer<FloatTensor>> {
  const { config, lossNetwork, resume } = options;
  const { architecture, width, seed, batch, margin } = config;
  const weights = lossWeights(config);
  lossNetwork.requireLayers(lossLayers(weights));
  const init =
    resume?.tensors ?? options.init ?? initialParameters(architecture, width, seed, config.paintings?.length);
  const course = courseOf(options, init);
  const network: StyleNetwork = {
    architecture,
    width,
    onlyRows: config.only === 'rows',
    ...(config.paintings && {
      many: { rows: config.paintings.length, trained: options.paintings?.length ?? 0 },
    }),
  };
  const task = {
    specs: graphSpecs(network),
    trained: trainedSpecs(network),
    optimizer: config.optimizer,
    rate: config,
    init,
    constants: await gramConstants(options),
    size: [config.size, config.size] as const,
    sizeOf: ({ shape }: FloatTensor) => {
      const size = (shape[3] ?? 0) - 2 * margin;
      const wanted = [batch, 3, size + 2 * margin, size + 2 * margin];
      if (shape.join() === wanted.join() && size % 4 === 0 && size >= 16) return [size, size] as const;
      const beyond = margin === 0 ? '' : ` and ${2 * margin} more for the margin`;
      throw failure(
        `a batch of pictures [${shape.join(', ')}] does not fit: [${batch}, 3, S, S] is needed, where S is a multiple of 4 from 16 on${beyond}`,
      );
    },
    build: ([size]: readonly [number, number], gpu: boolean) =>
      buildStyleStep({ ...config, ...network, lossNetwork, lossWeights: weights, size, gpu }),
    feeds(content: FloatTensor, step: number): Record<string, FloatTensor> {
      if (!config.stabilityWeight) return { [STYLE_STEP.content]: content };
      const { motion, noise } = drawStability(seed, step, content.shape);
      return { [STYLE_STEP.content]: content, [STYLE_STEP.motion]: motion, [STYLE_STEP.noise]: noise };
    },
    paintings: course,
  };
  return openTrainer<FloatTensor>(task, options);
}

/** The course of a network of many paintings. */
function courseOf(
  { config, paintings = [], resume }: StyleTrainerOptions,
  init: ReadonlyMap<string, FloatTensor>,
): PaintingCourse | undefined {
  if (!config.paintings) return undefined;
  const trained = paintings.map(({ name }) => name);
  const identity = init.get('identity');
  if (identity) requireShape('identity', [rowLength(config.width)], identity);
  return paintingCourse({ config, trained, progress: resume?.paintings, identity });
}

/** The Gram matrices by their names in the graph: `[1, C, C]` of one painting, `[trained, C * C]` of many. */
async function gramConstants(options: StyleTrainerOptions): Promise<Record<string, HostTensor>> {
  const { config } = options;
  const styles = config.paintings ? options.paintings?.map((p) => p.style) : options.style && [options.style];
  if (!styles || styles.length === 0) throw new Error('openStyleTrainer: no painting was given');
  const layers = lossWeights(config).style.map(({ layer }) => layer);
  const targets: Map<string, FloatTensor>[] = [];
  for (const style of styles)
    targets.push(await styleTargets(style, layers, { ...options, inputName: 'style' }));
  return Object.fromEntries(
    layers.map((layer) => {
      const grams = targets.map((of) => of.get(layer)!);
      const tensor = config.paintings ? table(grams) : grams[0]!;
      return [STYLE_STEP.gram(layer), { dtype: 'float32', ...tensor }];
    }),
  );
}

/** Gram matrices `[1, C, C]` as a table `[count, C * C]`. */
function table(grams: readonly FloatTensor[]): FloatTensor {
  const length = grams[0]!.data.length;
  const data = new Float32Array(grams.length * length);
  grams.forEach((gram, i) => {
    data.set(gram.data, i * length);
  });
  return { shape: [grams.length, length], data };
}
