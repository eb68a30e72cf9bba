/** Tells whether the process that left something behind still runs. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** This machine, in the names of temporary files: processes of others cannot be asked for. */
export const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);

/**
 * Tells whether a process of this machine runs.
 *
 * @param began when it began (see `processStart`), where that is known: a number of a process is used again
 */
export function isRunning(pid: number, began?: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = stateOf(pid);
  if (now.isZombie) return false;
  return began === undefined || now.began === undefined || now.began === began;
}

/** When a process began, in the system's own unit (Linux: clock ticks since the machine started), where it says so. */
export function processStart(pid: number): string | undefined {
  return stateOf(pid).began;
}

function stateOf(pid: number): { began?: string; isZombie?: boolean } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before them may hold spaces: the state is the third field, the start the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { began: fields[19]!, ...(fields[0] === 'Z' && { isZombie: true }) };
  } catch {
    return {};
  }
}
