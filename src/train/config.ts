import { z } from 'zod';
import { usage } from '../core/errors.js';
import { NORMALISATIONS, type Normalisation } from '../losses/normalisation.js';
import { type LossWeights, parseLayers } from '../losses/perceptual.js';
import { ARCHITECTURES, type Architecture } from '../nets/architecture.js';
import { OPTIMIZERS } from '../optimizers/optimizer.js';
import { lossNetworkShape } from './loss-network-config.js';

const positiveInt = z.number().int().positive();
const atLeastZero = z.number().min(0);

/** Every hyper-parameter of a training run. It travels inside the style file. */
export const trainingConfigSchema = z.strictObject({
  /** Name of the style, shown by `fns` and stored in the file. */
  name: z.string().min(1),
  /** The transform network. */
  architecture: z.enum(ARCHITECTURES as [Architecture, ...Architecture[]]),
  /** Channels at full resolution; 2 and 4 times as many at half and quarter resolution. */
  width: positiveInt.max(256),
  /** Side of the training crops in pixels, a multiple of 4. */
  size: positiveInt.min(16),
  /** Shorter side of the style image in pixels; the style is its central square. */
  styleSize: positiveInt.min(16),
  batch: positiveInt,
  /** Training steps. Given by exactly one of steps, epochs and minutes. */
  steps: positiveInt.optional(),
  /** Passes over all photos. */
  epochs: z.number().positive().optional(),
  /** Minutes of training. */
  minutes: z.number().positive().optional(),
  /** `adam`, or `muon`: Muon for the convolutions inside, Adam for everything else. */
  optimizer: z
    .enum(OPTIMIZERS, { error: ({ input }) => `adam or muon is needed, got '${input}'` })
    .default('adam'),
  /** The learning rate. */
  learningRate: z.number().positive(),
  /**
   * Learning rate of the output convolution as a multiple of `learningRate`. Its output is in pixels, its inputs are normalised: at the common
   * rate the linear output of `modern` takes hundreds of steps to reach the contrast of a picture.
   */
  outputRate: z.number().positive(),
  /** Learning rate of the norms' scales and shifts as a multiple of `learningRate`. */
  normRate: z.number().positive(),
  /** Names of the paintings of a network of many, in the order of its rows. */
  paintings: z
    .array(z.string().regex(/^[^:=,/\\\s]+$/, 'names of paintings have no spaces and none of : = , / \\'))
    .min(1)
    .optional(),
  /** `rows`: train only what belongs to a painting, and leave the rest as it is. */
  only: z.literal('rows').optional(),
  /**
   * Pixels of photo around each training crop that the network sees and the losses do not. Without, the network learns to make up for the zeros that
   * the loss network sees beyond the border, and draws a faint frame.
   */
  margin: z.number().int().min(0).multipleOf(2),
  /** Largest side of the training crops, when each batch draws its own from `size` to this. */
  sizeTo: positiveInt.optional(),
  /** `constant`, or `cosine`: the last 40 % of the steps (or minutes) fall to zero along half a cosine. */
  schedule: z.enum(['constant', 'cosine']),
  contentWeight: atLeastZero,
  styleWeight: atLeastZero,
  tvWeight: atLeastZero,
  pixelWeight: atLeastZero,
  /** `relu3_3`, or `relu3_3=0.5` to multiply the common weight; of an ONNX file the names of tensors. */
  contentLayers: z.array(z.string()),
  styleLayers: z.array(z.string()),
  ...lossNetworkShape,
  /** Whose loss formulas. */
  normalisation: z.enum(NORMALISATIONS as [Normalisation, ...Normalisation[]]),
  /** `random`: random scale, place and mirroring. `centre`: the central square, as in the source. */
  crop: z.enum(['random', 'centre']),
  seed: z.number().int().min(0),
});

/** Every hyper-parameter of a training run. */
export type TrainingConfig = z.infer<typeof trainingConfigSchema>;

const SHARED = {
  width: 32,
  size: 256,
  batch: 4,
  learningRate: 1e-3,
  outputRate: 1,
  normRate: 1,
  margin: 0,
  optimizer: 'adam',
  schedule: 'constant',
  contentWeight: 1,
  pixelWeight: 0,
  contentLayers: ['relu3_3'],
  styleLayers: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3'],
  lossNetwork: 'vgg16',
  seed: 0,
} as const;

/**
 * The defaults of each architecture: `source` as in the source's configuration files (wave), `paper` as in the paper, `modern` a width of
 * 16 (0.42 M parameters, 1.7 MB), which a laptop trains in minutes, `lengstrom` as in that project's style.py and optimize.py.
 */
