/** The worker thread of a session in Node: ONNX Runtime's `run` blocks its thread, so it must not be the main one. */
import { parentPort, type TransferListItem, workerData } from 'node:worker_threads';
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

/** The start of a worker. */
export interface WorkerSetup {
  model: Uint8Array;
  device: Device;
  options: SessionOptions;
}

/** A call from the main thread. */
export type WorkerCall = { id: number } & (
  | { call: 'run'; feeds: Record<string, HostTensor>; fetch?: readonly string[] }
  | { call: 'writeState'; values: Record<string, HostTensor> }
  | { call: 'readState' }
  | { call: 'close' }
);

/** The answer to a call: a value, or an error's text and code. */
export type WorkerAnswer = { id: number; value?: unknown; error?: { message: string; code?: ErrorCode } };

function providersOf(device: Exclude<Device, 'auto'>): InferenceSession.ExecutionProviderConfig[] {
  // With the default NHWC layout some inserted Transpose nodes land on the CPU.
  if (device === 'webgpu')
    return [{ name: 'webgpu', preferredLayout: 'NCHW' } as InferenceSession.ExecutionProviderConfig];
  return [device];
}

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
const setup = workerData as WorkerSetup;
const opening = open(setup).finally(() => {
  // Node keeps workerData as long as the thread lives; the session has a copy of its own.
  setup.model = new Uint8Array();
});
opening.then(
  (session) =>
    port.postMessage({
      id: 0,
      value: {
        inputNames: [...session.inputNames],
        outputNames: [...session.outputNames],
        device: session.device,
      },
    }),
  (error: unknown) => port.postMessage({ id: 0, error: errorAnswer(error) }),
);

let queue: Promise<unknown> = opening.catch(() => undefined);
port.on('message', (message: WorkerCall) => {
  queue = queue.then(() => answer(message));
});

async function answer(message: WorkerCall): Promise<void> {
  const session = await opening;
  try {
    if (message.call === 'run' || message.call === 'readState') {
      const values = owned(
        message.call === 'run' ? await session.run(message.feeds, message.fetch) : await session.readState(),
      );
      port.postMessage({ id: message.id, value: values }, buffersOf(values));
      return;
    }
    if (message.call === 'writeState') await session.writeState(message.values);
    else await session.close();
    port.postMessage({ id: message.id });
  } catch (error) {
    port.postMessage({ id: message.id, error: errorAnswer(error) });
  }
}
