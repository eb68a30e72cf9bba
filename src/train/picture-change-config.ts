import { z } from 'zod';
import { usage } from '../core/errors.js';
import { ARCHITECTURES, type Architecture } from '../nets/architecture.js';
import { pairConfig, pairConfigShape } from './upscale-config.js';

/** Every hyper-parameter of a training from pictures to pictures of the same size. It travels inside the file. */
export const pairsConfigSchema = z.strictObject({
  ...pairConfigShape,
  /** The transform network. */
  architecture: z.enum(ARCHITECTURES as [Architecture, ...Architecture[]]),
  /** Channels at full resolution. */
  width: z.number().int().positive().max(256),
  /** Learning rate of the output convolution as a multiple of `learningRate`. */
  outputRate: z.number().positive(),
  /** `grey`: the inputs are the targets without their colours. Without it they come from a folder of their own. */
  degrade: z.literal('grey').optional(),
});

/** Every hyper-parameter of a training from pictures to pictures of the same size. */
export type PairsConfig = z.infer<typeof pairsConfigSchema>;

/**
 * `paper` by default: its batch norms keep the brightness of a picture, which the instance norms of the others take away. A width of 16 and the
 * pixel loss alone need no loss network and train in minutes.
 */
function defaultsOf(architecture: Architecture): Omit<PairsConfig, 'name'> {
  return {
    architecture,
    width: 16,
    size: 128,
    batch: 4,
    epochs: 4,
    learningRate: 1e-3,
    outputRate: architecture === 'modern' ? 16 : 1,
    schedule: 'cosine',
    pixelWeight: 1,
    featureWeight: 0,
    featureLayers: ['relu2_2'],
    tvWeight: 0,
    checkerboardWeight: 0,
    spectrumWeight: 0,
    lossNetwork: 'vgg16',
    seed: 0,
  };
}

/**
 * A whole configuration: the defaults under what is given.
 *
 * @throws FnsError (usage) naming the first value that makes no sense.
 */
export function pairsConfig(given: Partial<PairsConfig> & { name: string }): PairsConfig {
  const { architecture = 'paper' } = given;
  if (!ARCHITECTURES.includes(architecture)) {
    throw usage(`unknown architecture '${architecture}': one of ${ARCHITECTURES.join(', ')} is needed`);
  }
  const config = pairConfig(pairsConfigSchema, defaultsOf(architecture), given);
  if (config.size % 4 !== 0) throw usage(`the training size must be a multiple of 4, got ${config.size}`);
  if (config.architecture === 'paper' && config.size < 44) {
    throw usage(
      `the paper's network reflects 40 pixels: the training size must be at least 44, got ${config.size}`,
    );
  }
  return config;
}
