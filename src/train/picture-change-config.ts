import { z } from 'zod';
import { ARCHITECTURES, type Architecture } from '../nets/architecture.js';
import { completeConfig } from './complete-config.js';
import { checkPaperSize, rules } from './config-rules.js';
import { optionHelp } from './option-help.js';
import { checkPairConfig, pairConfigShape } from './pair-config.js';

/** Every hyper-parameter of a training from pictures to pictures of the same size. It travels inside the file. */
export const pictureChangeConfigSchema = z
  .strictObject({
    ...pairConfigShape,
    size: pairConfigShape.size
      .multipleOf(4)
      .register(optionHelp, { help: 'side of the crops of the target pictures', value: 'pixels' }),
    /** The transform network. */
    architecture: z
      .enum(ARCHITECTURES as [Architecture, ...Architecture[]])
      .register(optionHelp, { help: 'source, paper or modern', value: 'name' }),
    /** Channels at full resolution. */
    width: z.int().min(1).max(256).register(optionHelp, { help: 'channels at full resolution', value: 'n' }),
    /** Learning rate of the output convolution as a multiple of `learningRate`. */
    outputRate: z.number().positive(),
    /** `grey`: the inputs are the targets without their colours. Without it they come from a folder of their own. */
    degrade: z
      .literal('grey')
      .optional()
      .register(optionHelp, { help: 'make the inputs from the targets: grey', value: 'how' }),
  })
  .superRefine(
    rules((config, complain) => {
      if (config.architecture === 'paper') checkPaperSize(config.size, complain);
      checkPairConfig(config, complain);
    }),
  );

/** Every hyper-parameter of a training from pictures to pictures of the same size. */
export type PictureChangeConfig = z.infer<typeof pictureChangeConfigSchema>;

const defaultsOf = (architecture: Architecture, outputRate = 1): Omit<PictureChangeConfig, 'name'> => ({
  architecture,
  width: 16,
  size: 128,
  batch: 4,
  epochs: 4,
  optimizer: 'adam',
  learningRate: 1e-3,
  outputRate,
  schedule: 'cosine',
  pixelWeight: 1,
  featureWeight: 0,
  featureLayers: ['relu2_2'],
  tvWeight: 0,
  checkerboardWeight: 0,
  spectrumWeight: 0,
  lossNetwork: 'vgg16',
  seed: 0,
});

/** The defaults of each architecture: the pixel loss alone, which needs no loss network and trains in minutes. */
export const PICTURE_CHANGE_DEFAULTS: Record<Architecture, Omit<PictureChangeConfig, 'name'>> = {
  source: defaultsOf('source'),
  paper: defaultsOf('paper'),
  modern: defaultsOf('modern', 16),
  lengstrom: defaultsOf('lengstrom'),
};

/**
 * A whole configuration: the architecture's defaults under what is given. `paper` by default: its batch norms keep the
 * brightness of a picture, which the instance norms of the others take away.
 *
 * @throws FnsError (usage) naming the first option that makes no sense.
 */
export function pictureChangeConfig(
  given: Partial<PictureChangeConfig> & { name: string },
): PictureChangeConfig {
  const { architecture = 'paper' } = given;
  return completeConfig(
    pictureChangeConfigSchema,
    PICTURE_CHANGE_DEFAULTS[architecture] ?? PICTURE_CHANGE_DEFAULTS.paper,
    given,
  );
}
