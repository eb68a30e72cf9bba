/** What a job reads is never replaced by what it writes. */
import { stat } from 'node:fs/promises';
import { badOption } from '../core/errors.js';

/** A file that is read, and what it is: `the photo`. */
export interface ReadFile {
  path: string | undefined;
  what: string;
}

/**
 * Checks that no file that is written is one that is read, under whatever name.
 *
 * @param option the option that says where is written
 * @throws FnsError (usage)
 */
export async function requireNoOverwrite(
  written: readonly (string | undefined)[],
  read: readonly ReadFile[],
  option = 'out',
): Promise<void> {
  const files = new Map<string, string>();
  for (const { path, what } of read) {
    const own = await identity(path);
    if (own !== undefined) files.set(own, what);
  }
  for (const path of written) {
    const what = files.get((await identity(path)) ?? '');
    if (what !== undefined) {
      throw badOption(option, `${path} is ${what}, and would be overwritten: give another file or folder`);
    }
  }
}

/** What a file is, whatever it is called; undefined where there is none. */
async function identity(path: string | undefined): Promise<string | undefined> {
  const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
  return found?.isFile() ? `${found.dev}:${found.ino}` : undefined;
}
