import type { TrainingConfig } from './config.js';

/**
 * The shorter side of the painting where none is chosen: that of `modern` is twice the crops', which gives strokes that suit
 * photos of 1000 pixels and more; but no more than the painting's own, since an enlarged one is blurred, unless it is smaller
 * than the crops.
 *
 * @param painting the shorter side of the smallest painting itself, in pixels
 */
export function styleSizeFor(
  { size, styleSize }: Pick<TrainingConfig, 'size' | 'styleSize'>,
  painting: number,
): number {
  return Math.max(Math.min(size, styleSize), Math.min(styleSize, painting));
}
