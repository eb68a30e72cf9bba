/** Where the strips of a large picture keep what they have computed so far. */
import type { Planes } from './planes.js';
import type { WriteRows } from './row-source.js';
import type { Size } from './sizes.js';

/** A plane in scratch memory, as rows of bytes of one length. */
export interface ScratchPlane {
  /** Writes whole rows, from row `start` on. */
  write(start: number, rows: Uint8Array): Promise<void>;
  /** Reads whole rows, from row `start` on, until `into` is full. */
  read(start: number, into: Uint8Array): Promise<void>;
  /** Gives the memory back. */
  free(): Promise<void>;
}

/** Makes room for a plane: in memory, or in a file. */
export type OpenScratch = (rows: number, bytesPerRow: number) => Promise<ScratchPlane>;

/** A picture of floating point numbers in scratch memory. */
export async function floatScratch(openScratch: OpenScratch, { width, height }: Size) {
  const plane = await openScratch(3 * height, 4 * width);
  const write: WriteRows = async ({ data }, start) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const each = bytes.length / 3;
    for (let c = 0; c < 3; c++)
      await plane.write(c * height + start, bytes.subarray(c * each, (c + 1) * each));
  };
  return {
    write,
    async read(start: number, end: number): Promise<Planes> {
      const data = new Float32Array(3 * (end - start) * width);
      const bytes = new Uint8Array(data.buffer);
      const each = bytes.length / 3;
      for (let c = 0; c < 3; c++)
        await plane.read(c * height + start, bytes.subarray(c * each, (c + 1) * each));
      return { width, height: end - start, data };
    },
    free: () => plane.free(),
  };
}

/** Scratch planes in memory. */
export const memoryScratch: OpenScratch = async (rows, bytesPerRow) => {
  let data: Uint8Array | undefined = new Uint8Array(rows * bytesPerRow);
  return {
    async write(start, part) {
      data!.set(part, start * bytesPerRow);
    },
    async read(start, into) {
      into.set(data!.subarray(start * bytesPerRow, start * bytesPerRow + into.length));
    },
    async free() {
      data = undefined;
    },
  };
};
