/** Losses as people want to see them while a training runs. */
import type { TrainingConfig } from '../train/config.js';
import { lossTags } from '../train/loss-tags.js';
import type { StepLosses } from '../train/trainer.js';

/** The names that are shown, and their tags in the log. */
const SHOWN = {
  content: 'content',
  style: 'style',
  tv: 'regularizer',
  pixel: 'pixel',
  stability: 'stability',
} as const;

/** The total loss of a step and its parts after their weights: `content`, `style`, `tv`, `pixel`, `stability`. */
export function weightedLosses(losses: StepLosses, config: TrainingConfig): Record<string, number> {
  const tags = lossTags(losses, config);
  const values: Record<string, number> = { total: losses.total! };
  for (const [name, tag] of Object.entries(SHOWN)) {
    const value = tags[`weighted_losses/weighted_${tag}_loss`];
    if (value !== undefined) values[name] = value;
  }
  return values;
}