export const TRAINING_DEFAULTS: Record<Architecture, Omit<TrainingConfig, 'name' | 'styleSize'>> = {
  source: {
    ...copy(SHARED),
    architecture: 'source',
    normalisation: 'source',
    styleWeight: 220,
    tvWeight: 0,
    crop: 'centre',
    epochs: 2,
  },
  paper: {
    ...copy(SHARED),
    architecture: 'paper',
    normalisation: 'paper',
    styleWeight: 5,
    tvWeight: 1e-6,
    crop: 'centre',
    steps: 40_000,
  },
  modern: {
    ...copy(SHARED),
    architecture: 'modern',
    normalisation: 'paper',
    width: 16,
    // One photo a step learns more in the same time than two.
    batch: 1,
    learningRate: 2e-3,
    outputRate: 16,
    schedule: 'cosine',
    styleWeight: 8,
    tvWeight: 1e-5,
    crop: 'random',
    epochs: 2,
  },
  lengstrom: {
    ...copy(SHARED),
    architecture: 'lengstrom',
    normalisation: 'paper',
    lossNetwork: 'vgg19',
    contentLayers: ['relu4_2'],
    contentWeight: 7.5,
    styleLayers: ['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1', 'relu5_1'],
    styleWeight: 100,
    // Its weight of 200 is for the mean over an axis' differences in a crop of 256x256; the formula here sums them.
    tvWeight: 200 / (3 * 255 * 256),
    crop: 'centre',
    epochs: 2,
  },
};

function copy(shared: typeof SHARED) {
  return { ...shared, contentLayers: [...shared.contentLayers], styleLayers: [...shared.styleLayers] };
}

/** What may be given instead of the defaults. */
export type TrainingOptions = Partial<TrainingConfig>;

/**
 * A whole configuration: the architecture's defaults under what is given. Of steps, epochs and minutes the one given counts.
 *
 * @throws FnsError (usage) naming the first value that makes no sense.
 */
export function trainingConfig(given: TrainingOptions & { name: string }): TrainingConfig {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const architecture = trainingConfigSchema.shape.architecture.safeParse(given.architecture ?? 'modern');
  if (!architecture.success) {
    throw usage(`unknown architecture '${given.architecture}': one of ${ARCHITECTURES.join(', ')} is needed`);
  }
  const defaults: Partial<TrainingConfig> = { ...TRAINING_DEFAULTS[architecture.data] };
  if ('steps' in known || 'epochs' in known || 'minutes' in known) {
    for (const key of ['steps', 'epochs', 'minutes'] as const) delete defaults[key];
  }
  const size = (known.size as number | undefined) ?? defaults.size;
  const result = trainingConfigSchema.safeParse({ styleSize: size, ...defaults, ...known });
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw usage(`training option ${issue.path.join('.') || '(unknown)'}: ${issue.message}`);
  }
  const config = result.data;
  if ([config.steps, config.epochs, config.minutes].filter((v) => v !== undefined).length !== 1) {
    throw usage('give one of steps, epochs and minutes');
  }
  if (config.size % 4 !== 0) throw usage(`the training size must be a multiple of 4, got ${config.size}`);
  if (config.architecture === 'paper' && config.size < 44) {
    throw usage(
      `the paper's network reflects 40 pixels: the training size must be at least 44, got ${config.size}`,
    );
  }
  if (config.styleWeight === 0 && config.contentWeight === 0 && config.pixelWeight === 0) {
    throw usage('style, content and pixel weight are all 0: there is nothing to learn');
  }
  if (config.paintings && config.architecture !== 'modern') {
    throw usage(`many paintings in one network need the architecture modern, not ${config.architecture}`);
  }
  if (config.paintings && new Set(config.paintings).size < config.paintings.length) {
    throw usage(`each painting of a network needs its own name: ${config.paintings.join(', ')}`);
  }
  if (config.only && config.architecture === 'source') {
    throw usage('the architecture source has no rows to train: its norms have no scale and shift');
  }
  if (config.sizeTo !== undefined && (config.sizeTo <= config.size || config.sizeTo % 4 !== 0)) {
    throw usage(`sizes run from small to large multiples of 4, got ${config.size}..${config.sizeTo}`);
  }
  lossWeights(config);
  return config;
}

/**
 * The weights of the configuration's losses by layer. Layers of weight 0 are left out.
 *
 * @throws FnsError (usage) for an unknown layer.
 */
export function lossWeights(config: TrainingConfig): LossWeights {
  const { lossNetwork, contentLayers, styleLayers, contentWeight, styleWeight } = config;
  const positive = (layers: ReturnType<typeof parseLayers>) => layers.filter((l) => l.weight > 0);
  return {
    content: positive(parseLayers(contentLayers, lossNetwork, contentWeight)),
    style: positive(parseLayers(styleLayers, lossNetwork, styleWeight)),
    tv: config.tvWeight,
    pixel: config.pixelWeight,
    normalisation: config.normalisation,
  };
}

/**
 * The sides of the photos of a batch, margins included: one, or five evenly spaced ones (as far as multiples of 4 allow) from `size` to `sizeTo`.
 */
export function trainingSizes({ size, sizeTo, margin }: TrainingConfig): number[] {
  if (sizeTo === undefined) return [size + 2 * margin];
  const sides = [0, 1, 2, 3, 4].map((i) => 4 * Math.round((size + ((sizeTo - size) * i) / 4) / 4));
  return [...new Set(sides)].map((side) => side + 2 * margin);
}

/** The learning rate when the share `progress` (0..1) of the training is done. */
export function learningRateAt(
  { learningRate, schedule }: Pick<TrainingConfig, 'learningRate' | 'schedule'>,
  progress: number,
): number {
  const start = 0.6;
  if (schedule === 'constant' || progress <= start) return learningRate;
  return learningRate * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, (progress - start) / (1 - start))));
}
