import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import { failure, usage } from '../core/errors.js';
import type { DType } from '../graph/index.js';

/** Where a graph runs. `auto` takes a GPU when there is a usable one, and the CPU otherwise. */
export type Device = 'auto' | 'cpu' | 'webgpu' | 'cuda';

/** The devices, for checking what a user typed. */
export const DEVICES: readonly Device[] = ['auto', 'cpu', 'webgpu', 'cuda'];

/** A tensor in the memory of the program. Half floats are given as their 16 bits. */
export interface HostTensor {
  dtype: 'float32' | 'float16' | 'int64' | 'uint8';
  shape: readonly number[];
  data: Float32Array | Uint16Array | BigInt64Array | Uint8Array;
}

/** Options of a session. */
export interface SessionOptions {
  /** `auto` by default. */
  device?: Device;
  /** CPU threads; the number of cores by default. */
  threads?: number;
  /**
   * Values that stay on the device between runs: after each run the output (key) is fed to the input (value) of the
   * next. They are set by `writeState` before the first run.
   */
  state?: Readonly<Record<string, string>>;
  /**
   * A session whose thread it shares, where sessions have threads: it opens sooner, but they run one after the other.
   */
  beside?: Session;
  /** Refuse to run any operator of a GPU session on the CPU (for tests). */
  strict?: boolean;
}

/** Options of a run. */
export interface RunOptions {
  /** The feeds are not needed any more: their memory may be taken instead of copied. Each has a buffer of its own. */
  takeFeeds?: boolean;
}

/** A loaded graph, ready to run. Runs of one session follow each other. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The device in use. */
  readonly device: Exclude<Device, 'auto'>;
  /** Runs the graph once. Returns the outputs named in `fetch`, by default all but the state. */
  run(
    feeds: Readonly<Record<string, HostTensor>>,
    fetch?: readonly string[],
    options?: RunOptions,
  ): Promise<Record<string, HostTensor>>;
  /** Sets state, by input name. */
  writeState(values: Readonly<Record<string, HostTensor>>): Promise<void>;
  /** The present state, by input name. */
  readState(): Promise<Record<string, HostTensor>>;
  /** Frees the memory of the session. */
  close(): Promise<void>;
}

/** Opens a session: `openSession` of runtime/node or of runtime/web. */
export interface OpenSession {
  /**
   * @param model the bytes of an ONNX file
   * @throws FnsError when the device is missing or the model cannot be loaded.
   */
  (model: Uint8Array, options?: SessionOptions): Promise<Session>;
  /** The device that a session will have, before there is one: graphs for a GPU are built another way (`Graph.gpu`). */
  deviceFor(device?: Device): Promise<Exclude<Device, 'auto'>>;
  /**
   * The threads of a session where none are asked for. Absent where sessions run one after the other, whatever they are
   * opened beside.
   */
  readonly threads?: number;
}

/** Tells whether a session of these options will run on a GPU. */
export async function willUseGpu(openSession: OpenSession, options: SessionOptions = {}): Promise<boolean> {
  return (await openSession.deviceFor(options.device)) !== 'cpu';
}

/** The part of an ONNX Runtime package that is used here: `onnxruntime-node` and `onnxruntime-web` both have it. */
export interface OnnxRuntime {
  InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  Tensor: typeof OrtTensor;
}

/**
 * Copies tensors from the GPU, by a model of Identity nodes: a tensor's own `getData` is not implemented in
 * onnxruntime-node 1.30, where it ends the whole process.
 */
async function download(
  ort: OnnxRuntime,
  providers: InferenceSession.ExecutionProviderConfig[],
  tensors: ReadonlyMap<string, OrtTensor>,
): Promise<Record<string, OrtTensor>> {
  // Loaded when it is needed: a thread that only runs models starts sooner without it.
  const { Graph, toModel } = await import('../graph/index.js');
  const graph = new Graph();
  const copy = (name: string) => `copy/${name}`;
  for (const [name, { dims, type }] of tensors) {
    graph.output(copy(name), graph.input(name, dims, type as DType));
  }
  const copier = await ort.InferenceSession.create(toModel(graph), {
    executionProviders: providers,
    logSeverityLevel: 3,
  });
  try {
    const results = await copier.run(Object.fromEntries(tensors));
    return Object.fromEntries([...tensors.keys()].map((name) => [name, results[copy(name)]!]));
  } finally {
    await copier.release();
  }
}

/**
 * Opens a session on one runtime package and one device.
 *
 * @throws FnsError when the device is missing or the model cannot be loaded.
 */
