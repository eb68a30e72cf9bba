/**
 * Files of PyTorch's `torch.save` that hold a state_dict: the zip format (PyTorch 1.6 and later) and the pickles in a row of before.
 * See torch/serialization.py. Nothing of the file is executed (`pickle.ts`).
 */
import { type FnsError, failure } from '../core/errors.js';
import { type FloatDtype, toFloats } from '../core/safetensors.js';
import { shapeText, sizeOf } from '../graph/index.js';
import { readPickle } from './pickle.js';
import type { ForeignTensor, ForeignTensors } from './tensor.js';
import { openZip } from './zip.js';

/** The types of storages: those of floating point numbers, and the sizes of the others, whose numbers no network here needs. */
const STORAGE_TYPES: Record<string, { dtype?: FloatDtype; size: number }> = {
  FloatStorage: { dtype: 'F32', size: 4 },
  HalfStorage: { dtype: 'F16', size: 2 },
  BFloat16Storage: { dtype: 'BF16', size: 2 },
  DoubleStorage: { dtype: 'F64', size: 8 },
  LongStorage: { size: 8 },
  IntStorage: { size: 4 },
  ShortStorage: { size: 2 },
  CharStorage: { size: 1 },
  ByteStorage: { size: 1 },
  BoolStorage: { size: 1 },
};

/** Numbers in a row that tensors look into. */
class Storage {
  constructor(
    readonly type: { dtype?: FloatDtype; size: number },
    /** Number of elements. */
    readonly count: number,
    /** All its bytes, `count * type.size` of them. */
    readonly bytes: () => Uint8Array,
  ) {}
}

class TorchTensor implements ForeignTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    readonly bad: (what: string) => FnsError,
  ) {}

  read(): Float32Array {
    const { type, bytes } = this.storage;
    if (!type.dtype) throw this.bad(`a tensor ${shapeText(this.shape)} holds no floating point numbers`);
    const total = sizeOf(this.shape);
    if (total === 0) return new Float32Array(0);
    const span = this.shape.reduce((last, size, axis) => last + (size - 1) * this.strides[axis]!, 1);
    const stored = bytes().subarray(this.offset * type.size, (this.offset + span) * type.size);
    const values = toFloats(stored, type.dtype);
    if (this.isContiguous()) return values;
    const data = new Float32Array(total);
    const index = this.shape.map(() => 0);
    let from = 0;
    for (let to = 0; to < total; to++) {
      data[to] = values[from]!;
      for (let axis = index.length - 1; axis >= 0; axis--) {
        from += this.strides[axis]!;
        if (++index[axis]! < this.shape[axis]!) break;
        from -= this.shape[axis]! * this.strides[axis]!;
        index[axis] = 0;
      }
    }
    return data;
  }

  private isContiguous(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis]! !== 1 && this.strides[axis] !== expected) return false;
      expected *= this.shape[axis]!;
    }
    return true;
  }
}

