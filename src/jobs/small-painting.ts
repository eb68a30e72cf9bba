import type { Size } from '../core/sizes.js';
import { shortPath } from './short-path.js';

/** An enlargement that blurs nothing to speak of. */
const SHARP_ENOUGH = 1.5;

/**
 * Warns of a painting that is enlarged so much that its strokes are blurs: a style learns these.
 *
 * @param own the painting's own size
 * @param side what its shorter side becomes
 */
export function warnIfSmall(
  path: string,
  { width, height }: Size,
  side: number,
  warn: (message: string) => void,
): void {
  if (side <= SHARP_ENOUGH * Math.min(width, height)) return;
  warn(
    `${shortPath(path)} has ${width}x${height} pixels and is enlarged to a shorter side of ${side}: a larger copy gives sharper strokes`,
  );
}
