/** Pictures that are read and written a few rows at a time. */
import type { Image } from './image.js';
import { fromPlanes, interleavedPlanes, type Planes } from './planes.js';
import type { Size } from './sizes.js';

/** A picture whose rows are read as they are needed, from memory or from a file: in any order, several at the same time. */
export interface RowSource extends Size {
  /** Rows start..end-1 as planes, RGB 0..255, in 16 bits where it has them. */
  read(start: number, end: number): Promise<Planes>;
  /** The opacity of rows start..end-1, 0..255. Absent when the picture is opaque. */
  readAlpha?(start: number, end: number): Promise<Uint8Array>;
}

/**
 * Takes rows of a picture, RGB 0..255, not rounded, from row `start` on. They come from top to bottom; where memory ended
 * on the way they may come from the top again.
 */
export type WriteRows = (rows: Planes, start: number) => Promise<void>;

/** Rows start..end-1 of planes. */
export function planeRows({ width, height, data }: Planes, start: number, end: number): Planes {
  const channels = data.length / (width * height);
  const rows = new Float32Array(channels * (end - start) * width);
  for (let c = 0; c < channels; c++) {
    rows.set(
      data.subarray((c * height + start) * width, (c * height + end) * width),
      c * (end - start) * width,
    );
  }
  return { width, height: end - start, data: rows };
}

/** Puts rows into planes, from row `start` on. */
export function putRows({ width, height, data }: Planes, rows: Planes, start: number): void {
  const each = rows.height * width;
  for (let c = 0; c < data.length / (width * height); c++) {
    data.set(rows.data.subarray(c * each, (c + 1) * each), (c * height + start) * width);
  }
}

/** A picture in memory. */
export function imageSource({ width, height, data, deep, alpha }: Image): RowSource {
  const [values, unit] = deep ? [deep, 1 / 257] : [data, 1];
  return {
    width,
    height,
    async read(start, end) {
      const rows = values.subarray(3 * width * start, 3 * width * end);
      return interleavedPlanes(rows, { width, channels: 3, unit });
    },
    ...(alpha && {
      readAlpha: async (start, end) => alpha.subarray(width * start, width * end),
    }),
  };
}

/** A black picture of the size and the depth of another, without alpha. */
export function emptyImage({ width, height, data, deep }: Image): Image {
  const values = data.length;
  const image: Image = { width, height, data: new Uint8Array(values) };
  return deep ? { ...image, deep: new Uint16Array(values) } : image;
}

/** Puts rows into a picture, rounded, from row `start` on. */
export function putImageRows({ width, data, deep }: Image, rows: Planes, start: number): void {
  const rounded = fromPlanes(rows, deep !== undefined);
  data.set(rounded.data, 3 * width * start);
  deep?.set(rounded.deep!, 3 * width * start);
}

/** Planes in memory. */
export function planesSource(planes: Planes): RowSource {
  const { width, height } = planes;
  return { width, height, read: async (start, end) => planeRows(planes, start, end) };
}

/** Calls `take` with a picture's rows in bands of at most `most` rows, from top to bottom. */
export async function eachBand(
  height: number,
  most: number,
  take: (start: number, end: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < height; start += most) await take(start, Math.min(height, start + most));
}
