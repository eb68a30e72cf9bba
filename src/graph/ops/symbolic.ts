import { sameShape, scaleDim, symbol } from '../dim.js';
import { requireRank, type Tensor } from '../graph.js';
import { edgePad, zeroPad } from './pad.js';
import { crop } from './slice.js';

/** The result of `padToMultiple`. */
export interface PaddedImage {
  /** `[N, C, multiple h, multiple w]`. */
  padded: Tensor;
  /** The picture's own height and width, an int64 vector in the graph; undefined when they are known as numbers. */
  size: Tensor | undefined;
}

/**
 * Repeats the last row and column of a picture until both sides are multiples of `multiple` and at least `minimum`: so
 * that a network that halves its input twice, or reflects it, accepts every picture from 1x1 up. For a picture of
 * unknown size the graph computes how much (not differentiable); for one whose size is known it is a constant.
 *
 * @param x `[N, C, H, W]`
 * @param symbols names of the sizes of the result divided by `multiple`
 */
export function padToMultiple(
  x: Tensor,
  multiple: number,
  minimum: number,
  symbols: readonly [string, string] = ['h', 'w'],
): PaddedImage {
  requireRank('padToMultiple', 'the input', x, 4, '[N, C, H, W]');
  const g = x.graph;
  const least = Math.ceil(minimum / multiple) * multiple;
  const [h, w] = [x.shape[2]!, x.shape[3]!];
  if (typeof h === 'number' && typeof w === 'number') {
    const missing = (side: number) => Math.max(least, Math.ceil(side / multiple) * multiple) - side;
    const sides = { top: 0, left: 0, bottom: missing(h), right: missing(w) };
    return { padded: edgePad(x, sides), size: undefined };
  }
  // A network that takes every size needs nothing.
  if (multiple === 1 && least === 1) return { padded: x, size: undefined };
  const size = heightAndWidth(x);
  const target = int64('Max', [raisedToMultiple(size, multiple), g.ints([least, least])], 2);
  const missing = int64('Sub', [target, size], 2);
  const pads = g.node('Concat', [g.ints([0, 0, 0, 0, 0, 0]), missing], [8], {
    dtype: 'int64',
    attributes: { axis: { int: 0 } },
  });
  const out = [
    x.shape[0]!,
    x.shape[1]!,
    scaleDim(symbol(symbols[0]), multiple),
    scaleDim(symbol(symbols[1]), multiple),
  ];
  const padded = g.node('Pad', [x, pads, g.scalar(0)], out, { attributes: { mode: { text: 'edge' } } });
  return { padded, size };
}

function int64(type: string, inputs: Tensor[], size: number): Tensor {
  return inputs[0]!.graph.node(type, inputs, [size], { dtype: 'int64' });
}

/** The height and width of `[N, C, H, W]` as an int64 vector in the graph. */
function heightAndWidth(x: Tensor): Tensor {
  const g = x.graph;
  return int64('Slice', [int64('Shape', [x], 4), g.ints([2]), g.ints([4]), g.ints([0])], 2);
}

/** Two sizes raised to the next multiples. */
function raisedToMultiple(size: Tensor, multiple: number): Tensor {
  const g = size.graph;
  const raised = int64('Add', [size, g.ints([multiple - 1, multiple - 1])], 2);
  const steps = int64('Div', [raised, g.ints([multiple, multiple])], 2);
  return int64('Mul', [steps, g.ints([multiple, multiple])], 2);
}

/**
 * A row and a column of zeros before the first ones of `[N, C, H, W]` where the height or the width is odd: what
 * TensorFlow's SAME padding of a 3x3 convolution of stride 2 has there, beside the zeros after the last ones.
 * Differentiable where the size is known.
 *
 * @param symbols names of half the sizes of the result, where they are not known
 */
export function zerosToEven(x: Tensor, symbols: readonly [string, string]): Tensor {
  requireRank('zerosToEven', 'the input', x, 4, '[N, C, H, W]');
  const g = x.graph;
  const [h, w] = [x.shape[2]!, x.shape[3]!];
  if (typeof h === 'number' && typeof w === 'number') {
    return zeroPad(x, { top: h % 2, left: w % 2, bottom: 0, right: 0 });
  }
  const size = heightAndWidth(x);
  const missing = int64('Sub', [raisedToMultiple(size, 2), size], 2);
  const pads = g.node('Concat', [g.ints([0, 0]), missing, g.ints([0, 0, 0, 0])], [8], {
    dtype: 'int64',
    attributes: { axis: { int: 0 } },
  });
  const out = [x.shape[0]!, x.shape[1]!, ...symbols.map((name) => scaleDim(symbol(name), 2))];
  return g.node('Pad', [x, pads, g.scalar(0)], out, { attributes: { mode: { text: 'constant' } } });
}

/** The last rows and columns of `[N, C, h, w]`, as many as `image` has. Differentiable where the sizes are known. */
export function lastRowsAndColumns(x: Tensor, image: Tensor): Tensor {
  const g = x.graph;
  const shape = [x.shape[0]!, x.shape[1]!, image.shape[2]!, image.shape[3]!];
  const [top, left] = [2, 3].map((axis) => Number(x.shape[axis]) - Number(image.shape[axis]));
  if (Number.isFinite(top) && Number.isFinite(left)) {
    return top || left ? crop(x, { top: top!, left: left!, bottom: 0, right: 0 }) : x;
  }
  const end = heightAndWidth(x);
  const start = int64('Sub', [end, heightAndWidth(image)], 2);
  return g.node('Slice', [x, start, end, g.ints([2, 3])], shape);
}

/**
 * Cuts a padded result `[N, C, h, w]` back to the size of the picture that `padToMultiple` got, with the `size` it
 * gave.
 */
export function cropToMatch(x: Tensor, image: Tensor, size: Tensor | undefined): Tensor {
  const g = x.graph;
  const shape = [x.shape[0]!, x.shape[1]!, image.shape[2]!, image.shape[3]!];
  if (sameShape(x.shape, shape)) return x;
  if (size) return g.node('Slice', [x, g.ints([0, 0]), size, g.ints([2, 3])], shape);
  const [bottom, right] = [2, 3].map((axis) => (x.shape[axis] as number) - (image.shape[axis] as number));
  return bottom || right ? crop(x, { top: 0, left: 0, bottom: bottom!, right: right! }) : x;
}
