import { failure } from '../core/errors.js';
import type { PictureFilesResult } from '../jobs/make-pictures.js';

/**
 * Ends a command whose photos could not all be done with an exit code that says so.
 *
 * @param done what happened to the others: `stylised`
 */
export function requireAll({ written, failed }: PictureFilesResult, done: string): void {
  if (failed.length === 0) return;
  const all = written.length + failed.length;
  throw failure(`${failed.length} of ${all} photos could not be ${done} (see above)`);
}

/** The line about pictures that were finished before. */
export function finishedLines({ finished }: PictureFilesResult): string[] {
  if (finished.length === 0) return [];
  const what = finished.length === 1 ? '1 picture was' : `${finished.length} pictures were`;
  return [`${what} finished before, with the same options, and left as they are (--force makes them anew)`];
}
