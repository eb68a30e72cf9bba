/** Folders for temporary files, which say whose they are. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, MACHINE, processStart } from './running-process.js';

/**
 * Makes a folder for temporary files of this process, which only its user may enter, and removes those of processes of
 * this machine that ended without removing theirs.
 *
 * @param prefix of its name: `fns-worker-`
 * @throws the system's error when it cannot be made.
 */
export async function newProcessFolder(prefix: string): Promise<string> {
  const pattern = new RegExp(`^${prefix}([0-9a-f]{6})-(\\d+)-(\\d+)-`);
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const [, machine, pid, began] = pattern.exec(name) ?? [];
    if (machine !== MACHINE || isRunning(Number(pid), began === '0' ? undefined : began)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
  // A container that starts again gives its processes the same numbers: what tells them apart is when they began.
  const owner = `${MACHINE}-${process.pid}-${processStart(process.pid) ?? 0}`;
  return mkdtemp(join(tmpdir(), `${prefix}${owner}-`));
}
