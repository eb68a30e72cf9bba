/** Text as pictures, from the outlines of a font that comes as a dependency: no font of the machine is needed, nor fontconfig. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import opentype, { type Font } from 'opentype.js';
import sharp from 'sharp';
import type { Image } from '../core/image.js';

/** Height of a line as a multiple of the font size; DejaVu's ascent and descent are 1.16. */
const LINE_HEIGHT = 1.3;

/**
 * Centred lines of black text on white. A line that is too long goes on in the next, after a space, a comma or the like where it has one.
 * Letters are set one by one from left to right, which suits Latin, Greek and Cyrillic; what the font (DejaVu Sans) lacks becomes a box.
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
    let x = (width - advance(font, line, fontSize)) / 2;
    for (const letter of line) {
      const baseline = i * LINE_HEIGHT * fontSize + above;
      // The font's own joining of letters (`getPath` of a text) fails on DejaVu in opentype.js 2.0.
      outlines.push(font.charToGlyph(letter).getPath(x, baseline, fontSize).toPathData(2));
      x += advance(font, letter, fontSize);
    }
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path d="${outlines.join('')}"/></svg>`;
  const picture = sharp(Buffer.from(svg)).flatten({ background: 'white' }).toColourspace('srgb');
  return { width, height, data: await picture.raw().toBuffer() };
}

let loading: Promise<Font> | undefined;

function theFont(): Promise<Font> {
  loading ??= (async () => {
    const require = createRequire(import.meta.url);
    const path = require.resolve('@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff');
    return opentype.parse(new Uint8Array(await readFile(path)).buffer);
  })();
  return loading;
}

/** The width of a text in pixels. */
function advance(font: Font, text: string, fontSize: number): number {
  const units = [...text].reduce((sum, letter) => sum + (font.charToGlyph(letter).advanceWidth ?? 0), 0);
  return (units * fontSize) / font.unitsPerEm;
}

/** The text in lines of at most `width` pixels, but of at least one letter each. */
function wrap(font: Font, text: string, width: number, fontSize: number): string[] {
  const fits = (line: string) => advance(font, line.trimEnd(), fontSize) <= width;
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
