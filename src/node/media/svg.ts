/** Parts of SVG files. Lengths in pixels. */
import type { Font } from 'opentype.js';
import { textPath, textWidth } from './font.js';

/** The attribute of a dashed line. */
export const DASHES = ' stroke-dasharray="7 4"';

/** How a text stands: `share` of its width is left of x (a half by default); it is made smaller to fit into `room`. */
export interface TextOptions {
  x: number;
  y: number;
  size: number;
  room?: number;
  share?: number;
  turned?: boolean;
}

/** A text as its outlines. */
export function drawText(
  font: Font,
  text: string,
  { x, y, size, room, share = 0.5, turned }: TextOptions,
): string {
  const fitting = size * Math.min(1, (room ?? Number.POSITIVE_INFINITY) / textWidth(font, text, size));
  const path = textPath(font, text, x - share * textWidth(font, text, fitting), y, fitting);
  return `<path d="${path}" fill="#333"${turned ? ` transform="rotate(-90 ${x} ${y})"` : ''}/>`;
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, more = ''): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((v) => v.toFixed(2));
  return `<path d="M${a} ${b}L${c} ${d}" stroke="${stroke}"${more}/>`;
}

/** A filled rectangle. */
export function rectangle(x: number, y: number, width: number, height: number, fill: string): string {
  const [a, b, w, h] = [x, y, width, height].map((v) => v.toFixed(2));
  return `<rect x="${a}" y="${b}" width="${w}" height="${h}" fill="${fill}"/>`;
}
