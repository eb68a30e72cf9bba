/** A photo as a style file's network sees it: continued to sizes that it takes, a few rows at a time. */
import type { Image } from '../core/image.js';
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
export function canvasOf(photo: Pick<Image, 'width' | 'height'>, rules: CanvasRules): Canvas {
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
export function canvasRows(photo: Image, canvas: Canvas, { start, end }: RowRange) {
  const { width, height, bleed } = canvas;
  const rows = end - start;
  const data = new Float32Array(3 * rows * width);
  const [values, unit] = photo.deep ? [photo.deep, 1 / 257] : [photo.data, 1];
  const columns = Int32Array.from(
    { length: width },
    (_, x) => 3 * shown(x, { size: width, bleed }, photo.width),
  );
  for (let y = start; y < end; y++) {
    const from = 3 * photo.width * shown(y, { size: height, bleed }, photo.height);
    for (let c = 0; c < 3; c++) {
      const to = (c * rows + y - start) * width;
      for (let x = 0; x < width; x++) data[to + x] = values[from + columns[x]! + c]! * unit;
    }
  }
  return { shape: [1, 3, rows, width], data };
}

/**
 * Puts rows of a drawn canvas into the picture, without what surrounds it: rounded and clipped, with 16 bits too where the
 * picture has them.
 *
 * @param drawn `[1, 3, rows, width]` of the canvas
 * @param photoShare how much of the photo is added
 */
export function putRows(
  picture: Image,
  canvas: Canvas,
  drawn: Float32Array,
  { start, end }: RowRange,
  photo: Image,
  photoShare: number,
): void {
  const rows = end - start;
  const first = Math.max(start, canvas.bleed);
  const last = Math.min(end, canvas.bleed + picture.height);
  for (let y = first; y < last; y++) {
    const to = 3 * picture.width * (y - canvas.bleed);
    for (let c = 0; c < 3; c++) {
      const from = (c * rows + y - start) * canvas.width + canvas.bleed;
      for (let x = 0; x < picture.width; x++) {
        const i = to + 3 * x + c;
        const value = drawn[from + x]! + photoShare * photo.data[i]!;
        picture.data[i] = value >= 255 ? 255 : value > 0 ? value + 0.5 : 0;
        if (picture.deep) picture.deep[i] = value >= 255 ? 65535 : value > 0 ? 257 * value + 0.5 : 0;
      }
    }
  }
}
