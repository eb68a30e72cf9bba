import { z } from 'zod';
import {
  UPSCALE_ARCHITECTURES,
  UPSCALE_BLOCKS,
  UPSCALE_FACTORS,
  type UpscaleArchitecture,
  type UpscaleNetwork,
} from '../nets/upscale.js';
import { completeConfig } from './complete-config.js';
import { rules } from './config-rules.js';
import { DEGRADATIONS, type Degradation } from './degrade.js';
import { optionHelp } from './option-help.js';
import { checkPairConfig, pairConfigShape } from './pair-config.js';

/** Every hyper-parameter of a super-resolution training. It travels inside the file. */
export const upscaleConfigSchema = z
  .strictObject({
    ...pairConfigShape,
    /** The super-resolution network. */
    architecture: z
      .enum(UPSCALE_ARCHITECTURES as [UpscaleArchitecture, ...UpscaleArchitecture[]])
      .register(optionHelp, { help: 'paper or modern', value: 'name' }),
    /** How many times as large the picture becomes on each side. */
    factor: z
      .literal(UPSCALE_FACTORS)
      .register(optionHelp, { help: 'how much larger: 2, 4 or 8', value: 'n' }),
    /** Channels inside. */
    width: z.int().min(1).max(256).register(optionHelp, { help: 'channels inside', value: 'n' }),
    /** Residual blocks. */
    blocks: z.int().min(1).max(64).register(optionHelp, { help: 'residual blocks', value: 'n' }),
    /** How the small pictures are made. */
    degrade: z.enum(DEGRADATIONS as [Degradation, ...Degradation[]]).register(optionHelp, {
      help: 'how the small pictures are made: bicubic, or paper (blurred first)',
      value: 'name',
    }),
  })
  .superRefine(
    rules((config, complain) => {
      const { size, factor } = config;
      if (size % factor !== 0) complain('size', `a multiple of the factor ${factor} is needed, got ${size}`);
      checkPairConfig(config, complain);
    }),
  );

/** Every hyper-parameter of a super-resolution training. */
export type UpscaleConfig = z.infer<typeof upscaleConfigSchema>;

/** Options that may be given instead of the defaults. */
export type UpscaleOptions = Partial<UpscaleConfig>;

const SHARED = {
  factor: 4,
  width: 64,
  optimizer: 'adam',
  tvWeight: 0,
  checkerboardWeight: 0,
  spectrumWeight: 0,
  lossNetwork: 'vgg16',
  seed: 0,
} as const;

/**
 * The defaults of each network: `paper` as in section 4.2 of the paper (feature loss at relu2_2, 288x288 pixels,
 * batches of 4, 200,000 steps, Gaussian blur); `modern` what two cores train in an hour or two, with the pixel loss,
 * which needs no loss network.
 */
export const UPSCALE_DEFAULTS: Record<UpscaleArchitecture, Omit<UpscaleConfig, 'name'>> = {
  paper: {
    ...SHARED,
    featureLayers: ['relu2_2'],
    architecture: 'paper',
    blocks: UPSCALE_BLOCKS.paper,
    size: 288,
    batch: 4,
    steps: 200_000,
    learningRate: 1e-3,
    schedule: 'constant',
    pixelWeight: 0,
    featureWeight: 1,
    degrade: 'paper',
  },
  modern: {
    ...SHARED,
    featureLayers: ['relu2_2'],
    architecture: 'modern',
    blocks: UPSCALE_BLOCKS.modern,
    size: 128,
    batch: 8,
    steps: 8000,
    learningRate: 5e-4,
    schedule: 'cosine',
    pixelWeight: 1,
    featureWeight: 0,
    degrade: 'bicubic',
  },
};

/**
 * A whole configuration: the network's defaults under what is given. Of steps, epochs and minutes the one given counts.
 *
 * @throws FnsError (usage) naming the first option that makes no sense.
 */
export function upscaleConfig(given: UpscaleOptions & { name: string }): UpscaleConfig {
  const { architecture = 'modern' } = given;
  return completeConfig(
    upscaleConfigSchema,
    UPSCALE_DEFAULTS[architecture] ?? UPSCALE_DEFAULTS.modern,
    given,
  );
}

/** The network of a configuration. */
export function networkOf({ architecture, factor, width, blocks }: UpscaleConfig): UpscaleNetwork {
  return { architecture, factor, width, blocks };
}
