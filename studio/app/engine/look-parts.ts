/** The look that is chosen, as workers and the service take it. */
import type { PictureLook } from '../../worker/draw.worker.js';
import type { StyleSource } from '../../worker/kept-styles.js';
import { type Look, mask, type Photo, type StyleEntry, styleOf } from '../state.js';

/** Up to this longer side strokes are as the network draws them; in larger pictures they grow with the picture. */
const NATURAL = 2048;
const MOST_STROKES = 4;

/** A style as workers take it. */
export const sourceOf = ({ id, url, bytes }: StyleEntry): StyleSource => ({ id, url, bytes });

/** A style of a look, and its share. */
export interface LookPart {
  entry: StyleEntry;
  share: number;
}

/** The styles of a look and their shares; none when its style is not there. */
export function partsOf({ style, second, mix }: Look): LookPart[] {
  const first = styleOf(style);
  if (!first) return [];
  const other = mix > 0 && second !== style ? styleOf(second) : undefined;
  if (!other) return [{ entry: first, share: 1 }];
  const both = [
    { entry: first, share: 1 - mix },
    { entry: other, share: mix },
  ];
  return both.filter(({ share }) => share > 0);
}

/** The stroke size of the full picture, so that strokes keep their place in the picture. */
export function strokesFor({ strokes }: Look, { width, height }: Pick<Photo, 'width' | 'height'>): number {
  return Math.min(MOST_STROKES, strokes * Math.max(1, Math.max(width, height) / NATURAL));
}

/** The look as the worker takes it, for a picture of a size. */
export function fullLook(chosen: Look, size: Pick<Photo, 'width' | 'height'>): PictureLook {
  return {
    parts: partsOf(chosen).map(({ entry, share }) => ({ style: sourceOf(entry), share })),
    strokeSize: strokesFor(chosen, size),
    strength: chosen.strength,
    colours: chosen.colours,
    ...(mask.value ? { mask: mask.value } : {}),
  };
}
