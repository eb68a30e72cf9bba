/**
 * Files of PyTorch's `torch.save` that hold a state_dict: the zip format (PyTorch 1.6 and later) and the pickles in a
 * row of before. See torch/serialization.py. Nothing of the file is executed (`pickle.ts`).
 */
import { type FnsError, failure } from '../core/errors.js';
import { readPickle } from './pickle.js';
import type { ForeignTensor, ForeignTensors } from './tensor.js';
import { type Complaint, Storage, stateDictGlobals, storageId, TorchTensor, viewOf } from './torch-tensor.js';
import { openZip } from './zip.js';

/** Tells a file of `torch.save` by its first bytes: a zip file, or a pickle of protocol 2 or later. */
export function isTorchFile(bytes: Uint8Array): boolean {
  return isZip(bytes) || (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5);
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * Reads the tensors of a state_dict. A dictionary that holds it under `state_dict`, `model_state_dict` or `model` (a
 * training checkpoint) will do.
 *
 * @param label the name of the file in errors
 * @throws FnsError when the file is damaged, holds no state_dict, or needs a Python object that a state_dict does not
 * (naming it).
 */
export function readTorchFile(bytes: Uint8Array, label: string): ForeignTensors {
  const bad = (what: string): FnsError => failure(`${label}: not a readable file of torch.save: ${what}`);
  const value = isZip(bytes) ? readZipFormat(bytes, label, bad) : readLegacyFormat(bytes, label, bad);
  return tensorsOf(value, bad);
}

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

/**
 * Five pickles (magic number, version, machine, the state_dict, keys of the storages), then each storage: its size as
 * int64, its bytes.
 */
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
