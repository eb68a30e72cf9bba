/** The worker thread of sessions in Node. */
import { parentPort, type TransferListItem } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-common';
import * as ort from 'onnxruntime-node';
import { type ErrorCode, FnsError } from '../core/errors.js';
import {
  type Device,
  type HostTensor,
  openSessionOn,
  type Session,
  type SessionOptions,
} from '../runtime/session.js';
import { hasGpu } from './gpu.js';

/** What a session is opened with. */
export interface WorkerSetup {
  model: Uint8Array;
  device: Device;
  options: SessionOptions;
}

/** A call from the main thread, to one of the sessions; `end` is for a thread that has none. */
export type WorkerCall = { id: number; session: number } & (
  | { call: 'open'; setup: WorkerSetup }
  | { call: 'run'; feeds: Record<string, HostTensor>; fetch?: readonly string[] }
  | { call: 'writeState'; values: Record<string, HostTensor> }
  | { call: 'readState' }
  | { call: 'close' }
  | { call: 'end' }
);

/** The answer to a call: a value, or an error's text and code. */
export type WorkerAnswer = { id: number; value?: unknown; error?: { message: string; code?: ErrorCode } };

function providersOf(device: Exclude<Device, 'auto'>): InferenceSession.ExecutionProviderConfig[] {
  // With the default NHWC layout some inserted Transpose nodes land on the CPU.
  if (device === 'webgpu')
    return [{ name: 'webgpu', preferredLayout: 'NCHW' } as InferenceSession.ExecutionProviderConfig];
  return [device];
}

// From Node 23 on ONNX Runtime makes a Float16Array of the half floats that it is given, and then takes it for empty (1.30).
// It looks for the type when it makes its first tensor; without it half floats stay the Uint16Array that they are.
Reflect.deleteProperty(globalThis, 'Float16Array');

// Failures reach the caller as errors; ONNX Runtime would print them as well.
ort.env.logLevel = 'fatal';

async function open({ model, device, options }: WorkerSetup): Promise<Session> {
  const runtime = ort as unknown as Parameters<typeof openSessionOn>[0];
  if (device !== 'auto') return openSessionOn(runtime, model, device, providersOf(device), options);
  if (hasGpu()) {
    try {
      return await openSessionOn(runtime, model, 'webgpu', providersOf('webgpu'), options);
    } catch {
      // No usable driver: the CPU always works.
    }
  }
  return openSessionOn(runtime, model, 'cpu', providersOf('cpu'), options);
}

function buffersOf(values: Record<string, HostTensor>): TransferListItem[] {
  return Object.values(values).map((t) => t.data.buffer as ArrayBuffer);
}

/** Copies what ONNX Runtime still owns: only a buffer of our own may be transferred to another thread. */
function owned(values: Record<string, HostTensor>): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, t]) => [name, { ...t, shape: [...t.shape], data: t.data.slice() }]),
  );
}

/** Only plain data reaches the other thread. */
function errorAnswer(error: unknown): NonNullable<WorkerAnswer['error']> {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof FnsError && error.code ? { message, code: error.code } : { message };
}

const port = parentPort!;
const sessions = new Map<number, Session>();

let queue: Promise<unknown> = Promise.resolve();
port.on('message', (message: WorkerCall) => {
  if (message.call === 'end') return port.close();
  queue = queue.then(() => answer(message));
});

async function answer(message: Exclude<WorkerCall, { call: 'end' }>): Promise<void> {
  const { id } = message;
  try {
    if (message.call === 'run' || message.call === 'readState') {
      const session = sessions.get(message.session)!;
      const values = owned(
        message.call === 'run' ? await session.run(message.feeds, message.fetch) : await session.readState(),
      );
      port.postMessage({ id, value: values }, buffersOf(values));
    } else port.postMessage({ id, value: await change(message) });
  } catch (error) {
    port.postMessage({ id, error: errorAnswer(error) });
  }
}

/** Opens, closes or sets a session. */
async function change(message: Exclude<WorkerCall, { call: 'run' | 'readState' | 'end' }>): Promise<unknown> {
  if (message.call === 'open') {
    const session = await open(message.setup);
    sessions.set(message.session, session);
    const { inputNames, outputNames, device } = session;
    return { inputNames: [...inputNames], outputNames: [...outputNames], device };
  }
  const session = sessions.get(message.session)!;
  if (message.call === 'writeState') return session.writeState(message.values);
  sessions.delete(message.session);
  return session.close();
}
