import * as ort from 'onnxruntime-web/webgpu';
import { failure } from '../core/errors.js';
import {
  type Device,
  type OnnxRuntime,
  type OpenSession,
  openSessionOn,
  type Session,
  type SessionOptions,
} from './session.js';

/**
 * ONNX Runtime's settings in the browser: `env.wasm.wasmPaths` says where its WebAssembly files are,
 * `env.wasm.numThreads` how many threads.
 */
export const env = ort.env;

/** Only one session of the WebAssembly build may run or be made at a time, so all calls of all sessions queue here. */
let queue: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = queue.then(work).finally(nextTask);
  queue = result.catch(() => undefined);
  return result;
}

/**
 * Lets the page's own tasks run: clicks, timers, drawing. On the page's thread WebAssembly resolves its promises at
 * once, and a training that only awaits those would never let another task begin. A message waits its turn among them;
 * `setTimeout` would be held back in a hidden tab, and `scheduler.yield` goes ahead of timers.
 */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Tells whether the browser has a WebGPU adapter. */
async function hasWebGpu(): Promise<boolean> {
  const gpu = (globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined)?.gpu;
  return gpu !== undefined && (await gpu.requestAdapter().catch(() => null)) !== null;
}

async function open(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const device = await chooseDevice(options.device);
  if (options.threads !== undefined) env.wasm.numThreads = options.threads;
  const provider = device === 'cpu' ? 'wasm' : { name: 'webgpu', preferredLayout: 'NCHW' as const };
  const session = await inTurn(() =>
    // The thread count belongs to the whole runtime here, not to the session.
    openSessionOn(ort as unknown as OnnxRuntime, model, device, [provider], {
      ...options,
      threads: undefined,
    }),
  );
  return {
    ...session,
    run: (feeds, fetch) => inTurn(() => session.run(feeds, fetch)),
    writeState: (values) => inTurn(() => session.writeState(values)),
    readState: () => inTurn(() => session.readState()),
    close: () => inTurn(() => session.close()),
  };
}

async function chooseDevice(device: Device = 'auto'): Promise<'cpu' | 'webgpu'> {
  if (device === 'cuda') throw failure('CUDA is not available in a browser: use webgpu or cpu');
  if (device === 'cpu') return 'cpu';
  const gpu = await hasWebGpu();
  if (device === 'webgpu' && !gpu) {
    throw failure('this browser has no WebGPU adapter: switch WebGPU on or use the device cpu');
  }
  return gpu ? 'webgpu' : 'cpu';
}

/**
 * Opens a session on `onnxruntime-web`: device `webgpu`, or `cpu` (WebAssembly). `auto` takes WebGPU where the browser
 * has it.
 *
 * @throws FnsError when the device is missing or the model cannot be loaded.
 */
export const openSession: OpenSession = Object.assign(open, { deviceFor: chooseDevice });