/** Whether a file is one of `torch.save`, by its first bytes: a zip file, or a pickle of protocol 2 or later. */
export function isTorchFile(bytes: Uint8Array): boolean {
  return isZip(bytes) || (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5);
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * The tensors of a state_dict. A dictionary that holds it under `state_dict`, `model_state_dict` or `model` (a training checkpoint) will do.
 *
 * @param label what to call the file in errors
 * @throws FnsError when the file is damaged, holds no state_dict, or needs a Python object that a state_dict does not (naming it).
 */
export function readTorchFile(bytes: Uint8Array, label: string): ForeignTensors {
  const bad = (what: string): FnsError => failure(`${label}: not a readable file of torch.save: ${what}`);
  const value = isZip(bytes) ? readZipFormat(bytes, label, bad) : readLegacyFormat(bytes, label, bad);
  return tensorsOf(value, bad);
}

type Complaint = (what: string) => FnsError;

function tensorsOf(value: unknown, bad: Complaint, depth = 0): ForeignTensors {
  if (!(value instanceof Map)) throw bad('it holds no state_dict');
  const tensors = new Map<string, ForeignTensor>();
  for (const [name, entry] of value) {
    if (typeof name === 'string' && entry instanceof TorchTensor) tensors.set(name, entry);
  }
  if (tensors.size > 0) return tensors;
  const inner = ['state_dict', 'model_state_dict', 'model']
    .map((key) => value.get(key))
    .find((v) => v instanceof Map);
  if (inner === undefined || depth > 2) throw bad('it holds no tensors by name');
  return tensorsOf(inner, bad, depth + 1);
}

/** What the pickle of a state_dict may use. */
function stateDictGlobals(bad: Complaint): Map<string, unknown> {
  const rebuild = (storage: unknown, offset: unknown, shape: unknown, strides: unknown) =>
    makeTensor(storage, offset, shape, strides, bad);
  const globals = new Map<string, unknown>([
    ['collections.OrderedDict', (items?: unknown) => orderedDict(items, bad)],
    ['torch._utils._rebuild_tensor', rebuild],
    ['torch._utils._rebuild_tensor_v2', rebuild],
    ['torch._utils._rebuild_parameter', (data: unknown) => data],
  ]);
  for (const [name, type] of Object.entries(STORAGE_TYPES)) globals.set(`torch.${name}`, type);
  return globals;
}

function orderedDict(items: unknown, bad: Complaint): Map<unknown, unknown> {
  const pairs = items ?? [];
  if (!Array.isArray(pairs) || pairs.some((pair) => !Array.isArray(pair) || pair.length !== 2))
    throw bad('an ordered dict is made of what are no pairs');
  return new Map(pairs);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 8 && value.every(isCount);
}

/** A tensor, after a check that it lies within its storage and is no larger. */
function makeTensor(
  storage: unknown,
  offset: unknown,
  shape: unknown,
  strides: unknown,
  bad: Complaint,
): TorchTensor {
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
    throw bad('a tensor has no valid storage, offset, shape or strides');
  if (shape.length !== strides.length)
    throw bad(`a tensor ${shapeText(shape)} has ${strides.length} strides`);
  const total = sizeOf(shape);
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  if (total > storage.count || (total > 0 && last >= storage.count)) {
    throw bad(`a tensor ${shapeText(shape)} does not lie within its storage of ${storage.count} numbers`);
  }
  return new TorchTensor(storage, offset, shape, strides, bad);
}

/** What the persistent id of a storage says: `('storage', type, key, place, count, view)`. */
function storageId(id: unknown, bad: Complaint) {
  if (!Array.isArray(id) || id[0] !== 'storage') throw bad('its pickle refers to data that is no storage');
  const [, type, key, , count, view] = id as unknown[];
  const known = Object.values(STORAGE_TYPES).find((t) => t === type);
  if (!known || typeof key !== 'string' || !isCount(count))
    throw bad('a storage has no valid type, key or size');
  return { type: known, key, count, view: view ?? undefined };
}

/** `NAME/data.pkl`, and each storage in `NAME/data/KEY`. */
function readZipFormat(bytes: Uint8Array, label: string, bad: Complaint): unknown {
  const zip = openZip(bytes, label);
  const pickleName = zip.names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) throw bad('the zip file has no data.pkl');
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = zip.names.includes(`${folder}byteorder`) ? zip.read(`${folder}byteorder`)! : undefined;
  if (order && new TextDecoder().decode(order).startsWith('big')) throw bad('its numbers are big-endian');
  return readPickle(zip.read(pickleName)!, 0, {
    label,
    globals: stateDictGlobals(bad),
    persistent: (id) => {
      const { type, key, count } = storageId(id, bad);
      return new Storage(type, count, () => {
        const stored = zip.read(`${folder}data/${key}`);
        if (stored?.length !== count * type.size) {
          throw bad(`storage ${key} needs ${count * type.size} bytes, has ${stored?.length ?? 'none'}`);
        }
        return stored;
      });
    },
  }).value;
}

/** The number that the older files start with. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/** Five pickles (magic number, version, machine, the state_dict, keys of the storages), then each storage: its size as int64, its bytes. */
function readLegacyFormat(bytes: Uint8Array, label: string, bad: Complaint): unknown {
  let position = 0;
  const next = (options: {
    globals: Map<string, unknown>;
    persistent?: (id: unknown) => unknown;
  }): unknown => {
    const { value, end } = readPickle(bytes, position, { label, ...options });
    position = end;
    return value;
  };
  const plain = { globals: new Map<string, unknown>() };
  if (next(plain) !== MAGIC) throw bad('it is a pickle, but none of torch.save');
  next(plain);
  const machine = next(plain);
  if (machine instanceof Map && machine.get('little_endian') === false)
    throw bad('its numbers are big-endian');

  const roots = new Map<string, Storage>();
  const places = new Map<string, number>();
  const value = next({
    globals: stateDictGlobals(bad),
    persistent: (id) => {
      const { type, key, count, view } = storageId(id, bad);
      let root = roots.get(key);
      if (!root) {
        root = new Storage(type, count, () => {
          const at = places.get(key);
          if (at === undefined) throw bad(`storage ${key} is not in the file`);
          return bytes.subarray(at, at + count * type.size);
        });
        roots.set(key, root);
      }
      return view === undefined ? root : viewOf(root, view, bad);
    },
  });

  const keys = next(plain);
  if (!Array.isArray(keys)) throw bad('the list of its storages is missing');
  const sizes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys) {
    const root = typeof key === 'string' ? roots.get(key) : undefined;
    if (!root) throw bad('it lists a storage that no tensor uses');
    if (position + 8 > bytes.length) throw bad('it is cut short');
    const count = Number(sizes.getBigInt64(position, true));
    position += 8;
    const end = position + count * root.type.size;
    if (count !== root.count) throw bad(`storage ${key} has ${count} numbers, ${root.count} were announced`);
    if (end > bytes.length)
      throw bad(`storage ${key} ends at byte ${end}, the file has ${bytes.length} (is it cut short?)`);
    places.set(key, position);
    position = end;
  }
  return value;
}

/** A part of a storage, as old files have it: `(key, offset, count)`. */
function viewOf(root: Storage, view: unknown, bad: Complaint): Storage {
  const [, offset, count] = Array.isArray(view) ? view : [];
  if (!isCount(offset) || !isCount(count) || offset + count > root.count) {
    throw bad('a part of a storage does not lie within it');
  }
  const { size } = root.type;
  return new Storage(root.type, count, () => root.bytes().subarray(offset * size, (offset + count) * size));
}
