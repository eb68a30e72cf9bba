/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes little-endian header length, a JSON
 * header `{ name: { dtype, shape, data_offsets: [begin, end] }, __metadata__: { key: text } }`, then the data.
 */
import { type FnsError, failure } from './errors.js';
import { floatsToHalves, halvesToFloats } from './half.js';
import type { FloatTensor } from './tensor.js';

export type { FloatTensor } from './tensor.js';

/** The content of a safetensors file. `metadata` is the file's own free text by key. */
export interface Safetensors {
  tensors: Map<string, FloatTensor>;
  metadata: Record<string, string>;
}

/** Bytes of one number, by the format's names of the types. */
const bytesPerElement = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const;

/** The floating point types by the format's names. */
export type FloatDtype = keyof typeof bytesPerElement;

/**
 * Reads every tensor of a safetensors file, converted to float32.
 * Accepts F32, F16, BF16 and F64. `name` stands at the start of error messages (usually the file's path).
 * Throws FnsError when the header is damaged, lies outside the file, overlaps or contradicts itself.
 */
export function readSafetensors(bytes: Uint8Array, name = 'safetensors data'): Safetensors {
  const bad = (what: string): FnsError => failure(`${name}: not a readable safetensors file: ${what}`);
  if (bytes.byteLength < 8)
    throw bad(`${bytes.byteLength} bytes, shorter than the 8 bytes of the header length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const start = 8 + headerLength;
  if (headerLength < 2 || start > bytes.byteLength) {
    throw bad(`the header should be ${headerLength} bytes long, the file has ${bytes.byteLength}`);
  }
  const header = parseHeader(bytes.subarray(8, start), bad);

  const tensors = new Map<string, FloatTensor>();
  let metadata: Record<string, string> = {};
  const spans: (Entry & { key: string })[] = [];
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') {
      if (!isTextRecord(entry)) throw bad('__metadata__ is not an object of texts');
      metadata = entry;
      continue;
    }
    const span = { key, ...checkEntry(key, entry, bad) };
    if (start + span.end > bytes.byteLength) {
      throw bad(
        `tensor ${key} ends at byte ${start + span.end}, the file has ${bytes.byteLength} (is it cut short?)`,
      );
    }
    spans.push(span);
  }

  checkOverlap(spans, bad);
  for (const { key, dtype, shape, begin, end } of spans) {
    tensors.set(key, { shape, data: toFloats(bytes.subarray(start + begin, start + end), dtype) });
  }
  return { tensors, metadata };
}

/** Before anything is read: overlapping tensors could ask for far more memory than the file has bytes. */
function checkOverlap(tensors: readonly (Entry & { key: string })[], bad: Complaint): void {
  // An empty tensor may start where its neighbour starts, so it must come first.
  const spans = tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  for (let i = 1; i < spans.length; i++) {
    if (spans[i]!.begin < spans[i - 1]!.end) {
      throw bad(`tensors ${spans[i - 1]!.key} and ${spans[i]!.key} overlap`);
    }
  }
}

/** How `writeSafetensors` stores numbers. */
export interface WriteSafetensorsOptions {
  /** Round to 16-bit floats: half the size, about 3 significant digits. Default false: exact float32. */
  half?: boolean;
}

/**
 * The bytes of a safetensors file with `tensors` in their order of insertion.
 * Throws when a tensor's shape and its number of elements disagree.
 */
export function writeSafetensors(
  tensors: Map<string, FloatTensor>,
  metadata: Record<string, string> = {},
  { half = false }: WriteSafetensorsOptions = {},
): Uint8Array {
  const dtype: FloatDtype = half ? 'F16' : 'F32';
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [key, { shape, data }] of tensors) {
    if (elementCount(shape) !== data.length) {
      throw failure(`tensor ${key}: shape [${shape.join(', ')}] does not hold ${data.length} numbers`);
    }
    const end = offset + data.length * bytesPerElement[dtype];
    header[key] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // The format wants the data to start at a multiple of 8, the header filled up with spaces.
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, 8);
  bytes.fill(0x20, 8 + text.length, 8 + headerLength);
  let position = 8 + headerLength;
  for (const { data } of tensors.values()) {
    const stored = half ? floatsToHalves(data) : data;
    bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength), position);
    position += stored.byteLength;
  }
  return bytes;
}

type Complaint = (what: string) => FnsError;

function parseHeader(bytes: Uint8Array, bad: Complaint): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw bad('the header is not JSON');
  }
  if (!isRecord(header)) throw bad('the header is not a JSON object');
  return header;
}

/** Where a tensor lies after the header, and as what. */
interface Entry {
  dtype: FloatDtype;
  shape: number[];
  begin: number;
  end: number;
}

function checkEntry(key: string, entry: unknown, bad: Complaint): Entry {
  if (!isRecord(entry)) throw bad(`tensor ${key} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(bytesPerElement, dtype)) {
    throw bad(
      `tensor ${key} has ${dtype === undefined ? 'no type' : `type ${JSON.stringify(dtype)}`}; readable are ${Object.keys(bytesPerElement).join(', ')}`,
    );
  }
  if (!isSizes(shape)) throw bad(`tensor ${key} has no valid shape`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw bad(`tensor ${key} has no valid data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const size = elementCount(shape) * bytesPerElement[dtype as FloatDtype];
  if (size !== end - begin) {
    throw bad(
      `tensor ${key} of shape [${shape.join(', ')}] needs ${size} bytes of ${dtype}, has ${end - begin}`,
    );
  }
  return { dtype: dtype as FloatDtype, shape, begin, end };
}

/**
 * Little-endian numbers of a type as float32. The bytes may start anywhere; they must be a whole number of elements.
 */
export function toFloats(stored: Uint8Array, dtype: FloatDtype): Float32Array {
  // A copy, because tensors may start at any byte and typed arrays may not.
  const { buffer } = Uint8Array.from(stored);
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(buffer));
  const words = new Uint16Array(buffer);
  if (dtype === 'F16') return halvesToFloats(words);
  // bfloat16 is the upper half of a float32.
  const bits = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i++) bits[i] = words[i]! << 16;
  return new Float32Array(bits.buffer);
}

function elementCount(shape: number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
