/** ONNX Runtime in a worker: which of its builds a browser runs, and on how many threads. */
import { env } from 'fast-neural-style/browser';
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
 * The name of the build for a browser: with WebGPU the one for JSPI, which is smaller and faster, or for Asyncify; for
 * WebAssembly alone the smallest.
 */
export async function runtimeBuild(device: RuntimeSettings['device']): Promise<string> {
  const gpu = device !== 'cpu' && (await hasWebGpu());
  if (!gpu) return 'ort-wasm-simd-threaded';
  return 'Suspending' in WebAssembly ? 'ort-wasm-simd-threaded.jspi' : 'ort-wasm-simd-threaded.asyncify';
}

/**
 * Loads the build and sets the runtime up; sessions can be opened after it.
 *
 * @param onBytes told of a download, which happens once for each browser
 * @returns the device that sessions have
 */
export async function startRuntime(settings: RuntimeSettings, onBytes?: OnBytes): Promise<'cpu' | 'webgpu'> {
  const build = await runtimeBuild(settings.device);
  env.wasm.wasmBinary = (await keptFile(`${settings.folder}${build}.wasm`, onBytes)).buffer as ArrayBuffer;
  env.wasm.wasmPaths = { mjs: `${settings.folder}${build}.mjs` };
  env.wasm.numThreads = globalThis.crossOriginIsolated ? settings.threads : 1;
  env.logLevel = 'error';
  return build === 'ort-wasm-simd-threaded' ? 'cpu' : 'webgpu';
}

async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as Navigator & { gpu?: { requestAdapter(): Promise<unknown> } };
  return gpu !== undefined && (await gpu.requestAdapter().catch(() => null)) !== null;
}
