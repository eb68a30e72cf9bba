/** Text as outlines of a font that comes as a dependency: no font of the machine is needed, nor fontconfig. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Font, PathCommand } from 'opentype.js';

let loading: Promise<Font> | undefined;

/** DejaVu Sans. */
export function theFont(): Promise<Font> {
  loading ??= (async () => {
    // Loaded when there is something to write, as few commands do.
    const { default: opentype } = await import('opentype.js');
    const require = createRequire(import.meta.url);
    const path = require.resolve('@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff');
    return opentype.parse(new Uint8Array(await readFile(path)).buffer);
  })();
  return loading;
}

/** The width of a text in pixels. */
export function textWidth(font: Font, text: string, fontSize: number): number {
  const units = [...text].reduce((sum, letter) => sum + (font.charToGlyph(letter).advanceWidth ?? 0), 0);
  return (units * fontSize) / font.unitsPerEm;
}

/**
 * The text as the data of an SVG path. Letters are set one by one from left to right, which suits Latin, Greek and
 * Cyrillic; what the font lacks becomes a box.
 */
export function textPath(font: Font, text: string, x: number, baseline: number, fontSize: number): string {
  let path = '';
  let at = x;
  for (const letter of text) {
    // The font's own joining of letters (`getPath` of a text) fails on DejaVu in opentype.js 2.0.
    path += pathData(font.charToGlyph(letter).getPath(at, baseline, fontSize).commands);
    at += textWidth(font, letter, fontSize);
  }
  return path;
}

/**
 * Path commands as SVG writes them. opentype.js 2.0's `toPathData` runs numbers into each other before a zero: `9.550`.
 */
function pathData(commands: readonly PathCommand[]): string {
  const point = (x: number, y: number) => `${x.toFixed(2)} ${y.toFixed(2)}`;
  return commands
    .map((c) => {
      if (c.type === 'Z') return 'Z';
      if (c.type === 'Q') return `Q${point(c.x1, c.y1)} ${point(c.x, c.y)}`;
      if (c.type === 'C') return `C${point(c.x1, c.y1)} ${point(c.x2, c.y2)} ${point(c.x, c.y)}`;
      return `${c.type}${point(c.x, c.y)}`;
    })
    .join('');
}
