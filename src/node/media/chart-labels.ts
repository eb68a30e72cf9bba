import type { Font } from 'opentype.js';
import { textWidth } from './font.js';
import { drawText } from './svg.js';

/** A point of a chart and its name. Places in pixels. */
export interface LabelledPoint {
  x: number;
  y: number;
  label: string;
}

const SIZE = 12;
/** Between a point and its name. */
const GAP = 8;

/** A rectangle that a text or a point takes. */
interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/**
 * The names of points beside them: to the right, the left, above or below, the first of these that is inside the frame
 * and covers no other point or name; the first inside the frame where all cover one.
 */
export function drawLabels(
  font: Font,
  points: readonly LabelledPoint[],
  frame: { left: number; right: number; top: number; bottom: number },
): string {
  const dot = ({ x, y }: LabelledPoint): Box => ({ left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 });
  const taken = points.map(dot);
  const texts = points.map(({ x, y, label }) => {
    const width = Math.min(textWidth(font, label, SIZE), (frame.right - frame.left) / 2);
    const places = [
      { x: x + GAP, y: y + 4 },
      { x: x - GAP - width, y: y + 4 },
      { x: x - width / 2, y: y - GAP },
      { x: x - width / 2, y: y + GAP + SIZE - 3 },
    ];
    const box = (place: { x: number; y: number }): Box => ({
      left: place.x,
      right: place.x + width,
      top: place.y - SIZE + 2,
      bottom: place.y + 3,
    });
    const isFree = (place: { x: number; y: number }) => {
      const own = box(place);
      return isWithin(own, frame) && !taken.some((other) => overlap(own, other));
    };
    const place = places.find(isFree) ?? places.find((each) => isWithin(box(each), frame)) ?? places[1]!;
    taken.push(box(place));
    return drawText(font, label, { ...place, size: SIZE, room: width, share: 0 });
  });
  return texts.join('\n');
}

function isWithin(own: Box, frame: Box): boolean {
  return (
    own.left >= frame.left && own.right <= frame.right && own.top >= frame.top && own.bottom <= frame.bottom
  );
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
