/** Pictures in files that hold nothing but pixels, in libvips' own format, which it reads and writes row by row. */
import { rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Sharp } from 'sharp';
import { failure } from '../../core/errors.js';
import { fromPlanes, interleavedPlanes, type Planes } from '../../core/planes.js';
import type { RowSource } from '../../core/row-source.js';
import { newProcessFolder } from '../process-folder.js';
import { systemReason } from './files.js';

/**
 * The header of a file: 64 bytes, little endian here. `Magic, width, height, bands, (unused), format, coding, type, x and y
 * resolution`, see `vips__read_header_bytes`.
 */
const HEADER = 64;
const MAGIC = 0x08f2a6b6;

/** How the pixels of a file lie. */
export interface PixelLayout {
  width: number;
  height: number;
  /** 3 for RGB, 4 with alpha. */
  channels: 3 | 4;
  /** Bits of a channel. */
  depth: 8 | 16;
}

/** A temporary file of pixels. */
export interface PixelFile extends PixelLayout {
  readonly path: string;
  /** Rows start..end-1, interleaved. */
  read(start: number, end: number): Promise<Uint8Array | Uint16Array>;
  /** Writes whole rows, from row `start` on. */
  write(start: number, rows: Uint8Array | Uint16Array): Promise<void>;
  /** Removes the file. */
  free(): Promise<void>;
}

/** The folders of the files that are not freed. */
const unfinished = new Set<string>();
let watchesExit = false;

/**
 * A path for a temporary file in a folder of its own, which is removed when the program ends; after a program that was
 * killed the next one removes it.
 *
 * @throws FnsError when the folder cannot be made.
 */
async function temporaryPath(): Promise<string> {
  const folder = await newProcessFolder('fns-pixels-').catch((error: unknown) => {
    throw keepFailure(error);
  });
  unfinished.add(folder);
  if (!watchesExit) {
    watchesExit = true;
    process.on('exit', () => {
      for (const each of unfinished) rmSync(each, { recursive: true, force: true });
    });
  }
  return join(folder, 'picture.v');
}

/**
 * The pixels that a pipeline gives, in a file.
 *
 * @throws what sharp throws; FnsError when they are no 8 or 16 bits of RGB or RGBA.
 */
export async function decodeToFile(picture: Sharp): Promise<PixelFile> {
  const path = await temporaryPath();
  try {
    await picture.toFile(path);
    const handle = await open(path, 'r+');
    const header = Buffer.alloc(HEADER);
    await handle.read(header, 0, HEADER, 0);
    const [width, height, bands] = [4, 8, 12].map((at) => header.readUInt32LE(at)) as [
      number,
      number,
      number,
    ];
    const depth = ({ 0: 8, 2: 16 } as const)[header.readUInt32LE(20)];
    if (header.readUInt32LE(0) !== MAGIC || depth === undefined || (bands !== 3 && bands !== 4)) {
      await handle.close();
      throw failure(`pixels of ${bands} channels cannot be kept`);
    }
    return pixelFile(path, handle, { width, height, channels: bands, depth });
  } catch (error) {
    await removed(path);
    throw error;
  }
}

/** A file for the pixels of a picture. */
export async function newPixelFile(layout: PixelLayout): Promise<PixelFile> {
  const path = await temporaryPath();
  const header = Buffer.alloc(HEADER);
  const { width, height, channels, depth } = layout;
  const [format, space] = depth === 8 ? [0, 22] : [2, 25];
  const fields = [MAGIC, width, height, channels, 0, format, 0, space];
  for (const [i, value] of fields.entries()) header.writeUInt32LE(value, 4 * i);
  header.writeFloatLE(1, 32);
  header.writeFloatLE(1, 36);
  try {
    const handle = await open(path, 'wx+', 0o600);
    await handle.write(header, 0, HEADER, 0);
    return pixelFile(path, handle, layout);
  } catch (error) {
    await removed(path);
    throw keepFailure(error);
  }
}

function pixelFile(path: string, handle: FileHandle, layout: PixelLayout): PixelFile {
  const { width, channels, depth } = layout;
  const bytesPerRow = (width * channels * depth) / 8;
  return {
    ...layout,
    path,
    async read(start, end) {
      const bytes = new Uint8Array((end - start) * bytesPerRow);
      for (let at = 0; at < bytes.length; ) {
        const place = HEADER + start * bytesPerRow + at;
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, place);
        if (bytesRead === 0) throw failure(`the temporary file ${path} is shorter than its picture`);
        at += bytesRead;
      }
      return depth === 8 ? bytes : new Uint16Array(bytes.buffer);
    },
    async write(start, rows) {
      const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
      try {
        for (let at = 0; at < bytes.length; ) {
          const place = HEADER + start * bytesPerRow + at;
          at += (await handle.write(bytes, at, bytes.length - at, place)).bytesWritten;
        }
      } catch (error) {
        throw keepFailure(error);
      }
    },
    async free() {
      await handle.close();
      await removed(path);
    },
  };
}

async function removed(path: string): Promise<void> {
  const folder = dirname(path);
  await rm(folder, { recursive: true, force: true });
  unfinished.delete(folder);
}

function keepFailure(error: unknown): Error {
  return failure(
    `cannot keep a large picture in ${tmpdir()}: ${systemReason(error)} (TMPDIR names another folder)`,
    error,
  );
}

/** The picture of a file of pixels, row by row. */
export function pixelSource(file: PixelFile): RowSource {
  const { width, height, channels, depth } = file;
  return {
    width,
    height,
    async read(start, end) {
      const rows = await file.read(start, end);
      return interleavedPlanes(rows, { width, channels, unit: depth === 8 ? 1 : 1 / 257 });
    },
    ...(channels === 4 && {
      async readAlpha(start, end) {
        const rows = await file.read(start, end);
        const unit = depth === 8 ? 1 : 1 / 257;
        return Uint8Array.from({ length: rows.length / 4 }, (_, i) => Math.round(rows[4 * i + 3]! * unit));
      },
    }),
  };
}

/** Rows of a picture as interleaved numbers, rounded. */
export function roundedRows(
  rows: Planes,
  { channels, depth }: Pick<PixelLayout, 'channels' | 'depth'>,
  alpha?: Uint8Array,
): Uint8Array | Uint16Array {
  const { data, deep } = fromPlanes(rows, depth === 16);
  const colours = deep ?? data;
  if (channels === 3) return colours;
  const unit = depth === 8 ? 1 : 257;
  const pixels = rows.width * rows.height;
  const joined = depth === 8 ? new Uint8Array(4 * pixels) : new Uint16Array(4 * pixels);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) joined[4 * i + c] = colours[3 * i + c]!;
    joined[4 * i + 3] = alpha![i]! * unit;
  }
  return joined;
}
