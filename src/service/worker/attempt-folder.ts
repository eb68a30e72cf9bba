/** The folders of an attempt, in the temporary folder of its worker. */
import { mkdir, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';

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
