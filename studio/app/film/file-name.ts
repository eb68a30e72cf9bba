/** Names of files that are saved. */
import { look, styleOf } from '../state.js';

/** A name with the style's: `clip-wave.mp4`. */
export function fileName(name: string, ending: string): string {
  const style = styleOf(look.value.style)?.name ?? 'picture';
  return `${name.replace(/\.[^.]+$/, '')}-${style}.${ending}`;
}
