import { z } from 'zod';
import { CHECKERBOARD_WINDOW } from '../losses/checkerboard.js';
import { DEFAULT_BLOCK, type PairLossWeights } from '../losses/pair-losses.js';
import { parseLayers } from '../losses/perceptual.js';
import { SPECTRUM_WINDOW } from '../losses/spectrum.js';
import { type Complain, checkedLayers, checkLength } from './config-rules.js';
import { courseShape } from './course-shape.js';
import { lossNetworkShape } from './loss-network-config.js';
import { optionHelp } from './option-help.js';

const weight = (help: string) => z.number().min(0).register(optionHelp, { help, value: 'x' });

/** The options that all trainings of picture pairs have. */
export const pairConfigShape = {
  /** Name of the network, stored in its file. */
  name: z
    .string()
    .min(1)
    .register(optionHelp, { help: 'name of the network (the file name by default)', value: 'name' }),
  /** Side of the target crops in pixels. */
  size: z
    .int()
    .min(16)
    .register(optionHelp, { help: 'side of the crops of the target pictures', value: 'pixels' }),
  /** Pairs in a step. */
  batch: z.int().min(1).register(optionHelp, { help: 'pictures per step', value: 'n' }),
  ...courseShape,
  /** `constant`, or `cosine`: the last 40 % of the steps (or minutes) fall to zero along half a cosine. */
  schedule: z.enum(['constant', 'cosine']).register(optionHelp, {
    help: 'learning rate: constant, or cosine (falls in the last 40 %)',
    value: 'name',
  }),
  /** Weight of the pixel loss: the mean squared difference, RGB 0..255. */
  pixelWeight: weight('weight of the pixel loss'),
  /** Weight of the feature reconstruction loss. */
  featureWeight: weight('weight of the feature loss (needs a loss network: VGG weights or an .onnx file)'),
  /** `relu2_2`, or `relu2_2=0.5` to multiply the common weight. */
  featureLayers: z
    .array(z.string())
    .register(optionHelp, { help: 'layers of the feature loss', value: 'list' }),
  /** Weight of the total variation of the result, by the paper's formula. */
  tvWeight: weight('weight of the total variation loss'),
  /** Weight of the checkerboard loss, against patterns that repeat from block to block. */
  checkerboardWeight: z.number().min(0).default(0).register(optionHelp, {
    help: 'weight of the checkerboard loss, against patterns that repeat from block to block',
    value: 'x',
  }),
  /** Weight of the spectrum loss, against fine meshes in texture. */
  spectrumWeight: z.number().min(0).default(0).register(optionHelp, {
    help: 'weight of the spectrum loss, against fine meshes in texture',
    value: 'x',
  }),
  ...lossNetworkShape,
  /** Seed of all randomness: parameters, and which pair when, cropped and mirrored how. */
  seed: z.int().min(0).register(optionHelp, { help: 'seed of all randomness', value: 'n' }),
};

/** The common part of the configurations of all trainings of pairs. */
export type PairConfig = z.infer<z.ZodObject<typeof pairConfigShape>> & { factor?: number };

/** The rules between the options of a training of pairs. */
export function checkPairConfig(config: PairConfig, complain: Complain): void {
  const { size, pixelWeight, featureWeight, featureLayers, lossNetwork } = config;
  const { factor: block = DEFAULT_BLOCK, checkerboardWeight, spectrumWeight } = config;
  checkLength(config, complain);
  const layers = checkedLayers('featureLayers', featureLayers, lossNetwork, featureWeight, complain);
  if (pixelWeight === 0 && layers.length === 0) {
    complain(undefined, 'pixelWeight and featureWeight are both 0: there is nothing to learn');
  }
  const least = block * CHECKERBOARD_WINDOW;
  if (checkerboardWeight > 0 && (size % block !== 0 || size < least)) {
    complain('size', `the checkerboard loss needs a multiple of ${block} from ${least} on, got ${size}`);
  }
  const step = SPECTRUM_WINDOW / 2;
  if (spectrumWeight > 0 && (size % step !== 0 || size < SPECTRUM_WINDOW)) {
    complain('size', `the spectrum loss needs a multiple of ${step} from ${SPECTRUM_WINDOW} on, got ${size}`);
  }
}

/**
 * The weights of the losses of a training of pairs. Layers of weight 0 are left out.
 *
 * @throws FnsError (usage) for an unknown layer.
 */
export function pairLossWeights(config: PairConfig): PairLossWeights {
  const { pixelWeight, featureWeight, featureLayers, lossNetwork, tvWeight } = config;
  const features = parseLayers(featureLayers, lossNetwork, featureWeight).filter((l) => l.weight > 0);
  return {
    pixel: pixelWeight,
    features,
    tv: tvWeight,
    checkerboard: config.checkerboardWeight,
    spectrum: config.spectrumWeight,
    block: config.factor,
  };
}
