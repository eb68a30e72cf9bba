/** Rows and columns around pictures: zeros, their reflection, their edge. */
import { shapeText } from '../dim.js';
import { GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { add } from './arithmetic.js';
import { concat } from './concat.js';
import { pad, padNode, type Sides, slice } from './slice.js';
import { sum } from './sum.js';

function checkSides(operator: string, x: Tensor, sides: Sides): void {
  requireRank(operator, 'the input', x, 4, '[N, C, H, W]');
  if (Object.values(sides).some((n) => !Number.isInteger(n) || n < 0)) {
    throw new GraphError(`${operator}: the sides must be whole numbers >= 0, got ${JSON.stringify(sides)}`);
  }
}

/** Zeros around `[N, C, H, W]`. Gradient: the inner part of dy. */
export function zeroPad(x: Tensor, sides: Sides): Tensor {
  checkSides('zeroPad', x, sides);
  const { top, bottom, left, right } = sides;
  return x.graph.operator(
    'zeroPad',
    [x],
    () => padNode(x, [0, 0, top, left], [0, 0, bottom, right], 'constant'),
    (dy) => {
      const [, , h, w] = numericShape('zeroPad', x) as [number, number, number, number];
      return [slice(slice(dy, 2, top, top + h), 3, left, left + w)];
    },
  );
}

/**
 * Reflection without repeating the edge pixel, around `[N, C, H, W]`: row -1 is row 1.
 * Gradient: the reflected strips of dy are turned round and added to the rows they came from.
 *
 * @throws GraphError when a side is not smaller than the axis.
 */
export function reflectPad(x: Tensor, sides: Sides): Tensor {
  checkSides('reflectPad', x, sides);
  const { top, bottom, left, right } = sides;
  const [h, w] = [x.shape[2]!, x.shape[3]!];
  const tooSmall = (size: typeof h, side: number) => typeof size === 'number' && side >= size;
  if (tooSmall(h, Math.max(top, bottom)) || tooSmall(w, Math.max(left, right))) {
    throw new GraphError(
      `reflectPad: each side must be smaller than the image, got ${JSON.stringify(sides)} for ${shapeText(x.shape)}`,
    );
  }
  return x.graph.operator(
    'reflectPad',
    [x],
    () => padNode(x, [0, 0, top, left], [0, 0, bottom, right], 'reflect'),
    (dy) => [foldReflection(foldReflection(dy, 3, left, right), 2, top, bottom)],
  );
}

/** Adds the reflected strips of one padded axis back: the transpose of the reflection. */
function foldReflection(dy: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return dy;
  const n = (dy.shape[axis] as number) - before - after;
  const part = (start: number, end: number) => slice(dy, axis, before + start, before + end);
  const reversed = (start: number, end: number) => {
    const order = Array.from({ length: end - start }, (_, i) => before + end - 1 - i);
    const g = dy.graph;
    const shape = dy.shape.map((d, i) => (i === axis ? order.length : d));
    return g.node('Gather', [dy, g.ints(order)], shape, { attributes: { axis: { int: axis } } });
  };
  // Rows 1..before receive rows -1..-before; rows n-1-after..n-2 receive n..n-1+after.
  if (before + after <= n - 2) {
    const pieces = [part(0, 1)];
    if (before > 0) pieces.push(add(part(1, before + 1), reversed(-before, 0)));
    if (n - 1 - after > before + 1) pieces.push(part(before + 1, n - 1 - after));
    if (after > 0) pieces.push(add(part(n - 1 - after, n - 1), reversed(n, n + after)));
    pieces.push(part(n - 1, n));
    return concat(pieces, axis);
  }
  // The two strips overlap on a small image: place each between zeros and add.
  const place = (strip: Tensor, start: number) => {
    const length = strip.shape[axis] as number;
    const low = dy.shape.map((_, i) => (i === axis ? start : 0));
    const high = dy.shape.map((_, i) => (i === axis ? n - start - length : 0));
    return pad(strip, low, high);
  };
  let total = part(0, n);
  if (before > 0) total = add(total, place(reversed(-before, 0), 1));
  if (after > 0) total = add(total, place(reversed(n, n + after), n - 1 - after));
  return total;
}

/** Repeats the edge pixels around `[N, C, H, W]`. Gradient: the strips of dy are summed into the edge. */
export function edgePad(x: Tensor, sides: Sides): Tensor {
  checkSides('edgePad', x, sides);
  const { top, bottom, left, right } = sides;
  return x.graph.operator(
    'edgePad',
    [x],
    () => padNode(x, [0, 0, top, left], [0, 0, bottom, right], 'edge'),
    (dy) => [foldEdge(foldEdge(dy, 3, left, right), 2, top, bottom)],
  );
}

/** Sums the strips that repeat an edge into that edge: the transpose of the repetition. */
function foldEdge(dy: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return dy;
  const total = dy.shape[axis] as number;
  const summed = (x: Tensor) => sum(x, { axes: [axis], keepDims: true });
  if (total - before - after === 1) return summed(dy);
  const first = slice(dy, axis, 0, before + 1);
  const pieces = [before > 0 ? summed(first) : first];
  if (before + 1 < total - after - 1) pieces.push(slice(dy, axis, before + 1, total - after - 1));
  const last = slice(dy, axis, total - after - 1, total);
  pieces.push(after > 0 ? summed(last) : last);
  return concat(pieces, axis);
}
