import type { Font } from 'opentype.js';
import { textWidth } from './font.js';
import { DASHES, drawText, line, rectangle } from './svg.js';

/** A name in a legend and how its series looks. */
export interface LegendEntry {
  name: string;
  colour: string;
  dashed: boolean;
  /** A rectangle instead of a line. */
  filled: boolean;
}

/** Between two names. */
const GAP = 24;
/** A symbol and the space after it. */
const SYMBOL = 32;
const ROW = 22;

/**
 * The names of the series beside their colours, in as many centred rows as they need, the last at `bottom`.
 *
 * @param room the width of the rows
 */
export function drawLegend(
  font: Font,
  entries: readonly LegendEntry[],
  { centre, bottom, room }: { centre: number; bottom: number; room: number },
): { svg: string; height: number } {
  const widthOf = ({ name }: LegendEntry) => Math.min(room, SYMBOL + textWidth(font, name, 12));
  const rows: { width: number; entries: LegendEntry[] }[] = [];
  for (const entry of entries) {
    const row = rows.at(-1);
    const width = widthOf(entry);
    if (row && row.width + GAP + width <= room) {
      row.entries.push(entry);
      row.width += GAP + width;
    } else rows.push({ width, entries: [entry] });
  }
  const svg = rows.flatMap((row, r) => {
    const y = bottom - (rows.length - 1 - r) * ROW;
    let x = centre - row.width / 2;
    return row.entries.map((entry) => {
      const { name, colour, dashed, filled } = entry;
      const symbol = filled
        ? rectangle(x + 10, y - 10, 14, 12, colour)
        : line(x, y - 4, x + 24, y - 4, colour, ` stroke-width="2"${dashed ? DASHES : ''}`);
      const text = drawText(font, name, { x: x + SYMBOL, y, size: 12, room: room - SYMBOL, share: 0 });
      x += widthOf(entry) + GAP;
      return symbol + text;
    });
  });
  return { svg: svg.join('\n'), height: rows.length * ROW };
}
