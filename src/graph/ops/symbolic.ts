import { scaleDim, symbol } from '../dim.js';
import { requireRank, type Tensor } from '../graph.js';
import { crop } from './layout.js';
import { edgePad } from './pad.js';

/** What `padToMultiple` returns. */
export interface PaddedImage {
  /** `[N, C, multiple h, multiple w]`. */
  padded: Tensor;
  /** The picture's own height and width, an int64 vector in the graph; undefined when they are known as numbers. */
  size: Tensor | undefined;
}

/**
 * Repeats the last row and column of a picture until both sides are multiples of `multiple` and at least `minimum`: so that a network
 * that halves its input twice, or reflects it, accepts every picture from 1x1 up. For a picture of unknown size the graph computes how much
 * (not differentiable); for one whose size is known it is a constant.
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
  const int64 = (type: string, inputs: Tensor[], size: number) =>
    g.node(type, inputs, [size], { dtype: 'int64' });
  const shape = int64('Shape', [x], 4);
  const size = int64('Slice', [shape, g.ints([2]), g.ints([4]), g.ints([0])], 2);
  const raised = int64('Add', [size, g.ints([multiple - 1, multiple - 1])], 2);
  const whole = int64(
    'Mul',
    [int64('Div', [raised, g.ints([multiple, multiple])], 2), g.ints([multiple, multiple])],
    2,
  );
  const target = int64('Max', [whole, g.ints([least, least])], 2);
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

/** Cuts a padded result `[N, C, h, w]` back to the size of the picture that `padToMultiple` got, with the `size` it gave. */
export function cropToMatch(x: Tensor, image: Tensor, size: Tensor | undefined): Tensor {
  const g = x.graph;
  const shape = [x.shape[0]!, x.shape[1]!, image.shape[2]!, image.shape[3]!];
  if (size) return g.node('Slice', [x, g.ints([0, 0]), size, g.ints([2, 3])], shape);
  const [bottom, right] = [2, 3].map((axis) => (x.shape[axis] as number) - (image.shape[axis] as number));
  return bottom || right ? crop(x, { top: 0, left: 0, bottom: bottom!, right: right! }) : x;
}
