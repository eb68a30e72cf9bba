import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { failure } from '../core/errors.js';
import { Graph, toModel } from '../graph/index.js';
import type { Device, HostTensor, OpenSession, Session, SessionOptions } from '../runtime/session.js';
import { hasGpu } from './gpu.js';
import type { WorkerAnswer, WorkerCall, WorkerSetup } from './session-worker.js';

/** The compiled worker. Run from the sources (as tests do) it is taken from the last build. */
function workerFile(): URL {
  const here = import.meta.url;
  return here.endsWith('.ts')
    ? new URL('../../dist/node/session-worker.js', here)
    : new URL('./session-worker.js', here);
}

/** Answers that sessions owe, over all of them, and what to do once none is owed. */
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

type Call = WorkerCall extends infer C ? (C extends { id: number } ? Omit<C, 'id'> : never) : never;

async function open(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const threads = options.threads ?? availableParallelism();
  const setup: WorkerSetup = { model, device: options.device ?? 'auto', options: { ...options, threads } };
  const worker = new Worker(workerFile(), { workerData: setup });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 0;
  let ended: Error | undefined;
  const fail = (error: Error) => {
    ended = error;
    for (const call of waiting.values()) call.reject(error);
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

  const expect = <T>(id: number) =>
    new Promise<T>((resolve, reject) => {
      worker.ref();
      owed++;
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  const call = <T>(message: Call): Promise<T> => {
    if (ended) return Promise.reject(ended);
    if (ending) return new Promise(() => {});
    const id = ++nextId;
    const result = expect<T>(id);
    worker.postMessage({ ...message, id });
    return result;
  };

  let about: Pick<Session, 'inputNames' | 'outputNames' | 'device'>;
  try {
    about = await expect(0);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    ...about,
    run: (feeds, fetch) => call<Record<string, HostTensor>>({ call: 'run', feeds, fetch }),
    writeState: (values) => call<void>({ call: 'writeState', values }),
    readState: () => call<Record<string, HostTensor>>({ call: 'readState' }),
    async close() {
      if (ended) return;
      await call<void>({ call: 'close' });
      await worker.terminate();
    },
  };
}

/** A model of next to nothing, to try a device with. */
function trialModel(): Uint8Array {
  const graph = new Graph();
  graph.output('y', graph.input('x', [1]));
  return toModel(graph);
}

/** The device that `auto` comes to on this machine, once it was looked for. */
let found: Promise<Session['device']> | undefined;

async function deviceFor(device: Device = 'auto'): Promise<Session['device']> {
  if (device !== 'auto') return device;
  if (!hasGpu()) return 'cpu';
  found ??= open(trialModel()).then(async (session) => {
    await session.close();
    return session.device;
  });
  return found;
}

/**
 * Opens a session on `onnxruntime-node`, in a worker thread of its own, so that the calling thread stays free.
 *
 * @throws FnsError when the device is missing or the model cannot be loaded.
 */
export const openSession: OpenSession = Object.assign(open, { deviceFor });
