import { z } from 'zod';
import { NORMALISATIONS, type Normalisation } from '../losses/normalisation.js';
import { type LossWeights, parseLayers } from '../losses/perceptual.js';
import { ARCHITECTURES, type Architecture } from '../nets/architecture.js';
import { completeConfig } from './complete-config.js';
import { checkedLayers, checkLength, checkPaperSize, rules } from './config-rules.js';
import { courseShape } from './course-shape.js';
import { lossNetworkShape } from './loss-network-config.js';
import { optionHelp } from './option-help.js';

const weight = (help: string) => z.number().min(0).register(optionHelp, { help, value: 'x' });
const rate = (help: string) => z.number().positive().register(optionHelp, { help, value: 'x' });
const layers = (help: string) => z.array(z.string()).register(optionHelp, { help, value: 'list' });

/** Every hyper-parameter of a training run. It travels inside the style file. */
export const trainingConfigSchema = z
  .strictObject({
    /** Name of the style, shown by `fns` and stored in the file. */
    name: z
      .string()
      .min(1)
      .register(optionHelp, { help: 'name of the style (the file name by default)', value: 'name' }),
    /** The transform network. */
    architecture: z
      .enum(ARCHITECTURES as [Architecture, ...Architecture[]])
      .register(optionHelp, { help: 'source, paper, modern or lengstrom', value: 'name' }),
    /** Channels at full resolution; 2 and 4 times as many at half and quarter resolution. */
    width: z.int().min(1).max(256).register(optionHelp, { help: 'channels at full resolution', value: 'n' }),
    /** Side of the training crops in pixels. */
    size: z.int().min(16).multipleOf(4).register(optionHelp, {
      help: 'side of the training crops; 256..512 draws a side for each batch',
      value: 'pixels',
    }),
    /** Shorter side of the style image in pixels; the style is its central square. */
    styleSize: z
      .int()
      .min(16)
      .register(optionHelp, {
        help:
          'shorter side of the painting; larger gives larger strokes (default: twice --size or the painting’s own side, ' +
          'whichever is less, but at least --size; other architectures: as the crops)',
        value: 'pixels',
      }),
    /** Photos in a step. */
    batch: z.int().min(1).register(optionHelp, { help: 'photos per step', value: 'n' }),
    ...courseShape,
    /**
     * Learning rate of the output convolution as a multiple of `learningRate`. Its output is in pixels, its inputs are
     * normalised: at the common rate the linear output of `modern` takes hundreds of steps to reach the contrast of a
     * picture.
     */
    outputRate: rate('learning rate of the output convolution as a multiple'),
    /** Learning rate of the norms' scales and shifts as a multiple of `learningRate`. */
    normRate: rate('learning rate of the norms as a multiple'),
    /** Names of the paintings of a network of many, in the order of its rows. */
    paintings: z
      .array(z.string())
      .min(1)
      .refine((names) => names.every((name) => /^[^:=,/\\\s]+$/.test(name)), {
        error: ({ input }) =>
          `names of paintings have no spaces and none of : = , / \\, got '${(input as string[]).join("', '")}'`,
      })
      .optional(),
    /** `rows`: train only what belongs to a painting, and leave the rest as it is. */
    only: z.literal('rows').optional().register(optionHelp, {
      help: 'rows: train only what belongs to a painting and leave the rest as it is',
      value: 'what',
    }),
    /**
     * Pixels of photo around each training crop that the network sees and the losses do not. Without, the network
     * learns to make up for the zeros that the loss network sees beyond the border, and draws a faint frame.
     */
    margin: z.int().min(0).multipleOf(2).register(optionHelp, {
      help: 'pixels around each crop that the network sees and the losses do not, against a frame',
      value: 'pixels',
    }),
    /** Largest side of the training crops, when each batch draws its own from `size` to this. */
    sizeTo: z.int().min(1).optional(),
    /** `constant`, or `cosine`: the last 40 % of the steps (or minutes) fall to zero along half a cosine. */
    schedule: z.enum(['constant', 'cosine']).register(optionHelp, {
      help: 'learning rate: constant, or cosine (falls in the last 40 %)',
      value: 'name',
    }),
    /** Weight of the content loss; a layer's own weight multiplies it. */
    contentWeight: weight('weight of the content loss'),
    /** Weight of the style loss; a layer's own weight multiplies it. */
    styleWeight: weight('weight of the style loss'),
    /** Weight of the total variation, for smoothness. */
    tvWeight: weight('weight of the total variation loss, for smoothness'),
    /** Weight of the pixel loss: the mean squared difference from the photo, RGB 0..255. */
    pixelWeight: weight('weight of the pixel loss against the photo'),
    /**
     * Weight of the stability loss: how far the picture of a photo that is moved and disturbed by noise is from the moved
     * picture, mean squared levels. For steady videos.
     */
    stabilityWeight: z.number().min(0).default(0).register(optionHelp, {
      help: 'weight of the stability loss, for steady videos: the picture of a moved photo is the moved picture',
      value: 'x',
    }),
    /** `relu3_3`, or `relu3_3=0.5` to multiply the common weight; of an ONNX file the names of tensors. */
    contentLayers: layers('layers for the content, such as relu3_3; of an .onnx file names of its tensors'),
    /** `relu1_2`, or `relu2_2=0.5`, as in `contentLayers`. */
    styleLayers: layers('layers for the style, such as relu1_2,relu2_2=0.5'),
    ...lossNetworkShape,
    /** The project whose loss formulas are used. */
    normalisation: z.enum(NORMALISATIONS as [Normalisation, ...Normalisation[]]).register(optionHelp, {
      help: 'loss formulas: source, paper, or relative (to the painting and the photo)',
      value: 'name',
    }),
    /** `random`: random scale, place and mirroring. `centre`: the central square, as in the source. */
    crop: z.enum(['random', 'centre']).register(optionHelp, { help: 'random or centre', value: 'name' }),
    /** Seed of all randomness: parameters, and which photo when, cropped and mirrored how. */
    seed: z.int().min(0).register(optionHelp, { help: 'seed of all randomness', value: 'n' }),
  })
  .superRefine(
    rules((config, complain) => {
      const { architecture, size, sizeTo, paintings, contentWeight, styleWeight, pixelWeight } = config;
      checkLength(config, complain);
      if (architecture === 'paper') checkPaperSize(size, complain);
      if (styleWeight === 0 && contentWeight === 0 && pixelWeight === 0) {
        complain(
          undefined,
          'styleWeight, contentWeight and pixelWeight are all 0: there is nothing to learn',
        );
      }
      if (paintings && architecture !== 'modern') {
        complain(
          'paintings',
          `many paintings in one network need the architecture modern, got ${architecture}`,
        );
      }
      if (paintings && new Set(paintings).size < paintings.length) {
        complain('paintings', `each needs its own name, got ${paintings.join(', ')}`);
      }
      if (config.only && architecture === 'source') {
        complain('only', 'the architecture source has no rows to train: its norms have no scale and shift');
      }
      if (sizeTo !== undefined && (sizeTo <= size || sizeTo % 4 !== 0)) {
        complain('size', `sizes run from small to large multiples of 4, got ${size}..${sizeTo}`);
      }
      const { lossNetwork } = config;
      checkedLayers('contentLayers', config.contentLayers, lossNetwork, contentWeight, complain);
      checkedLayers('styleLayers', config.styleLayers, lossNetwork, styleWeight, complain);
    }),
  );

