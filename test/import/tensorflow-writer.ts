/**
 * Writes TensorFlow's checkpoints, by hand and sharing no code with src: LevelDB's table_format.md, tensor_bundle.proto
 * and saved_tensor_slice.proto say how.
 */

/** A variable of a checkpoint. */
export interface Variable {
  name: string;
  shape: number[];
  data: Float32Array;
}

const encoder = new TextEncoder();

function joined(parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function fixed32(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

/** A field of a protocol buffer: a number, or bytes. */
function field(id: number, value: number | readonly number[] | Uint8Array): Uint8Array {
  if (typeof value === 'number') return joined([varint(id * 8), varint(value)]);
  return joined([varint(id * 8 + 2), varint(value.length), value]);
}

/** Bit by bit, unlike the product's, which looks bytes up in a table. */
export function crcByBits(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function masked(bytes: Uint8Array): number {
  const crc = crcByBits(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/**
 * Entries as a block: keys share what they can with the one before, but for every `restartEvery`-th, which stands
 * whole.
 */
function block(entries: readonly [Uint8Array, Uint8Array][], restartEvery: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const restarts: number[] = [];
  let size = 0;
  let before = new Uint8Array(0);
  entries.forEach(([key, value], i) => {
    let shared = 0;
    if (i % restartEvery === 0) restarts.push(size);
    else while (shared < Math.min(key.length, before.length) && key[shared] === before[shared]) shared++;
    const head = [...varint(shared), ...varint(key.length - shared), ...varint(value.length)];
    const entry = joined([head, key.subarray(shared), value]);
    parts.push(entry);
    size += entry.length;
    before = new Uint8Array(key);
  });
  if (restarts.length === 0) restarts.push(0);
  return joined([...parts, ...restarts.map(fixed32), fixed32(restarts.length)]);
}

/** How a table is written. */
interface TableOptions {
  restartEvery?: number;
  entriesPerBlock?: number;
  /** What the byte after each block says of its compression. */
  compression?: number;
}

/** A table of entries sorted by key. */
export function writeTable(
  entries: readonly [Uint8Array, Uint8Array][],
  { restartEvery = 4, entriesPerBlock = 10, compression = 0 }: TableOptions = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const put = (content: Uint8Array): number[] => {
    const checked = joined([content, [compression]]);
    const handle = [...varint(size), ...varint(content.length)];
    parts.push(checked, Uint8Array.from(fixed32(masked(checked))));
    size += content.length + 5;
    return handle;
  };
  const index: [Uint8Array, Uint8Array][] = [];
  for (let i = 0; i < entries.length; i += entriesPerBlock) {
    const some = entries.slice(i, i + entriesPerBlock);
    index.push([some.at(-1)![0], Uint8Array.from(put(block(some, restartEvery)))]);
  }
  const meta = put(block([], 1));
  const handles = [...meta, ...put(block(index, 1))];
  const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
  return joined([...parts, handles, new Uint8Array(40 - handles.length), magic]);
}

function byKey([a]: readonly [Uint8Array, Uint8Array], [b]: readonly [Uint8Array, Uint8Array]): number {
  return Buffer.compare(a, b);
}

function shapeMessage(shape: readonly number[]): Uint8Array {
  return joined(shape.map((size) => field(2, field(1, size))));
}

function rawBytes({ data }: Variable): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A V2 checkpoint as files by name, its variables spread over `shards` data files; and a step count as int64, as
 * trainings keep one.
 */
export function writeCheckpoint(
  stem: string,
  variables: readonly Variable[],
  { shards = 1, ...options }: { shards?: number } & TableOptions = {},
): Map<string, Uint8Array> {
  const data: Uint8Array[][] = Array.from({ length: shards }, () => []);
  const sizes = new Array<number>(shards).fill(0);
  const store = (shard: number, bytes: Uint8Array): number => {
    data[shard]!.push(bytes);
    sizes[shard]! += bytes.length;
    return sizes[shard]! - bytes.length;
  };
  const entry = (dtype: number, shape: number[], shard: number, bytes: Uint8Array) => {
    const offset = store(shard, bytes);
    return joined([
      field(1, dtype),
      field(2, shapeMessage(shape)),
      ...(shard > 0 ? [field(3, shard)] : []),
      ...(offset > 0 ? [field(4, offset)] : []),
      field(5, bytes.length),
      [...varint(6 * 8 + 5), ...fixed32(masked(bytes))],
    ]);
  };
  const entries = variables.map(
    (v, i) =>
      [encoder.encode(v.name), entry(1, v.shape, i % shards, rawBytes(v))] as [Uint8Array, Uint8Array],
  );
  entries.push([encoder.encode('global_step'), entry(9, [], 0, new Uint8Array(8))]);
  const header = joined([field(1, shards), field(3, field(1, 1))]);
  const index = writeTable([[new Uint8Array(0), header], ...entries.sort(byKey)], options);
  const files = new Map([[`${stem}.index`, index]]);
  const five = (n: number) => String(n).padStart(5, '0');
  data.forEach((parts, n) => {
    files.set(`${stem}.data-${five(n)}-of-${five(shards)}`, joined(parts));
  });
  return files;
}

/** A V1 checkpoint: what the table holds first, then the variables themselves. */
export function writeOldCheckpoint(variables: readonly Variable[], options: TableOptions = {}): Uint8Array {
  const whole = (shape: readonly number[]) => joined(shape.map(() => field(1, [])));
  const described = variables.map(({ name, shape }) =>
    field(
      1,
      joined([
        field(1, encoder.encode(name)),
        field(2, shapeMessage(shape)),
        field(3, 1),
        field(4, whole(shape)),
      ]),
    ),
  );
  const meta = field(1, joined([...described, field(2, field(1, 1))]));
  const entries = variables.map((v) => {
    const tensor = field(5, rawBytes(v));
    const slice = joined([field(1, encoder.encode(v.name)), field(2, whole(v.shape)), field(3, tensor)]);
    return [encoder.encode(`\u0000${v.name}\u0000`), field(2, slice)] as [Uint8Array, Uint8Array];
  });
  return writeTable([[new Uint8Array(0), meta], ...entries.sort(byKey)], options);
}
