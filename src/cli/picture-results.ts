import type { Command } from 'commander';
import { failure, usage } from '../core/errors.js';
import type { PictureFilesResult } from '../jobs/make-pictures.js';
import { globalFlags } from './run-job.js';

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

/**
 * Checks that a picture and something else do not go to standard output together.
 *
 * @throws FnsError (usage)
 */
export function requireFreeOutput(command: Command, out: string): void {
  if (out === '-' && globalFlags(command).json) throw usage('--json and -o - both write to standard output');
}

/** The line about pictures that were finished before. */
export function finishedLines({ finished }: PictureFilesResult): string[] {
  if (finished.length === 0) return [];
  const what = finished.length === 1 ? '1 picture was' : `${finished.length} pictures were`;
  return [`${what} finished before, with the same options, and left as they are (--force makes them anew)`];
}
