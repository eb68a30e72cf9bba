import { randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure } from '../core/errors.js';
import type { OpenScratch } from '../core/scratch.js';

/**
 * Scratch planes as files in the folder for temporary files. A file has no name from the moment it is open, so that
 * nothing is left however the program ends.
 *
 * @throws FnsError when the folder cannot be written, or the disk is full.
 */
export const fileScratch: OpenScratch = async (_, bytesPerRow) => {
  const path = join(tmpdir(), `fns-${randomBytes(8).toString('hex')}.scratch`);
  const handle = await told(() => open(path, 'wx+', 0o600));
  await told(() => unlink(path));
  return {
    async write(start, part) {
      for (let at = 0; at < part.length; ) {
        const { bytesWritten } = await told(() =>
          handle.write(part, at, part.length - at, start * bytesPerRow + at),
        );
        at += bytesWritten;
      }
    },
    async read(start, part) {
      for (let at = 0; at < part.length; ) {
        const { bytesRead } = await told(() =>
          handle.read(part, at, part.length - at, start * bytesPerRow + at),
        );
        if (bytesRead === 0) throw failure(`the temporary file ${path} is shorter than what was written`);
        at += bytesRead;
      }
    },
    free: () => handle.close(),
  };
};

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOSPC' ? 'no space is left there' : (error as Error).message;
    throw failure(
      `cannot keep a large picture's parts in ${tmpdir()}: ${reason} (TMPDIR names another folder)`,
    );
  }
}
