/** The look of frames. */
import type { FilmLook, FrameShape } from '../../worker/film.worker.js';
import { fullLook } from '../engine/look-parts.js';
import type { Look } from '../state.js';

/** A look for frames of a size. The mask is the photo's alone. */
export function filmLook(chosen: Look, size: FrameShape): FilmLook {
  const { mask: _, ...rest } = fullLook(chosen, size);
  return rest;
}
