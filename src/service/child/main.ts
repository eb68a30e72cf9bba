/**
 * The process that runs jobs, one at a time: started by a worker, which kills it when a job takes too long or too much.
 * It knows no database, no store and no secrets.
 */
import { FnsError } from '../../core/errors.js';
import { firstLine } from '../../jobs/job.js';
import { RUNNABLE_KINDS } from '../job-kinds.js';
import type { FromChild, RunMessage, ToChild } from './messages.js';

/** Errors of the machine, not of the job: another worker may do better. */
const OF_THE_MACHINE: readonly (string | undefined)[] = ['no-device', 'no-weights', 'out-of-memory'];

let stop: AbortController | undefined;

function tell(message: FromChild): void {
  process.send?.(message);
}

async function run({ kind, ...job }: RunMessage): Promise<void> {
  stop = new AbortController();
  const { signal } = stop;
  try {
    const runKind = await RUNNABLE_KINDS[kind]!.load();
    const result = await runKind({
      ...job,
      signal,
      onEvent: (event) => {
        if (event.type === 'progress') tell({ type: 'event', event });
      },
      checkpoint: (path) => tell({ type: 'checkpoint', path }),
    });
    tell({ type: 'done', result });
  } catch (error) {
    // A job that was stopped and has nothing to go on from begins anew elsewhere.
    if (signal.aborted) return tell({ type: 'done', result: { files: [], pixels: 0, stopped: true } });
    const isOwn = error instanceof FnsError && !OF_THE_MACHINE.includes(error.code);
    tell({ type: 'failed', message: withoutFolders(firstLine(error), job), isOwn });
  }
}

/** A message without the folders of this machine. */
function withoutFolders(message: string, { out, work, inputs }: Omit<RunMessage, 'kind'>): string {
  const named = Object.entries(inputs).reduce(
    (text, [role, path]) => text.replaceAll(path, `the ${role}`),
    message,
  );
  return named.replaceAll(`${out}/`, '').replaceAll(`${work}/`, '');
}

process.on('message', (message: ToChild) => {
  if (message.type === 'run') void run(message);
  else stop?.abort();
});
// Its worker was killed: what it computes is nobody's any more.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A terminal's Ctrl-C reaches the whole group; the worker decides.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
tell({ type: 'ready' });
