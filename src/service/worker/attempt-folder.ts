/** The temporary folders of a worker: one for each attempt. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

const PREFIX = 'fns-worker-';

/** Makes the folder of a worker, and removes those of workers of this machine that were killed. */
export async function newWorkerFolder(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
    }
  }
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
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
