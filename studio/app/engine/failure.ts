/** Errors as sentences with a next step. */
import { words } from '../words.js';

/** The sentence for an error of the worker. */
export function failureText(error: unknown, name = ''): string {
  const text = error instanceof Error ? error.message : String(error);
  const { errors } = words.value;
  if (text === 'not-a-picture') return errors.notAPicture(name);
  if (text === 'too-large') return errors.tooLarge(name);
  if (/memory|allocat|OOM|bad_alloc|RangeError: Array buffer/i.test(text)) return errors.memory;
  if (/WebGPU|GPUDevice|device.*lost/i.test(text)) return errors.gpu;
  if (/offline$/.test(text)) return errors.offline;
  return errors.other(text);
}
