/** Cutting out and surrounding with a value: the gradient of the one is the other. */
import { addToDim, type Dim, shapeText } from '../dim.js';
import { GraphError, numericShape, requireRank, type Tensor } from '../graph.js';

/** Pixels to remove or to add on each side of `[N, C, H, W]`. */
export interface Sides {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** The same number of pixels on each side. */
export function allSides(n: number): Sides {
  return { top: n, bottom: n, left: n, right: n };
}

/** Elements start..end-1 of one axis. Gradient: dy between zeros. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const size = x.shape[axis];
  if (typeof size !== 'number' || start < 0 || end > size || start >= end) {
    throw new GraphError(`slice: axis ${axis} of ${shapeText(x.shape)} has no range ${start}..${end}`);
  }
  const g = x.graph;
  const along = (n: number, other: number) => x.shape.map((_, i) => (i === axis ? n : other));
  const shape = x.shape.map((d, i) => (i === axis ? end - start : d));
  return g.operator(
    'slice',
    [x],
    () => g.node('Slice', [x, g.ints([start]), g.ints([end]), g.ints([axis])], shape),
    (dy) => [pad(dy, along(start, 0), along(size - end, 0))],
  );
}

/** Removes pixels on each side. Gradient: dy between zeros. */
export function crop(x: Tensor, sides: Sides): Tensor {
  requireRank('crop', 'the input', x, 4, '[N, C, H, W]');
  const { top, bottom, left, right } = sides;
  const shape: Dim[] = [
    x.shape[0]!,
    x.shape[1]!,
    addToDim(x.shape[2]!, -top - bottom),
    addToDim(x.shape[3]!, -left - right),
  ];
  const low = shape.find((d) => typeof d === 'number' && d < 1);
  if (low !== undefined || Math.min(top, bottom, left, right) < 0) {
    throw new GraphError(
      `crop: cannot remove top ${top}, bottom ${bottom}, left ${left}, right ${right} of ${shapeText(x.shape)}`,
    );
  }
  const g = x.graph;
  // A negative end counts from the far side, so this works for symbolic sizes too; an end past the axis means all of
  // it.
  const far = 2 ** 31 - 1;
  const ends = [bottom > 0 ? -bottom : far, right > 0 ? -right : far];
  return g.operator(
    'crop',
    [x],
    () => g.node('Slice', [x, g.ints([top, left]), g.ints(ends), g.ints([2, 3])], shape),
    (dy) => [pad(dy, [0, 0, top, left], [0, 0, bottom, right])],
  );
}

/** The node of a padding of all kinds, or x itself where nothing is added. */
export function padNode(
  x: Tensor,
  before: readonly number[],
  after: readonly number[],
  mode: 'constant' | 'reflect' | 'edge',
  value = 0,
): Tensor {
  const g = x.graph;
  if ([...before, ...after].every((n) => n === 0)) return x;
  const shape = x.shape.map((d, i) => addToDim(d, before[i]! + after[i]!));
  // The WebGPU kernel reads the third input even where the mode ignores it.
  const inputs = [x, g.ints([...before, ...after]), g.scalar(value)];
  return g.node('Pad', inputs, shape, { attributes: { mode: { text: mode } } });
}

/** A value (0 by default) before and after the elements of each axis. Gradient: the inner part of dy. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor {
  return x.graph.operator(
    'pad',
    [x],
    () => padNode(x, before, after, 'constant', value),
    (dy) => {
      const shape = numericShape('pad', x);
      return [
        shape.reduce((part, size, axis) => {
          const padded = before[axis]! + after[axis]! > 0;
          return padded ? slice(part, axis, before[axis]!, before[axis]! + size) : part;
        }, dy),
      ];
    },
  );
}
