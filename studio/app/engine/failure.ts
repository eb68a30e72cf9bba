/** Errors as sentences with a next step. */
import { ServiceFailure, serviceFailureText } from '../server/failure.js';
import { forgetToken } from '../server/service.js';
import { say } from '../state.js';
import { words } from '../words.js';

/** The sentence for an error of the worker, or of the service. */
export function failureText(error: unknown, name = ''): string {
  if (error instanceof ServiceFailure) return serviceFailureText(error, name);
  const text = error instanceof Error ? error.message : String(error);
  const { errors } = words.value;
  if (text === 'not-a-picture') return errors.notAPicture(name);
  if (text === 'too-large') return errors.tooLarge(name);
  if (/memory|allocat|OOM|bad_alloc|RangeError: Array buffer/i.test(text)) return errors.memory;
  if (/WebGPU|GPUDevice|device.*lost/i.test(text)) return errors.gpu;
  if (/offline$/.test(text)) return errors.offline;
  return errors.other(text);
}

/** Tells it. A token that is refused is forgotten: this device draws until there is another. */
export function tellFailure(error: unknown, name = ''): void {
  say('error', failureText(error, name));
  if (error instanceof ServiceFailure && error.isOfToken) forgetToken();
}
