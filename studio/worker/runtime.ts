/** ONNX Runtime in a worker: which of its builds a browser runs, and on how many threads. */
import { env, openSession } from 'fast-neural-style/browser';
import { keptFile, type OnBytes } from './kept-files.js';

/** What a worker's ONNX Runtime is to be. */
export interface RuntimeSettings {
  /** The folder of its files, with a slash at the end. */
  folder: string;
  /** Where pictures are computed; `auto` is WebGPU where there is one. */
  device: 'auto' | 'cpu' | 'webgpu';
  /** Threads of WebAssembly; without shared memory it is one. */
  threads: number;
}

/**
 * The build for a device: with WebGPU the one for JSPI, which is smaller and faster, or for Asyncify; for WebAssembly
 * alone the smallest.
 */
function buildFor(device: 'cpu' | 'webgpu'): string {
  if (device === 'cpu') return 'ort-wasm-simd-threaded';
  return 'Suspending' in WebAssembly ? 'ort-wasm-simd-threaded.jspi' : 'ort-wasm-simd-threaded.asyncify';
}

/**
 * Loads the build and sets the runtime up; sessions can be opened after it.
 *
 * @param onBytes told of a download, which happens once for each browser
 * @returns the device that sessions have
 * @throws FnsError when WebGPU was asked for and the browser has none.
 */
export async function startRuntime(settings: RuntimeSettings, onBytes?: OnBytes): Promise<'cpu' | 'webgpu'> {
  const device = (await openSession.deviceFor(settings.device)) as 'cpu' | 'webgpu';
  const build = buildFor(device);
  env.wasm.wasmBinary = (await keptFile(`${settings.folder}${build}.wasm`, onBytes)).buffer as ArrayBuffer;
  env.wasm.wasmPaths = { mjs: `${settings.folder}${build}.mjs` };
  env.wasm.numThreads = globalThis.crossOriginIsolated ? settings.threads : 1;
  env.logLevel = 'error';
  return device;
}
