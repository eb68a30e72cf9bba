import { z } from 'zod';
import { usage } from '../core/errors.js';
import { CHECKERBOARD_WINDOW } from '../losses/checkerboard.js';
import { parseLayers } from '../losses/perceptual.js';
import { SPECTRUM_WINDOW } from '../losses/spectrum.js';
import {
  UPSCALE_ARCHITECTURES,
  UPSCALE_BLOCKS,
  UPSCALE_FACTORS,
  type UpscaleArchitecture,
  type UpscaleNetwork,
} from '../nets/upscale.js';
import { DEGRADATIONS, type Degradation } from './degrade.js';
import { lossNetworkShape } from './loss-network-config.js';
import { DEFAULT_BLOCK, type PairLosses } from './pair-step.js';

const positiveInt = z.number().int().positive();
const atLeastZero = z.number().min(0);

/** Options that all trainings of picture pairs have. */
export const pairConfigShape = {
  /** Name of the network, stored in its file. */
  name: z.string().min(1),
  /** Side of the target crops in pixels. */
  size: positiveInt.min(16),
  batch: positiveInt,
  /** Training steps. Given by exactly one of steps, epochs and minutes. */
  steps: positiveInt.optional(),
  /** Passes over all pictures. */
  epochs: z.number().positive().optional(),
  /** Minutes of training. */
  minutes: z.number().positive().optional(),
  /** Adam's learning rate. */
  learningRate: z.number().positive(),
  /** `constant`, or `cosine`: the last 40 % of the steps (or minutes) fall to zero along half a cosine. */
  schedule: z.enum(['constant', 'cosine']),
  /** Weight of the pixel loss: the mean squared difference, RGB 0..255. */
  pixelWeight: atLeastZero,
  /** Weight of the feature reconstruction loss. */
  featureWeight: atLeastZero,
  /** `relu2_2`, or `relu2_2=0.5` to multiply the common weight. */
  featureLayers: z.array(z.string()),
  /** Weight of the total variation of the result, by the paper's formula. */
  tvWeight: atLeastZero,
  /** Weight of the checkerboard loss, against patterns that repeat from block to block. */
  checkerboardWeight: atLeastZero.default(0),
  /** Weight of the spectrum loss, against fine meshes in texture. */
  spectrumWeight: atLeastZero.default(0),
  ...lossNetworkShape,
  seed: z.number().int().min(0),
};

/** Every hyper-parameter of a super-resolution training. It travels inside the file. */
export const upscaleConfigSchema = z.strictObject({
  ...pairConfigShape,
  architecture: z.enum(UPSCALE_ARCHITECTURES as [UpscaleArchitecture, ...UpscaleArchitecture[]]),
  factor: z.union(UPSCALE_FACTORS.map((n) => z.literal(n))),
  /** Channels inside. */
  width: positiveInt.max(256),
  /** Residual blocks. */
  blocks: positiveInt.max(64),
  /** How the small pictures are made. */
  degrade: z.enum(DEGRADATIONS as [Degradation, ...Degradation[]]),
});

/** Every hyper-parameter of a super-resolution training. */
export type UpscaleConfig = z.infer<typeof upscaleConfigSchema>;

/** What may be given instead of the defaults. */
export type UpscaleOptions = Partial<UpscaleConfig>;

const SHARED = {
  factor: 4,
  width: 64,
  tvWeight: 0,
  checkerboardWeight: 0,
  spectrumWeight: 0,
  featureLayers: ['relu2_2'],
  lossNetwork: 'vgg16',
  seed: 0,
} as const;

/**
 * The defaults of each network: `paper` as in section 4.2 of the paper (feature loss at relu2_2, 288x288 pixels, batches of 4, 200,000 steps,
 * Gaussian blur); `modern` what two cores train in an hour or two, with the pixel loss, which needs no loss network.
 */
export const UPSCALE_DEFAULTS: Record<UpscaleArchitecture, Omit<UpscaleConfig, 'name'>> = {
  paper: {
    ...SHARED,
    featureLayers: [...SHARED.featureLayers],
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
    featureLayers: [...SHARED.featureLayers],
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
 * @throws FnsError (usage) naming the first value that makes no sense.
 */
export function upscaleConfig(given: UpscaleOptions & { name: string }): UpscaleConfig {
  const { architecture = 'modern' } = given;
  if (!(UPSCALE_ARCHITECTURES as readonly string[]).includes(architecture)) {
    throw usage(
      `unknown architecture '${architecture}': one of ${UPSCALE_ARCHITECTURES.join(', ')} is needed`,
    );
  }
  const config = pairConfig(upscaleConfigSchema, UPSCALE_DEFAULTS[architecture], given);
  if (config.size % config.factor !== 0) {
    throw usage(`the training size must be a multiple of the factor ${config.factor}, got ${config.size}`);
  }
  return config;
}

/** What the configuration of any training of pairs has. */
type PairOptions = z.infer<z.ZodObject<typeof pairConfigShape>>;

/**
 * Checks a configuration of a training of pairs.
 *
 * @throws FnsError (usage) naming the first value that makes no sense.
 */
export function pairConfig<Config extends PairOptions>(
  schema: z.ZodType<Config>,
  defaults: Omit<Config, 'name'>,
  given: Partial<Config>,
): Config {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const lengths = ['steps', 'epochs', 'minutes'] as const;
  const base: Record<string, unknown> = { ...defaults };
  if (lengths.some((key) => key in known)) for (const key of lengths) delete base[key];
  const result = schema.safeParse({ ...base, ...known });
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw usage(`training option ${issue.path.join('.') || '(unknown)'}: ${issue.message}`);
  }
  const config = result.data;
  if (lengths.filter((key) => config[key] !== undefined).length !== 1) {
    throw usage('give one of steps, epochs and minutes');
  }
  if (config.pixelWeight === 0 && lossesOf(config).features.length === 0) {
    throw usage('pixel and feature weight are both 0: there is nothing to learn');
  }
  const { block = DEFAULT_BLOCK, checkerboard, spectrum } = lossesOf(config);
  const least = block * CHECKERBOARD_WINDOW;
  if (checkerboard > 0 && (config.size % block !== 0 || config.size < least)) {
    throw usage(
      `the checkerboard loss needs a training size from ${least} on that is a multiple of ${block}, got ${config.size}`,
    );
  }
  if (spectrum > 0 && (config.size % (SPECTRUM_WINDOW / 2) !== 0 || config.size < SPECTRUM_WINDOW)) {
    throw usage(
      `the spectrum loss needs a training size from ${SPECTRUM_WINDOW} on that is a multiple of ${SPECTRUM_WINDOW / 2}, got ${config.size}`,
    );
  }
  return config;
}

/**
 * What a training of pairs compares results with targets by. Layers of weight 0 are left out.
 *
 * @throws FnsError (usage) for an unknown layer.
 */
export function lossesOf(config: PairOptions & { factor?: number }): PairLosses {
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

/** The network of a configuration. */
export function networkOf({ architecture, factor, width, blocks }: UpscaleConfig): UpscaleNetwork {
  return { architecture, factor, width, blocks };
}
