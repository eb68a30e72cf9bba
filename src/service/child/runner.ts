/** A worker's side of the process that runs its jobs. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { JobProgress } from '../../jobs/job.js';
import type { KindResult } from '../kinds/kind.js';
import type { FromChild, RunMessage, ToChild } from './messages.js';

/** How a job in the process ended. */
export type RunEnd =
  | { type: 'done'; result: KindResult }
  | { type: 'failed'; message: string; isOwn: boolean }
  /** The process is gone: it was killed by `kill`, by the system, or crashed. */
  | { type: 'gone'; why: string };

/** What is heard of a job while it runs. */
export interface RunListener {
  onProgress(progress: JobProgress): void;
  onCheckpoint(path: string): void;
}

/** Runs jobs one after the other, in a process that is started anew when it has ended. */
export interface Runner {
  /** A job runs. */
  readonly isBusy: boolean;
  run(job: Omit<RunMessage, 'type'>, listener: RunListener): Promise<RunEnd>;
  /** Asks the job to end with a checkpoint. */
  stop(): void;
  /** Ends the process of a job that runs. `why` is what `run` gives. */
  kill(why: string): void;
  /** Ends the process. */
  close(): Promise<void>;
}

/** The compiled program of the process; run from the sources (as tests do) that of the last build. */
function program(): string {
  const here = import.meta.url;
  const path = here.endsWith('.ts') ? '../../../dist/service/child/main.js' : './main.js';
  return fileURLToPath(new URL(path, here));
}

/** Variables of the environment that the process gets: it needs no secrets. */
const PASSED =
  /^(PATH|HOME|TMPDIR|LANG|LC_.*|XDG_.*|FNS_WEIGHTS|LD_LIBRARY_PATH|CUDA_.*|VK_.*|NODE_EXTRA_CA_CERTS)$/;

/**
 * What the process gets beside them: with glibc its memory comes in huge pages. The first picture of a size, which touches
 * all of its memory for the first time, then takes three quarters of the time on a virtual machine.
 */
const OWN = { GLIBC_TUNABLES: process.env.GLIBC_TUNABLES ?? 'glibc.malloc.hugetlb=1' };

/** Milliseconds between looks at the memory. */
const WATCH = 500;

/** A new runner. */
export function newRunner(): Runner {
  let child: ChildProcess | undefined;
  let killed: string | undefined;
  let closed = false;
  let busy = false;

  const start = () => {
    if (child) return child;
    const passed = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED.test(name)));
    const started = fork(program(), {
      env: { ...passed, ...OWN },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child = started;
    killed = undefined;
    started.on('error', () => {});
    // Not `exit`, which never comes for a process that could not be started.
    started.once('close', () => {
      if (child === started) child = undefined;
    });
    return started;
  };
  const send = (message: ToChild) => child?.connected && child.send(message);

  return {
    get isBusy() {
      return busy;
    },
    run(job, { onProgress, onCheckpoint }) {
      if (closed) return Promise.resolve({ type: 'gone', why: 'the worker ended' });
      // Earlier jobs leave memory behind: styles that are loaded, for pictures as large as theirs were.
      const tooLarge = child ? TOO_LARGE_WITH_OTHERS : TOO_LARGE;
      const process = start();
      busy = true;
      return new Promise((resolve) => {
        let isOver = false;
        const watch = setInterval(async () => {
          const isTooLarge = (await memoryBytes(process.pid)) > job.limits.memoryBytes;
          // The next job may run by now.
          if (isTooLarge && !isOver) kill(tooLarge);
        }, WATCH);
        const end = (result: RunEnd) => {
          isOver = true;
          busy = false;
          // Killed while it told its end, it is still there for a moment, and not for the next job.
          if (killed !== undefined && child === process) child = undefined;
          clearInterval(watch);
          process.off('message', onMessage);
          process.off('close', onClose);
          resolve(result);
        };
        const onMessage = (message: FromChild) => {
          if (message.type === 'event' && message.event.type === 'progress') onProgress(message.event);
          else if (message.type === 'checkpoint') onCheckpoint(message.path);
          else if (message.type === 'done' || message.type === 'failed') end(message);
        };
        const onClose = (code: number | null, signal: string | null) =>
          end({ type: 'gone', why: killed ?? `the process of the job ended (${signal ?? `code ${code}`})` });
        process.on('message', onMessage);
        process.on('close', onClose);
        send({ type: 'run', ...job });
      });
    },
    stop: () => void send({ type: 'stop' }),
    kill,
    async close() {
      closed = true;
      const last = child;
      if (!last) return;
      const ended = new Promise((resolve) => last.once('close', resolve));
      last.kill('SIGKILL');
      await ended;
    },
  };

  function kill(why: string): void {
    // Between jobs it stays, with the styles that it has loaded.
    if (!busy) return;
    killed ??= why;
    child?.kill('SIGKILL');
  }
}

/** Why a process that took too much memory is killed: its only job did, or all that it ran together. */
export const TOO_LARGE = 'the job took more memory than a job may';
export const TOO_LARGE_WITH_OTHERS = 'the process took more memory than a job may, with that of earlier jobs';

/** The memory of a process; 0 where that cannot be told. */
async function memoryBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => undefined);
  return 4096 * Number(status?.split(' ')[1] ?? 0);
}
