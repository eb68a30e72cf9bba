/**
 * TensorFlow's checkpoints. V2: NAME.index, a table that says where each variable lies in NAME.data-00000-of-00001 and
 * its brothers. V1 (TensorFlow before 0.12): one table that holds the variables themselves. See
 * tensorflow/core/util/tensor_bundle and saved_tensor_slice.proto.
 */
import protobuf from 'protobufjs/light.js';
import { maskedCrc32c } from '../core/crc32c.js';
import { type FnsError, failure } from '../core/errors.js';
import { type FloatDtype, toFloats } from '../core/safetensors.js';
import { shapeText, sizeOf } from '../graph/index.js';
import { readTable } from './leveldb-table.js';
import type { ForeignTensor, ForeignTensors } from './tensor.js';
import { tensorflowSchema } from './tensorflow-schema.js';

const schema = protobuf.Root.fromJSON(tensorflowSchema);

/** TensorFlow's numbers of the floating point types. */
const FLOAT_TYPES: Record<number, { dtype: FloatDtype; size: number }> = {
  1: { dtype: 'F32', size: 4 },
  2: { dtype: 'F64', size: 8 },
  14: { dtype: 'BF16', size: 2 },
  19: { dtype: 'F16', size: 2 },
};

type Complaint = (what: string) => FnsError;

/** A message that has a shape. Fields that are not in the file are undefined. */
interface Shaped {
  shape?: { dim?: { size?: number }[]; unknownRank?: boolean };
}

function decode<T>(type: string, bytes: Uint8Array, bad: Complaint): T {
  try {
    const message = schema.lookupType(type);
    return message.toObject(message.decode(bytes), { longs: Number }) as T;
  } catch {
    throw bad(`a ${type} is damaged`);
  }
}

function shapeOf({ shape }: Shaped, name: string, bad: Complaint): number[] {
  const sizes = (shape?.dim ?? []).map((d) => d.size ?? 0);
  if (shape?.unknownRank || sizes.length > 8 || sizes.some((s) => !Number.isSafeInteger(s) || s < 0)) {
    throw bad(`${name} has no valid shape`);
  }
  return sizes;
}

/** A variable of numbers that no network here needs, such as a count of steps. */
function unreadable(name: string, shape: number[], bad: Complaint): ForeignTensor {
  return {
    shape,
    read: () => {
      throw bad(`${name} ${shapeText(shape)} holds no floating point numbers`);
    },
  };
}

/**
 * The variables of a V2 checkpoint.
 *
 * @param index the content of NAME.index
 * @param shard the content of the n-th of `count` data files, undefined where there is none
 * @param label the name of the checkpoint in errors
 * @throws FnsError when the checkpoint is damaged, compressed or big-endian, or a data file is missing.
 */
export function readCheckpoint(
  index: Uint8Array,
  shard: (n: number, count: number) => Uint8Array | undefined,
  label: string,
): ForeignTensors {
  const bad = (what: string): FnsError => failure(`${label}: not a readable checkpoint: ${what}`);
  const tensors = new Map<string, ForeignTensor>();
  let shards = 1;
  for (const { key, value } of readTable(index, label)) {
    if (key.length === 0) {
      const header = decode<{ numShards?: number; endianness?: number }>('BundleHeader', value, bad);
      if (header.endianness) throw bad('its numbers are big-endian');
      shards = header.numShards ?? 0;
      continue;
    }
    const name = new TextDecoder().decode(key);
    tensors.set(
      name,
      bundleEntry(name, value, (n) => shard(n, shards), bad),
    );
  }
  if (tensors.size === 0) throw bad('it holds no variables');
  return tensors;
}

interface BundleEntry extends Shaped {
  dtype?: number;
  shardId?: number;
  offset?: number;
  size?: number;
  crc32c?: number;
  slices?: unknown[];
}

function bundleEntry(
  name: string,
  value: Uint8Array,
  shard: (n: number) => Uint8Array | undefined,
  bad: Complaint,
): ForeignTensor {
  const entry = decode<BundleEntry>('BundleEntry', value, bad);
  const shape = shapeOf(entry, name, bad);
  const type = FLOAT_TYPES[entry.dtype ?? 0];
  if (!type || entry.slices?.length) return unreadable(name, shape, bad);
  const { shardId = 0, offset = 0, size = 0 } = entry;
  return {
    shape,
    read: () => {
      const file = shard(shardId);
      if (!file) throw bad(`its data file number ${shardId} (NAME.data-...) is missing`);
      if (size !== sizeOf(shape) * type.size || offset < 0 || offset + size > file.length) {
        throw bad(
          `${name} ${shapeText(shape)} ends at byte ${offset + size}, the data file has ${file.length}`,
        );
      }
      const stored = file.subarray(offset, offset + size);
      if (entry.crc32c !== undefined && maskedCrc32c(stored) !== entry.crc32c) {
        throw bad(`the checksum of ${name} does not fit`);
      }
      return toFloats(stored, type.dtype);
    },
  };
}

/**
 * The variables of a V1 checkpoint, a single file.
 *
 * @param label the name of the checkpoint in errors
 * @throws FnsError when it is damaged or compressed.
 */
export function readOldCheckpoint(bytes: Uint8Array, label: string): ForeignTensors {
  const bad = (what: string): FnsError => failure(`${label}: not a readable checkpoint: ${what}`);
  const described = new Map<string, { shape: number[]; type: number }>();
  const stored = new Map<string, Uint8Array>();
  for (const { value } of readTable(bytes, label)) {
    const { meta, data } = decode<{
      meta?: { tensor?: (Shaped & { name?: string; type?: number })[] };
      data?: { name?: string; data?: Uint8Array; slice?: { extent?: { length?: number }[] } };
    }>('SavedTensorSlices', value, bad);
    for (const tensor of meta?.tensor ?? []) {
      const name = tensor.name ?? '';
      described.set(name, { shape: shapeOf(tensor, name, bad), type: tensor.type ?? 0 });
    }
    // An extent without a length is the whole axis.
    const whole = !data?.slice?.extent?.some((extent) => extent.length !== undefined);
    if (data?.name !== undefined && data.data && whole) stored.set(data.name, data.data);
  }
  if (described.size === 0) throw bad('it names no variables (a V2 checkpoint is given by its .index file)');
  const tensors = new Map<string, ForeignTensor>();
  for (const [name, { shape, type }] of described) {
    const message = stored.get(name);
    const known = type === 1 || type === 2;
    tensors.set(
      name,
      message && known ? oldVariable(name, shape, message, bad) : unreadable(name, shape, bad),
    );
  }
  return tensors;
}

function oldVariable(name: string, shape: number[], message: Uint8Array, bad: Complaint): ForeignTensor {
  return {
    shape,
    read: () => {
      const { content, floats, doubles } = decode<{
        content?: Uint8Array;
        floats?: Uint8Array;
        doubles?: Uint8Array;
      }>('TensorData', message, bad);
      const single = floats?.length ? floats : content;
      const double = doubles?.length ? doubles : undefined;
      const count = sizeOf(shape);
      if (double?.length === 8 * count) return toFloats(double, 'F64');
      if (single?.length === 4 * count) return toFloats(single, 'F32');
      throw bad(`${name} ${shapeText(shape)} needs ${count} numbers, which are not there`);
    },
  };
}
