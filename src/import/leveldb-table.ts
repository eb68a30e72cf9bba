/**
 * Tables of LevelDB (https://github.com/google/leveldb/blob/main/doc/table_format.md), which TensorFlow's checkpoints
 * are written as: blocks of sorted keys and values, each followed by a byte for its compression and a checksum; an
 * index block that says where they are; a footer of 48 bytes that says where the index is.
 */

import { maskedCrc32c } from '../core/crc32c.js';
import { type FnsError, failure } from '../core/errors.js';

const FOOTER = 48;
/** The last 8 bytes of every table. */
const MAGIC = 0xdb4775248b80fb57n;
/** Far beyond a checkpoint of a network here, which has about 150 keys of 40 letters. */
const MOST_ENTRIES = 20_000;
const LONGEST_KEY = 1024;

/** Tells a table by the end of its bytes. */
export function isTable(bytes: Uint8Array): boolean {
  return bytes.length >= FOOTER && dataView(bytes).getBigUint64(bytes.length - 8, true) === MAGIC;
}

/**
 * The entries of a table in the order of their keys. The values are parts of `bytes`, not copies.
 *
 * @param label the name of the file in errors
 * @throws FnsError when the table is damaged or compressed.
 */
export function readTable(bytes: Uint8Array, label: string): { key: Uint8Array; value: Uint8Array }[] {
  const bad = (what: string): FnsError => failure(`${label}: not a readable checkpoint: ${what}`);
  if (!isTable(bytes)) throw bad('it does not end as a LevelDB table does (is it cut short?)');
  const footer = new Cursor(bytes, bytes.length - FOOTER, bytes.length - 8, bad);
  // The place of the meta index, which TensorFlow leaves empty.
  footer.varint();
  footer.varint();
  const index = readBlock(bytes, footer.varint(), footer.varint(), bad);
  const entries: { key: Uint8Array; value: Uint8Array }[] = [];
  for (const { value } of index) {
    const handle = new Cursor(value, 0, value.length, bad);
    entries.push(...readBlock(bytes, handle.varint(), handle.varint(), bad));
    if (entries.length > MOST_ENTRIES) throw bad(`it has more than ${MOST_ENTRIES} entries`);
  }
  return entries;
}

type Complaint = (what: string) => FnsError;

/**
 * The entries of one block: the length shared with the key before, the length of the rest of the key, the length of the
 * value (varints), the rest of the key, the value. At the end the places where whole keys stand, which reading from the
 * front does not need, and their number.
 */
function readBlock(bytes: Uint8Array, start: number, size: number, bad: Complaint) {
  const end = start + size;
  if (end + 5 > bytes.length - FOOTER || size < 4)
    throw bad(`a block at byte ${start} lies outside the file`);
  const compression = bytes[end]!;
  if (compression !== 0) {
    const name = compression === 1 ? 'with Snappy' : `in the unknown way ${compression}`;
    throw bad(`its blocks are compressed ${name}; TensorFlow writes them uncompressed`);
  }
  const view = dataView(bytes);
  if (view.getUint32(end + 1, true) !== maskedCrc32c(bytes.subarray(start, end + 1))) {
    throw bad(`the checksum of the block at byte ${start} does not fit`);
  }
  const restarts = view.getUint32(end - 4, true);
  const last = end - 4 - 4 * restarts;
  if (last < start) throw bad(`the block at byte ${start} is damaged`);
  const cursor = new Cursor(bytes, start, last, bad);
  const entries: { key: Uint8Array; value: Uint8Array }[] = [];
  let key = new Uint8Array(0);
  while (cursor.position < last) {
    const [shared, rest, length] = [cursor.varint(), cursor.varint(), cursor.varint()];
    if (shared > key.length || shared + rest > LONGEST_KEY)
      throw bad(`the block at byte ${start} is damaged`);
    const own = cursor.take(rest);
    const next = new Uint8Array(shared + rest);
    next.set(key.subarray(0, shared));
    next.set(own, shared);
    key = next;
    entries.push({ key, value: cursor.take(length) });
    if (entries.length > MOST_ENTRIES) throw bad(`it has more than ${MOST_ENTRIES} entries`);
  }
  return entries;
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class Cursor {
  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    private readonly end: number,
    private readonly bad: Complaint,
  ) {}

  /** A whole number in groups of 7 bits, the lowest first; the top bit says that more follow. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const [byte] = this.take(1);
      value += (byte! & 0x7f) * factor;
      if (byte! < 0x80) return value;
    }
    throw this.bad('a number is too large');
  }

  take(count: number): Uint8Array {
    const at = this.position;
    if (at + count > this.end) throw this.bad(`it is damaged at byte ${at}`);
    this.position = at + count;
    return this.bytes.subarray(at, at + count);
  }
}