/**
 * Every hyper-parameter of a training run.
 *
 * @interface
 */
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
  stabilityWeight: 0,
  contentLayers: ['relu3_3'],
  styleLayers: ['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3'],
  lossNetwork: 'vgg16',
  seed: 0,
} as const;

/**
 * The defaults of each architecture: `source` as in the source's configuration files (wave), `paper` as in the paper,
 * `modern` a width of 16 (0.42 M parameters, 1.7 MB), which a laptop trains in minutes, `lengstrom` as in that
 * project's style.py and optimize.py.
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
    // One weight then suits every painting.
    normalisation: 'relative',
    width: 16,
    // One photo a step learns more in the same time than two.
    batch: 1,
    learningRate: 2e-3,
    outputRate: 16,
    schedule: 'cosine',
    // Deep in the network, so that things stay where they are but may be drawn in strokes.
    contentLayers: ['relu4_2'],
    styleWeight: 3,
    tvWeight: 0,
    // As many pixels as a style file continues a picture by.
    margin: 16,
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

/**
 * Options that may be given instead of the defaults.
 *
 * @interface
 */
export type TrainingOptions = Partial<TrainingConfig>;

/**
 * A whole configuration: the architecture's defaults under what is given. Of steps, epochs and minutes the one given
 * counts.
 *
 * @throws FnsError (usage) naming the first option that makes no sense.
 */
export function trainingConfig(given: TrainingOptions & { name: string }): TrainingConfig {
  const architecture = given.architecture ?? 'modern';
  // An architecture that is none gets its error from the schema.
  const defaults = TRAINING_DEFAULTS[architecture] ?? TRAINING_DEFAULTS.modern;
  const size = given.size ?? defaults.size;
  const styleSize = architecture === 'modern' ? 2 * size : size;
  return completeConfig(trainingConfigSchema, { ...defaults, styleSize }, given);
}

/**
 * The configuration in a style file. Those of before there were margins and optimizers to choose from do not say which they had.
 *
 * @throws FnsError (usage) when it is none.
 */
export function storedConfig(stored: TrainingOptions & { name: string }): TrainingConfig {
  return trainingConfig({ margin: 0, optimizer: 'adam', ...stored });
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
 * The sides of the photos of a batch, margins included: one, or five evenly spaced ones (as far as multiples of 4
 * allow) from `size` to `sizeTo`.
 */
export function trainingSizes({ size, sizeTo, margin }: TrainingConfig): number[] {
  if (sizeTo === undefined) return [size + 2 * margin];
  const sides = [0, 1, 2, 3, 4].map((i) => 4 * Math.round((size + ((sizeTo - size) * i) / 4) / 4));
  return [...new Set(sides)].map((side) => side + 2 * margin);
}
