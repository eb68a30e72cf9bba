/** Readers of what src/logs writes, written from the published formats and independent of src. */
import { readFile } from 'node:fs/promises';
import protobuf from 'protobufjs';

/** CRC-32C bit by bit: RFC 3720, appendix B.4. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** `mask` of tensorflow/core/lib/hash/crc32c.h: rotated right by 15 bits, plus a constant. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The data of the TFRecords of a file, and whether it ends in the middle of one. Throws where a checksum is wrong. */
export function splitRecords(bytes: Buffer): { records: Buffer[]; cut: boolean } {
  const records: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 12 > bytes.length) return { records, cut: true };
    const length = Number(bytes.readBigUInt64LE(at));
    if (bytes.readUInt32LE(at + 8) !== masked(crc32c(bytes.subarray(at, at + 8))))
      throw new Error('length checksum');
    if (at + 16 + length > bytes.length) return { records, cut: true };
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (bytes.readUInt32LE(at + 12 + length) !== masked(crc32c(data))) throw new Error('data checksum');
    records.push(data);
    at += 16 + length;
  }
  return { records, cut: false };
}

/** Excerpts of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; SessionLog session_log = 7; }
  }
  message SessionLog {
    enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
    SessionStatus status = 1;
    string checkpoint_path = 2;
    string msg = 3;
  }
  message Summary {
    message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
    message Value { string node_name = 7; string tag = 1; oneof value { float simple_value = 2; Image image = 4; } }
    repeated Value value = 1;
  }
`);

/** One value of a summary. */
export interface SummaryValue {
  tag: string;
  simpleValue?: number;
  image?: { height: number; width: number; colorspace: number; encodedImageString: Buffer };
}

/** An event as read. */
export interface EventRead {
  wallTime: number;
  step?: number;
  fileVersion?: string;
  sessionLog?: { status: string };
  summary?: { value: SummaryValue[] };
}

/** The events of a file. */
export async function readEvents(path: string): Promise<{ events: EventRead[]; cut: boolean }> {
  const Event = root.lookupType('Event');
  const { records, cut } = splitRecords(await readFile(path));
  const events = records.map(
    (r) => Event.toObject(Event.decode(r), { longs: Number, enums: String }) as EventRead,
  );
  return { events, cut };
}
