/** Several pictures in one. */
import type { Image } from '../../core/image.js';
import { flattenOverWhite } from '../../core/image.js';
import { median } from '../../core/median.js';
import { pastePicture } from '../../core/rectangles.js';
import { drawCaption } from './caption.js';
import { resizeTo } from './image.js';

/** Pictures of one height side by side. A single one is returned as it is. */
export function sideBySide(pictures: readonly Image[]): Image {
  const first = pictures[0];
  if (!first) throw new Error('sideBySide: no picture');
  if (pictures.length === 1) return first;
  const { height } = first;
  const sheet = whiteSheet(
    pictures.reduce((sum, picture) => sum + picture.width, 0),
    height,
  );
  let left = 0;
  for (const picture of pictures) {
    if (picture.height !== height) throw new Error('sideBySide: the heights differ');
    pastePicture(sheet, picture, left, 0);
    left += picture.width;
  }
  return sheet;
}

/** A picture of a contact sheet and the lines below it. */
export interface SheetCell {
  image: Image;
  caption: readonly string[];
}

/** How a contact sheet is laid out. Lengths in pixels. */
export interface SheetOptions {
  /** Pictures in a row. */
  columns: number;
  /** Width of every cell. Default: the widest picture. */
  cellWidth?: number;
  /** Largest height of a picture. Default: the median of the heights that the pictures have at the cell's width. */
  cellHeight?: number;
  /** Between cells and around them. Default: a 24th of the cell's width. */
  gutter?: number;
  /** Default: a 20th of the cell's width, at least 10. */
  fontSize?: number;
}

/**
 * A contact sheet: rows of pictures on white, each as large as fits its cell with nothing cut off, its caption centred
 * below.
 *
 * @param cells in the order of reading; `undefined` leaves a place empty
 */
export async function contactSheet(
  cells: readonly (SheetCell | undefined)[],
  options: SheetOptions,
): Promise<Image> {
  const filled = cells.filter((cell) => cell !== undefined);
  if (filled.length === 0) throw new Error('contactSheet: no picture');
  const columns = Math.min(options.columns, cells.length);
  const { cellWidth = Math.max(...filled.map(({ image }) => image.width)) } = options;
  const {
    cellHeight = median(filled.map(({ image }) => (image.height * cellWidth) / image.width)),
    gutter = Math.round(cellWidth / 24),
    fontSize = Math.max(10, Math.round(cellWidth / 20)),
  } = options;

  const rows: Row[] = [];
  for (let first = 0; first < cells.length; first += columns) {
    const drawn: Row['cells'] = [];
    for (const cell of cells.slice(first, first + columns)) {
      const image = cell && (await fitted(cell.image, cellWidth, cellHeight));
      drawn.push(image && { image, caption: await drawCaption(cell.caption, cellWidth, fontSize) });
    }
    const highest = (part: 'image' | 'caption') =>
      Math.max(0, ...drawn.map((cell) => cell?.[part].height ?? 0));
    const captions = highest('caption');
    const gap = captions > 0 ? Math.round(fontSize / 3) : 0;
    rows.push({ cells: drawn, pictures: highest('image'), gap, captions });
  }

  const height = rows.reduce((sum, row) => sum + row.pictures + row.gap + row.captions + gutter, gutter);
  const sheet = whiteSheet(columns * (cellWidth + gutter) + gutter, height);
  let top = gutter;
  for (const { cells: drawn, pictures, gap, captions } of rows) {
    for (const [column, cell] of drawn.entries()) {
      if (!cell) continue;
      const { image, caption } = cell;
      const left = gutter + column * (cellWidth + gutter);
      const [right, down] = [(cellWidth - image.width) / 2, (pictures - image.height) / 2].map(Math.floor);
      pastePicture(sheet, image, left + right!, top + down!);
      pastePicture(sheet, caption, left, top + pictures + gap);
    }
    top += pictures + gap + captions + gutter;
  }
  return sheet;
}

/**
 * A row of a contact sheet: its cells, and the heights of their pictures, of the gap below these, and of their
 * captions.
 */
interface Row {
  cells: ({ image: Image; caption: Image } | undefined)[];
  pictures: number;
  gap: number;
  captions: number;
}

/** The picture over white, as large as fits. */
async function fitted(image: Image, width: number, height: number): Promise<Image> {
  const scale = Math.min(width / image.width, height / image.height);
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return resizeTo(flattenOverWhite(image), side(image.width), side(image.height));
}

function whiteSheet(width: number, height: number): Image {
  return { width, height, data: new Uint8Array(width * height * 3).fill(255) };
}
