import { z } from 'zod';
import { usage } from '../core/errors.js';
import type { TrainingOptions } from './config.js';
import { needed, shown } from './option-error.js';

/** The keys of the source's conf/*.yml files. */
const sourceSchema = z.object({
  style_image: z.string(),
  naming: z.string(),
  model_path: z.string().optional(),
  content_weight: z.number(),
  style_weight: z.number(),
  tv_weight: z.number(),
  image_size: z.number(),
  batch_size: z.number(),
  epoch: z.number(),
  loss_model: z.string(),
  content_layers: z.array(z.string()),
  style_layers: z.array(z.string()),
  checkpoint_exclude_scopes: z.unknown().optional(),
  loss_model_file: z.string().optional(),
});

/** Tells whether a parsed configuration file is one of hzy46/fast-neural-style-tensorflow. */
export function isSourceConfig(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'style_image' in value && 'loss_model' in value;
}

/**
 * The source's configuration in our terms: architecture `source`, its loss formulas, its central crops.
 *
 * @throws FnsError (usage) naming the first key that is missing or wrong.
 */
export function readSourceConfig(value: unknown): { options: TrainingOptions; styleImage: string } {
  const result = sourceSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const [key] = issue.path as [keyof typeof sourceSchema.shape];
    const given = (value as Record<string, unknown>)[key];
    throw usage(
      `configuration key ${key}: ${needed(sourceSchema.shape[key])} is needed, got ${shown(given)}`,
    );
  }
  const c = result.data;
  const networks: Record<string, 'vgg16' | 'vgg19'> = { vgg_16: 'vgg16', vgg_19: 'vgg19' };
  const lossNetwork = networks[c.loss_model];
  if (!lossNetwork)
    throw usage(`configuration key loss_model: vgg_16 or vgg_19 is needed, got '${c.loss_model}'`);
  return {
    styleImage: c.style_image,
    options: {
      name: c.naming,
      architecture: 'source',
      size: c.image_size,
      batch: c.batch_size,
      epochs: c.epoch,
      contentWeight: c.content_weight,
      styleWeight: c.style_weight,
      tvWeight: c.tv_weight,
      lossNetwork,
      contentLayers: c.content_layers,
      styleLayers: c.style_layers,
    },
  };
}
