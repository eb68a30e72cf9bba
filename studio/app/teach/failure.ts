/** Errors of teaching as sentences with a next step. */
import { failureText } from '../engine/failure.js';
import { words } from '../words.js';

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Tells whether there was not enough memory. */
export function isOutOfMemory(error: unknown): boolean {
  return /memory|allocat|OOM|bad_alloc|RangeError/i.test(textOf(error));
}

/** The sentence for an error of the worker that teaches. */
export function teachFailureText(error: unknown, name = ''): string {
  const text = textOf(error);
  const t = words.value.teach;
  const few = /^too-few:(\d+)$/.exec(text);
  if (few) return t.tooFew(Number(few[1]));
  if (text === 'no-weights') return t.noWeights;
  if (text === 'other-tab') return t.otherTab;
  if (/^not-weights$|readable safetensors|weights have no|these are not/.test(text))
    return t.notWeights(name);
  if (isOutOfMemory(error)) return t.memory;
  if (/diverge|not a number/i.test(text)) return t.diverged;
  return failureText(error, name);
}

/** Tells whether this browser can teach at all. */
export function canTeach(): boolean {
  return 'OffscreenCanvas' in globalThis && 'WebAssembly' in globalThis && 'createImageBitmap' in globalThis;
}
