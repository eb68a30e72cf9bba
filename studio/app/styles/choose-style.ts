/** Choosing a style. */
import { look } from '../state.js';
import { changeLook } from '../undo.js';

/** Chooses a style; one that was mixed in is the main one then, and nothing is mixed in. */
export function chooseStyle(id: string): void {
  if (id === look.value.style) return;
  changeLook(id === look.value.second ? { style: id, second: undefined, mix: 0 } : { style: id });
}
