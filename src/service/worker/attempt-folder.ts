/** The temporary folders of a worker: one for each attempt. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

/**
 * Makes a temporary folder of this process, and removes those of processes of this machine that were killed.
 *
 * @param prefix of its name: `fns-worker-`
 */
export async function newProcessFolder(prefix: string): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
    }
  }
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The folders of an attempt. */
export interface AttemptFolder {
  inputs: string;
  out: string;
  work: string;
  remove(): Promise<void>;
}

/** Makes the folders of an attempt. */
export async function newAttemptFolder(worker: string, attemptId: string): Promise<AttemptFolder> {
  const folder = join(worker, attemptId);
  const [inputs, out, work] = ['inputs', 'out', 'work'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [inputs, out, work]) await mkdir(each, { recursive: true });
  return { inputs, out, work, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The name that an input has in its folder: nothing of the name that somebody gave it but an ordinary extension. */
export function inputName(role: string, name: string): string {
  const extension = extname(name).toLowerCase();
  return /^\.[a-z0-9]{1,5}$/.test(extension) ? `${role}${extension}` : role;
}
