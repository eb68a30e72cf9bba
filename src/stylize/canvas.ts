/** A photo as a style file's network sees it: continued to sizes that it takes, a few rows at a time. */
import type { Planes } from '../core/planes.js';
import type { RowSource } from '../core/row-source.js';
import type { Size } from '../core/sizes.js';
import type { RowRange } from './strip-session.js';

/** The photo and what surrounds it. */
export interface Canvas {
  height: number;
  width: number;
  /** Pixels of reflection on every side. */
  bleed: number;
}

/** What a network asks of its input. */
export interface CanvasRules {
  /** Both sides are multiples of this. */
  multiple: number;
  /** And at least this large without the bleed. */
  minimum: number;
  bleed: number;
}

/** The size of the canvas of a photo: as `encodeStyle` builds it into a style file. */
export function canvasOf(photo: Size, rules: CanvasRules): Canvas {
  const { multiple, minimum, bleed } = rules;
  const least = Math.max(minimum, bleed + 1);
  const side = (pixels: number) => Math.ceil(Math.max(pixels, least) / multiple) * multiple + 2 * bleed;
  return { height: side(photo.height), width: side(photo.width), bleed };
}

/** The pixel of the photo that pixel `i` of the canvas shows: its last one repeated, all of that reflected. */
function shown(i: number, { size, bleed }: { size: number; bleed: number }, own: number): number {
  const inner = size - 2 * bleed;
  const place = Math.abs(i - bleed);
  return Math.min(place < inner ? place : 2 * (inner - 1) - place, own - 1);
}

/** Rows of the canvas `[1, 3, rows, width]`, RGB 0..255. */
export async function canvasRows(photo: RowSource, canvas: Canvas, { start, end }: RowRange) {
  const { width, height, bleed } = canvas;
  const rows = end - start;
  const data = new Float32Array(3 * rows * width);
  const around = Array.from({ length: width }, (_, x) => x).filter(
    (x) => x < bleed || x >= bleed + photo.width,
  );
  const columns = around.map((x) => shown(x, { size: width, bleed }, photo.width));
  const lines = Array.from({ length: rows }, (_, y) =>
    shown(start + y, { size: height, bleed }, photo.height),
  );
  const first = lines.reduce((a, b) => Math.min(a, b));
  const seen = await photo.read(first, lines.reduce((a, b) => Math.max(a, b)) + 1);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < rows; y++) {
      const from = (c * seen.height + lines[y]! - first) * seen.width;
      const to = (c * rows + y) * width;
      data.set(seen.data.subarray(from, from + seen.width), to + bleed);
      for (let i = 0; i < around.length; i++) data[to + around[i]!] = seen.data[from + columns[i]!]!;
    }
  }
  return { shape: [1, 3, rows, width], data };
}

/**
 * The rows of the picture that rows of a drawn canvas hold, without what surrounds it.
 *
 * @param drawn `[1, 3, rows, width]` of the canvas
 * @returns them, and the first one's place in the picture; no rows where the canvas shows only what surrounds it
 */
export function pictureRows(
  { width, height }: Size,
  canvas: Canvas,
  drawn: Float32Array,
  { start, end }: RowRange,
): { start: number; rows: Planes } {
  const first = Math.max(start, canvas.bleed);
  const last = Math.max(first, Math.min(end, canvas.bleed + height));
  const data = new Float32Array(3 * (last - first) * width);
  for (let c = 0; c < 3; c++) {
    for (let y = first; y < last; y++) {
      const from = (c * (end - start) + y - start) * canvas.width + canvas.bleed;
      data.set(drawn.subarray(from, from + width), (c * (last - first) + y - first) * width);
    }
  }
  return { start: first - canvas.bleed, rows: { width, height: last - first, data } };
}
