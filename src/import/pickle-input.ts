/** The bytes of a Python pickle: its operations and the values beside them. */
import type { FnsError } from '../core/errors.js';

/** The operations of plain data and state_dicts, by the names that pickletools gives them. */
export const OP = {
  PROTO: 0x80,
  FRAME: 0x95,
  STOP: 0x2e,
  MARK: 0x28,
  NONE: 0x4e,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  BININT1: 0x4b,
  BININT2: 0x4d,
  BININT: 0x4a,
  LONG1: 0x8a,
  BINFLOAT: 0x47,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE: 0x58,
  SHORT_BINSTRING: 0x55,
  BINSTRING: 0x54,
  SHORT_BINBYTES: 0x43,
  BINBYTES: 0x42,
  EMPTY_TUPLE: 0x29,
  EMPTY_LIST: 0x5d,
  EMPTY_DICT: 0x7d,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  TUPLE: 0x74,
  LIST: 0x6c,
  DICT: 0x64,
  APPEND: 0x61,
  APPENDS: 0x65,
  SETITEM: 0x73,
  SETITEMS: 0x75,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  MEMOIZE: 0x94,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  GLOBAL: 0x63,
  STACK_GLOBAL: 0x93,
  INST: 0x69,
  REDUCE: 0x52,
  BINPERSID: 0x51,
  BUILD: 0x62,
} as const;

/** The bytes of a pickle, read from front to back. */
export class PickleInput {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    private readonly bad: (what: string) => FnsError,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves on by `count` bytes and returns where they start. */
  private advance(count: number): number {
    const at = this.position;
    if (at + count > this.bytes.length) throw this.bad(`its pickle ends after ${this.bytes.length} bytes`);
    this.position = at + count;
    return at;
  }

  /** One byte, 0..255. */
  byte(): number {
    return this.bytes[this.advance(1)]!;
  }

  /** An unsigned little-endian number of 2 or 4 bytes. */
  number(size: 2 | 4): number {
    const at = this.advance(size);
    return size === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
  }

  /** A big-endian double. */
  double(): number {
    return this.view.getFloat64(this.advance(8));
  }

  /** A little-endian integer in two's complement; a bigint where a number would not be exact. */
  long(size: number): number | bigint {
    const bytes = this.take(size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    value = BigInt.asIntN(8 * size, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  /** So many bytes, not copied. */
  take(count: number): Uint8Array {
    const at = this.advance(count);
    return this.bytes.subarray(at, at + count);
  }

  /** So many bytes of UTF-8. */
  text(count: number): string {
    return new TextDecoder().decode(this.take(count));
  }

  /** Text up to a line end, as the older operations have it. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0 || end - this.position > 1000) throw this.bad('its pickle holds a name without an end');
    const text = this.text(end - this.position);
    this.position = end + 1;
    return text;
  }
}
