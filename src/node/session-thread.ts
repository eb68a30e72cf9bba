/** A thread that sessions live in: ONNX Runtime's `run` blocks its thread, so it must not be the main one. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { failure } from '../core/errors.js';
import type { WorkerAnswer, WorkerCall } from './session-worker.js';

/** The compiled worker. Run from the sources (as tests do) it is taken from the last build. */
function workerFile(): URL {
  const here = import.meta.url;
  return here.endsWith('.ts')
    ? new URL('../../dist/node/session-worker.js', here)
    : new URL('./session-worker.js', here);
}

/** Answers that threads owe, over all of them, and what to do once none is owed. */
let owed = 0;
let ending: (() => void) | undefined;

/**
 * Calls `end` as soon as no session computes; until then no session begins anything new. A program that ends while ONNX
 * Runtime computes is aborted by the runtime, with a message of its own.
 */
export function endWhenIdle(end: () => void): void {
  ending = end;
  if (owed === 0) end();
}

type Unsent = WorkerCall extends infer C ? (C extends { id: number } ? Omit<C, 'id'> : never) : never;

/** A thread. Its calls are answered one after the other. */
export interface SessionThread {
  /**
   * Asks for something; rejects with the thread's error, or when it has ended.
   *
   * @param taken memory of the message that the thread takes, instead of a copy
   */
  call<T>(message: Unsent, taken?: readonly ArrayBuffer[]): Promise<T>;
  /** A number for a new session. The thread ends when all of them have left. */
  join(): number;
  leave(session: number): Promise<void>;
  readonly ended: boolean;
}

/**
 * ONNX Runtime (from 1.29 on, but for Windows) tells its makers which networks run, and keeps a number of this machine,
 * unless the environment says otherwise before it starts. Its thread has only a copy of the environment.
 */
function keepToOurselves(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
}

function startWorker(): Worker {
  keepToOurselves();
  const worker = new Worker(workerFile());
  worker.unref();
  return worker;
}

/** A worker that was started before it was needed. */
let early: Worker | undefined;

/** Lets the thread of the first session start now, while the program still loads what it needs before that. */
export function startThreadEarly(): void {
  if (early) return;
  const worker = startWorker();
  early = worker;
  // Nobody waits for it yet: the next one tells what is wrong.
  worker.on('error', () => {
    if (early === worker) early = undefined;
  });
}

/**
 * Ends the thread that was started early and that nothing has used. A program that ends while the thread loads ONNX Runtime
 * is aborted by it.
 */
export async function endUnusedThread(): Promise<void> {
  const worker = early;
  if (!worker) return;
  early = undefined;
  worker.ref();
  const ended = once(worker, 'exit').catch(() => undefined);
  worker.postMessage({ id: 0, session: 0, call: 'end' } satisfies WorkerCall);
  await ended;
}

/** Starts a thread. */
export function startThread(): SessionThread {
  const worker = early ?? startWorker();
  early = undefined;
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const sessions = new Set<number>();
  let nextId = 0;
  let nextSession = 0;
  let ended: Error | undefined;
  const fail = (error: Error) => {
    ended ??= error;
    for (const call of waiting.values()) call.reject(ended);
    owed -= waiting.size;
    waiting.clear();
  };
  worker.on('message', ({ id, value, error }: WorkerAnswer) => {
    const call = waiting.get(id);
    waiting.delete(id);
    owed--;
    if (ending && owed === 0) return ending();
    if (error !== undefined) call?.reject(failure(error.message, undefined, error.code));
    else call?.resolve(value);
    if (waiting.size === 0) worker.unref();
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(failure('the session was closed')));
  return {
    call<T>(message: Unsent, taken: readonly ArrayBuffer[] = []): Promise<T> {
      if (ended) return Promise.reject(ended);
      if (ending) return new Promise(() => {});
      const id = ++nextId;
      return new Promise<T>((resolve, reject) => {
        // Throws, and so rejects, where the memory cannot be taken.
        worker.postMessage({ ...message, id }, taken);
        worker.ref();
        owed++;
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      });
    },
    join() {
      sessions.add(nextSession);
      return nextSession++;
    },
    async leave(session) {
      sessions.delete(session);
      if (sessions.size > 0) return;
      ended ??= failure('the session was closed');
      await worker.terminate();
    },
    get ended() {
      return ended !== undefined;
    },
  };
}
