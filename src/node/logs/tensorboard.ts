/**
 * TensorBoard event files: TFRecords of `Event` messages (event-schema.ts). A TFRecord is the length as uint64, the
 * masked CRC-32C of these 8 bytes as uint32, the data, and the masked CRC-32C of the data, all little-endian
 * (tensorflow/core/lib/io/record_writer.h).
 */
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import protobuf from 'protobufjs/light.js';
import { maskedCrc32c } from '../../core/crc32c.js';
import { readFailure } from '../media/files.js';
import { type AppendFile, openAppendFile } from './append-file.js';
import { COLORSPACE_RGB, eventSchema, SESSION_START } from './event-schema.js';

const EventMessage = protobuf.Root.fromJSON(eventSchema).lookupType('Event');

/** Frames data as a TFRecord. */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(8 + 4 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return record;
}

/** An RGB picture as a PNG file. */
export interface Png {
  width: number;
  height: number;
  bytes: Uint8Array;
}

/** An event file that is being written. Every call adds one record, whole or, where it throws FnsError, not at all. */
export interface EventFile {
  readonly path: string;
  /** The values of a step by tag. */
  scalars(step: number, values: Readonly<Record<string, number>>): Promise<void>;
  /** The pictures of a step by tag. */
  images(step: number, pictures: Readonly<Record<string, Png>>): Promise<void>;
  close(): Promise<void>;
}

/** How `openEventFile` opens. */
export interface EventFileOptions {
  /**
   * The steps done before: TensorBoard forgets what earlier files of the folder say of later ones. Default 0: of all.
   */
  resumedAt?: number;
  /** Milliseconds since 1970; for tests. */
  now?: () => number;
}

/**
 * Begins an event file, `events.out.tfevents.<seconds>.<host>`, in a folder that exists. A folder is one run in
 * TensorBoard, with all its files in the order of their names: the new file comes last.
 *
 * @throws FnsError when the file cannot be made.
 */
export async function openEventFile(
  folder: string,
  { resumedAt = 0, now = Date.now }: EventFileOptions = {},
): Promise<EventFile> {
  const record = (event: object) =>
    tfRecord(EventMessage.encode({ wallTime: now() / 1000, ...event }).finish());
  const file = await newestFile(folder, Math.floor(now() / 1000));
  // The step of the second event is the first that TensorBoard forgets (`_Purge` in event_accumulator.py).
  const head = [
    record({ fileVersion: 'brain.Event:2' }),
    record({ step: resumedAt + 1, sessionLog: { status: SESSION_START } }),
  ];
  const append = async (data: Uint8Array) => {
    await file.append(file.length === 0 ? Buffer.concat([...head, data]) : data);
  };
  // Where this fails, on a full disk, the head goes with the first event that can be written.
  await append(new Uint8Array()).catch(() => {});
  return {
    path: file.path,
    async scalars(step, values) {
      const value = Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue }));
      await append(record({ step, summary: { value } }));
    },
    async images(step, pictures) {
      const value = Object.entries(pictures).map(([tag, { width, height, bytes }]) => ({
        tag,
        image: { width, height, colorspace: COLORSPACE_RGB, encodedImageString: bytes },
      }));
      await append(record({ step, summary: { value } }));
    },
    close: () => file.close(),
  };
}

/** A new event file of this second, or of the one after the newest that is there. */
async function newestFile(folder: string, second: number): Promise<AppendFile> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw readFailure(folder, error);
  });
  const seconds = names.map((name) => Number(/^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0));
  const free = Math.max(second, ...seconds.map((s) => s + 1));
  const name = `events.out.tfevents.${String(free).padStart(10, '0')}.${hostname()}`;
  return openAppendFile(`${folder}/${name}`, { isNew: true });
}
