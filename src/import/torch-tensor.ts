/** Tensors of PyTorch's state_dicts, and what their pickles are made of. */
import type { FnsError } from '../core/errors.js';
import { type FloatDtype, toFloats } from '../core/safetensors.js';
import { shapeText, sizeOf } from '../graph/index.js';
import type { ForeignTensor } from './tensor.js';

/** Makes the error of a damaged file. */
export type Complaint = (what: string) => FnsError;

/**
 * The types of storages by name. Those without a `dtype` hold no floating point numbers, and no network here needs
 * them.
 */
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
export class Storage {
  constructor(
    readonly type: { dtype?: FloatDtype; size: number },
    /** Number of elements. */
    readonly count: number,
    /** All its bytes, `count * type.size` of them. */
    readonly bytes: () => Uint8Array,
  ) {}
}

/** A tensor of a state_dict: a view of a storage. */
export class TorchTensor implements ForeignTensor {
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

/** The Python objects that the pickle of a state_dict may use. */
export function stateDictGlobals(bad: Complaint): Map<string, unknown> {
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

/** The parts of a storage's persistent id: `('storage', type, key, place, count, view)`. */
export function storageId(id: unknown, bad: Complaint) {
  if (!Array.isArray(id) || id[0] !== 'storage') throw bad('its pickle refers to data that is no storage');
  const [, type, key, , count, view] = id as unknown[];
  const known = Object.values(STORAGE_TYPES).find((t) => t === type);
  if (!known || typeof key !== 'string' || !isCount(count))
    throw bad('a storage has no valid type, key or size');
  return { type: known, key, count, view: view ?? undefined };
}

/** A part of a storage, as old files have it: `(key, offset, count)`. */
export function viewOf(root: Storage, view: unknown, bad: Complaint): Storage {
  const [, offset, count] = Array.isArray(view) ? view : [];
  if (!isCount(offset) || !isCount(count) || offset + count > root.count) {
    throw bad('a part of a storage does not lie within it');
  }
  const { size } = root.type;
  return new Storage(root.type, count, () => root.bytes().subarray(offset * size, (offset + count) * size));
}
