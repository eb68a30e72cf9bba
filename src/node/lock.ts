/** Locks on folders, so that two programs do not write into one. */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { failure } from '../core/errors.js';
import { writeFailure } from './media/files.js';
import { isRunning, processStart } from './running-process.js';

/** Who holds a lock. */
interface Holder {
  pid: number;
  host: string;
  /**
   * When its process began, in the system's own unit, where the system says so: a number of a process is used again.
   */
  began?: string;
  /** The lock itself: one that was copied with its folder is nobody's. */
  path?: string;
}

/** A lock that is held. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock `path`. A lock whose program has ended, however it ended, is taken over.
 *
 * @param what what is locked, for the error: `the training painting.training`
 * @throws FnsError when a program that runs has it.
 */
export async function takeLock(path: string, what: string): Promise<Lock> {
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    began: processStart(process.pid),
    path: resolve(path),
  };
  const text = `${JSON.stringify(own)}\n`;
  for (let tries = 0; tries < 20; tries++) {
    try {
      const file = await open(path, 'wx');
      try {
        await file.writeFile(text);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      } finally {
        await file.close();
      }
      return held(path, text);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writeFailure(path, error);
    }
    const found = await readFile(path, 'utf8').catch(() => undefined);
    if (found === undefined) continue;
    const holder = holderOf(found);
    const isCopy = holder?.path !== undefined && holder.path !== resolve(path);
    if (holder && !isCopy && isHeld(holder)) {
      const isSure = holder.host === own.host && holder.began !== undefined;
      const advice = isSure ? '' : `; if that has ended, remove ${path}`;
      const where = holder.host === own.host ? advice : ` on ${holder.host}${advice}`;
      throw failure(`${what} is in use by another program (process ${holder.pid}${where})`);
    }
    // An empty lock is one that is being written just now, or one of a program that was killed then.
    if (!holder && tries < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    else await takeAway(path, found);
  }
  throw failure(`${what} is in use by other programs`);
}

function held(path: string, text: string): Lock {
  const remove = () => {
    // Only our own: after a forced take-over the file is another's.
    try {
      if (readFileSync(path, 'utf8') === text) rmSync(path, { force: true });
    } catch {
      // It is gone, or its folder is.
    }
  };
  process.once('exit', remove);
  return {
    async release() {
      process.off('exit', remove);
      remove();
    },
  };
}

/** Removes an abandoned lock, unless somebody has taken it over meanwhile. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => text);
  if (moved !== text) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

function holderOf(text: string): Holder | undefined {
  try {
    const { pid, host, began, path } = JSON.parse(text);
    return Number.isInteger(pid) && typeof host === 'string' ? { pid, host, began, path } : undefined;
  } catch {
    return undefined;
  }
}

function isHeld(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  return isRunning(holder.pid, holder.began);
}
