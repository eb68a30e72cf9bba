/** Undo of the last changes of the look. A slider that is being moved is one change. */
import { signal } from '@preact/signals';
import { type Look, look } from './state.js';

const MOST = 100;
/** Changes of the same field that follow each other within so many milliseconds are one. */
const SAME_MOVE = 800;

const past = signal<Look[]>([]);
const future = signal<Look[]>([]);
let lastField = '';
let lastTime = 0;

/** Changes the look, so that it can be undone. */
export function changeLook(change: Partial<Look>): void {
  const field = Object.keys(change).join();
  const now = performance.now();
  const goesOn = field === lastField && field !== 'style' && now - lastTime < SAME_MOVE;
  lastField = field;
  lastTime = now;
  if (!goesOn) past.value = [...past.value, look.value].slice(-MOST);
  future.value = [];
  look.value = { ...look.value, ...change };
}

/** Takes the last change back. */
export function undo(): void {
  const last = past.value.at(-1);
  if (!last) return;
  past.value = past.value.slice(0, -1);
  future.value = [...future.value, look.value];
  look.value = last;
  lastField = '';
}

/** Makes the last undone change again. */
export function redo(): void {
  const next = future.value.at(-1);
  if (!next) return;
  future.value = future.value.slice(0, -1);
  past.value = [...past.value, look.value];
  look.value = next;
  lastField = '';
}

/** Tells whether there is something to undo, and to redo. */
export const canUndo = () => past.value.length > 0;
export const canRedo = () => future.value.length > 0;
