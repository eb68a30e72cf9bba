import type { Dataset, File, Group } from 'h5wasm';
import { FnsError, failure } from '../../core/errors.js';
import type { FloatTensor } from '../../core/safetensors.js';

/** Which layers `convertKerasVgg` takes. */
export interface KerasOptions {
  /** Also fc6, fc7 and fc8, when the file has them: 494 MB more of float32. Default true. */
  classifier?: boolean;
}

/**
 * Reads the VGG16 or VGG19 weights that Keras publishes as HDF5 (a path, or the file's bytes) and names and lays
 * them out as this project does:
 *
 * | Keras | here |
 * |---|---|
 * | `block1_conv1` kernel [h, w, in, out], input BGR | `conv1_1.weight` [out, in, h, w], input RGB |
 * | `fc1` kernel [49 C, out], rows in the order height, width, channel | `fc6.weight` [out, C, 7, 7] |
 * | `fc2`, `predictions` kernels [in, out] | `fc7.weight`, `fc8.weight` [out, in, 1, 1] |
 * | biases [out] | `conv1_1.bias` ... [out] |
 *
 * Both generations of names are known: `block1_conv1/block1_conv1_W_1:0` and `block1_conv1/.../kernel:0`, also below
 * `/model_weights`. The result is in the order of the layers. Throws FnsError when the file is not HDF5,
 * is damaged or holds no VGG layers. `name` stands at the start of error messages.
 */
export async function convertKerasVgg(
  source: string | Uint8Array,
  { classifier = true }: KerasOptions = {},
  name = typeof source === 'string' ? source : 'Keras weights',
): Promise<Map<string, FloatTensor>> {
  const tensors = await withFile(source, name, (file) => {
    const found = new Map<string, FloatTensor>();
    for (const [path, dataset] of findDatasets(file)) {
      const target = targetOf(path);
      if (target === undefined || (!classifier && target.layer.startsWith('fc'))) continue;
      const key = `${target.layer}.${target.kind}`;
      if (found.has(key)) throw failure(`${name}: two data sets are ${key}, the second at ${path}`);
      found.set(key, convert(target, readFloats(dataset, path, name), path, name));
    }
    return found;
  });
  if (!tensors.has('conv1_1.weight')) {
    throw failure(`${name}: these are no Keras VGG weights, there is no kernel of block1_conv1`);
  }
  // Ordered as 'conv1_1.bias', 'conv1_1.weight', ..., 'fc8.weight'.
  return new Map([...tensors].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Target {
  /** `conv1_1` ... `conv5_4`, `fc6`, `fc7`, `fc8`. */
  layer: string;
  kind: 'weight' | 'bias';
}

const fullyConnected: Record<string, string> = { fc1: 'fc6', fc2: 'fc7', predictions: 'fc8' };

/** Which of our tensors the data set at `path` is, or undefined for what is no weight of VGG. */
function targetOf(path: string): Target | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  // A model saved whole carries the optimizer's moments under the layers' names as well.
  if (parts[0] === 'optimizer_weights') return undefined;
  const kind = /(^|_)(kernel|W)(_\d+)?(:0)?$/.test(parts.at(-1)!)
    ? 'weight'
    : /(^|_)(bias|b)(_\d+)?(:0)?$/.test(parts.at(-1)!)
      ? 'bias'
      : undefined;
  if (kind === undefined) return undefined;
  for (const part of parts.slice(0, -1)) {
    const convolution = /^block([1-5])_conv([1-4])$/.exec(part);
    if (convolution) return { layer: `conv${convolution[1]}_${convolution[2]}`, kind };
    if (Object.hasOwn(fullyConnected, part)) return { layer: fullyConnected[part]!, kind };
  }
  return undefined;
}

function convert({ layer, kind }: Target, tensor: FloatTensor, path: string, name: string): FloatTensor {
  const { shape, data } = tensor;
  const unfit = (wanted: string) =>
    failure(`${name}: ${path} has the shape [${shape.join(', ')}], ${layer}.${kind} needs ${wanted}`);
  if (kind === 'bias') {
    if (shape.length !== 1) throw unfit('one dimension');
    return tensor;
  }
  if (layer.startsWith('conv')) {
    if (shape.length !== 4) throw unfit('[height, width, in, out]');
    if (layer === 'conv1_1' && shape[2] !== 3) throw unfit('3 input channels');
    return toOihw(shape as [number, number, number, number], data, layer === 'conv1_1');
  }
  if (shape.length !== 2) throw unfit('[in, out]');
  const [inputs, outputs] = shape as [number, number];
  // Keras flattens the last pooled features [7, 7, C] before fc1.
  const side = layer === 'fc6' ? 7 : 1;
  if (inputs % (side * side) !== 0) throw unfit(`a multiple of ${side * side} inputs`);
  return toOihw([side, side, inputs / (side * side), outputs], data, false);
}

/** Kernel [H, W, I, O] to [O, I, H, W]; `reversed` also turns the order of the input channels around. */
function toOihw(
  [height, width, inputs, outputs]: [number, number, number, number],
  data: Float32Array,
  reversed: boolean,
): FloatTensor {
  const turned = new Float32Array(data.length);
  const taps = height * width;
  for (let tap = 0; tap < taps; tap++) {
    for (let input = 0; input < inputs; input++) {
      const from = (tap * inputs + (reversed ? inputs - 1 - input : input)) * outputs;
      const to = input * taps + tap;
      for (let output = 0; output < outputs; output++) {
        turned[output * inputs * taps + to] = data[from + output]!;
      }
    }
  }
  return { shape: [outputs, inputs, height, width], data: turned };
}

function readFloats(dataset: Dataset, path: string, name: string): FloatTensor {
  const { value, shape } = dataset;
  if (value instanceof Float32Array) return { shape: shape ?? [], data: value };
  if (value instanceof Float64Array) return { shape: shape ?? [], data: Float32Array.from(value) };
  throw failure(`${name}: ${path} does not hold floating point numbers`);
}

/** All data sets below `group` with their paths. */
function* findDatasets(group: Group): Generator<[string, Dataset]> {
  for (const key of group.keys()) {
    const entity = group.get(key);
    if (entity === null || !('type' in entity)) continue;
    if (entity.type === 'Group') yield* findDatasets(entity as Group);
    else if (entity.type === 'Dataset') yield [(entity as Dataset).path, entity as Dataset];
  }
}

/** Opens the file, lets `use` read it and closes it. h5wasm (4 MB) is loaded only now. */
async function withFile<T>(source: string | Uint8Array, name: string, use: (file: File) => T): Promise<T> {
  // A path goes to the build that reads from the disk; the other one copies all bytes into its memory first.
  const library = typeof source === 'string' ? await import('h5wasm/node') : await import('h5wasm');
  const module = await library.ready;
  // Otherwise HDF5 prints pages of its own diagnostics.
  module.activate_throwing_error_handler();
  const path = typeof source === 'string' ? source : '/weights.h5';
  if (typeof source !== 'string') module.FS.writeFile(path, source);
  let file: File | undefined;
  try {
    file = new library.File(path, 'r');
    return use(file);
  } catch (error) {
    if (error instanceof FnsError) throw error;
    throw failure(`${name}: not a readable HDF5 file (is it cut short?)`, error);
  } finally {
    file?.close();
    if (typeof source !== 'string') module.FS.unlink(path);
  }
}
