/** Text as pictures. */
import type { Font } from 'opentype.js';
import sharp from 'sharp';
import type { Image } from '../../core/image.js';
import { textPath, textWidth, theFont } from './font.js';

/** Height of a line as a multiple of the font size; DejaVu's ascent and descent are 1.16. */
const LINE_HEIGHT = 1.3;

/**
 * Centred lines of black text on white. A line that is too long goes on in the next, after a space, a comma or the like
 * where it has one. Letters are set one by one from left to right, which suits Latin, Greek and Cyrillic; what the font
 * (DejaVu Sans) lacks becomes a box.
 *
 * @param lines may be empty: the picture of no line has the height 0
 * @param width of the picture in pixels, from 1 on
 * @param fontSize in pixels
 * @returns a picture of `width` and of as many lines as the text takes, each 1.3 font sizes high
 */
export async function drawCaption(lines: readonly string[], width: number, fontSize: number): Promise<Image> {
  const font = await theFont();
  const wrapped = lines.flatMap((line) => wrap(font, line, width, fontSize));
  const height = Math.ceil(wrapped.length * LINE_HEIGHT * fontSize);
  if (height === 0) return { width, height, data: new Uint8Array() };
  const em = fontSize / font.unitsPerEm;
  const above = (LINE_HEIGHT * fontSize - (font.ascender - font.descender) * em) / 2 + font.ascender * em;
  const outlines: string[] = [];
  wrapped.forEach((line, i) => {
    const x = (width - textWidth(font, line, fontSize)) / 2;
    outlines.push(textPath(font, line, x, i * LINE_HEIGHT * fontSize + above, fontSize));
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path d="${outlines.join('')}"/></svg>`;
  const picture = sharp(Buffer.from(svg)).flatten({ background: 'white' }).toColourspace('srgb');
  return { width, height, data: await picture.raw().toBuffer() };
}

/** The text in lines of at most `width` pixels, but of at least one letter each. */
function wrap(font: Font, text: string, width: number, fontSize: number): string[] {
  const fits = (line: string) => textWidth(font, line.trimEnd(), fontSize) <= width;
  const lines: string[] = [];
  let line = '';
  // \p{Cc}: a file may have a line break in its name.
  for (const piece of text.replace(/\p{Cc}/gu, ' ').split(/(?<=[\s,;:/+-])/u)) {
    if (fits(line + piece)) {
      line += piece;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const letter of piece) {
      if (line !== '' && !fits(line + letter)) {
        lines.push(line);
        line = '';
      }
      line += letter;
    }
  }
  return [...lines, line].map((l) => l.trim());
}
