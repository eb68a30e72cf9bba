import { availableParallelism } from 'node:os';
import { failure } from '../core/errors.js';
import type { Device, HostTensor, OpenSession, Session, SessionOptions } from '../runtime/session.js';
import { trialModel } from '../runtime/trial-model.js';
import { hasGpu } from './gpu.js';
import { type SessionThread, startThread } from './session-thread.js';

export { endWhenIdle } from './session-thread.js';

/** The threads that open sessions live in. */
const threads = new WeakMap<Session, SessionThread>();

async function open(model: Uint8Array, { beside, ...options }: SessionOptions = {}): Promise<Session> {
  const neighbour = beside && threads.get(beside);
  const thread = neighbour && !neighbour.ended ? neighbour : startThread();
  const id = thread.join();
  const own = { ...options, threads: options.threads ?? availableParallelism() };
  const setup = { model, device: options.device ?? 'auto', options: own };
  let closed = false;
  const call = <T>(...message: Parameters<SessionThread['call']>): Promise<T> =>
    closed ? Promise.reject(failure('the session was closed')) : thread.call<T>(...message);
  let about: Pick<Session, 'inputNames' | 'outputNames' | 'device'>;
  try {
    about = await call({ call: 'open', session: id, setup });
  } catch (error) {
    await thread.leave(id);
    throw error;
  }
  const session: Session = {
    ...about,
    run(feeds, fetch, { takeFeeds } = {}) {
      const taken = takeFeeds ? Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer) : [];
      return call<Record<string, HostTensor>>({ call: 'run', session: id, feeds, fetch }, taken);
    },
    writeState: (values) => call<void>({ call: 'writeState', session: id, values }),
    readState: () => call<Record<string, HostTensor>>({ call: 'readState', session: id }),
    async close() {
      if (closed) return;
      const done = thread.ended ? undefined : call<void>({ call: 'close', session: id });
      closed = true;
      await done;
      await thread.leave(id);
    },
  };
  threads.set(session, thread);
  return session;
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
export const openSession: OpenSession = Object.assign(open, { deviceFor, threads: availableParallelism() });