export async function openSessionOn(
  ort: OnnxRuntime,
  model: Uint8Array,
  device: Exclude<Device, 'auto'>,
  providers: InferenceSession.ExecutionProviderConfig[],
  options: SessionOptions,
): Promise<Session> {
  const state = options.state ?? {};
  const onGpu = device === 'webgpu';
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: providers,
    graphOptimizationLevel: 'all',
    // One block planned ahead for all of a run's tensors was larger than what PyTorch takes for a training step,
    // and its first runs slower; without it the arena reuses memory as it goes, at the same speed.
    enableMemPattern: false,
    // Errors reach the caller as exceptions.
    logSeverityLevel: 4,
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    ...(onGpu && Object.keys(state).length > 0
      ? {
          preferredOutputLocation: Object.fromEntries(Object.keys(state).map((name) => [name, 'gpu-buffer'])),
        }
      : {}),
    ...(options.strict ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
  };
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(model, sessionOptions);
  } catch (error) {
    throw openError(device, error);
  }
  const held = new Map<string, OrtTensor>();
  const replace = (input: string, tensor: OrtTensor) => {
    const old = held.get(input);
    if (old && old !== tensor && old.location === 'gpu-buffer') old.dispose();
    held.set(input, tensor);
  };
  const fromHost = (t: HostTensor) => new ort.Tensor(t.dtype, t.data as Float32Array, t.shape);
  const toHost = async (tensors: ReadonlyMap<string, OrtTensor>): Promise<Record<string, HostTensor>> => {
    const onDevice = new Map([...tensors].filter(([, t]) => t.location === 'gpu-buffer'));
    const copies = onDevice.size > 0 ? await download(ort, providers, onDevice) : {};
    const host: Record<string, HostTensor> = {};
    for (const [name, tensor] of tensors) {
      const { data } = copies[name] ?? tensor;
      host[name] = {
        dtype: tensor.type as HostTensor['dtype'],
        shape: tensor.dims,
        data: data as HostTensor['data'],
      };
    }
    return host;
  };

  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    device,
    async run(feeds, fetch) {
      const wanted = fetch ?? session.outputNames.filter((name) => !(name in state));
      const all: Record<string, OrtTensor> = Object.fromEntries(held);
      for (const [name, tensor] of Object.entries(feeds)) all[name] = fromHost(tensor);
      let results: InferenceSession.OnnxValueMapType;
      try {
        results = await session.run(all, [...new Set([...wanted, ...Object.keys(state)])]);
      } catch (error) {
        throw isOutOfMemory(error) ? outOfMemory(error) : error;
      }
      const host = await toHost(new Map(wanted.map((name) => [name, results[name]!])));
      for (const [output, input] of Object.entries(state)) replace(input, results[output]!);
      return host;
    },
    async writeState(values) {
      for (const [name, tensor] of Object.entries(values)) replace(name, fromHost(tensor));
    },
    readState: () => toHost(held),
    async close() {
      for (const tensor of held.values()) if (tensor.location === 'gpu-buffer') tensor.dispose();
      held.clear();
      await session.release();
    },
  };
}

/** What ONNX Runtime, WebAssembly, WebGPU and JavaScript say when memory ends. */
function isOutOfMemory(error: unknown): boolean {
  return /failed to allocate memory|bad_alloc|out of memory|allocation failed|exceeds the max buffer size/i.test(
    error instanceof Error ? error.message : String(error),
  );
}

function outOfMemory(error: unknown): Error {
  return failure('there is not enough memory', error, 'out-of-memory');
}

const MISSING: Record<string, string> = {
  webgpu:
    'no WebGPU device: it needs a GPU with a Vulkan, Metal or Direct3D 12 driver (in a browser: one with WebGPU switched on)',
  cuda: 'no CUDA device: it needs an NVIDIA GPU and ONNX Runtime’s CUDA libraries (`ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install`)',
};

function openError(device: string, error: unknown): Error {
  if (isOutOfMemory(error)) return outOfMemory(error);
  const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  const aboutModel =
    /protobuf|ModelProto|opset|INVALID_GRAPH|INVALID_PROTOBUF|Load model|fallback|Type Error|Node \(/i.test(
      reason,
    );
  // What follows the place in ONNX Runtime's sources is the readable part.
  const short = reason.replace(/^.*was false\. /, '').replace(/^\/\S+ /, '');
  if (device in MISSING && !aboutModel) return failure(`${MISSING[device]} (${short})`, error, 'no-device');
  return failure(`the model cannot be loaded: ${reason}`, error);
}

/**
 * Checks a device name.
 *
 * @throws FnsError (usage) when it is none.
 */
export function parseDevice(text: string): Device {
  if ((DEVICES as readonly string[]).includes(text)) return text as Device;
  throw usage(`unknown device '${text}': one of ${DEVICES.join(', ')} is needed`);
}
