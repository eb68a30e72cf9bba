import { addToDim, type Dim, scaleDim, shapeText } from '../dim.js';
import { GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { type ConvOptions, checkConvArguments, conv2d, convAttributes } from './conv.js';
import { convWeightGradient } from './correlate.js';
import { allSides } from './slice.js';
import { sum } from './sum.js';

/** Options of `convTranspose2d`. */
export interface ConvTransposeOptions extends ConvOptions {
  pad?: number;
  /** Rows and columns added on the bottom and right, as in PyTorch. */
  outputPad?: number;
}

/**
 * Transposed ("fractionally strided") convolution, the adjoint of `conv2d`: x `[N, Cin, H, W]`, weight
 * `[Cin, Cout, kh, kw]`, result `[N, Cout, (H - 1) stride - 2 pad + kh + outputPad, ...]`. Its gradients are conv2d's
 * with the roles of x and dy exchanged.
 *
 * @throws GraphError when shapes do not fit.
 */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const { bias, stride = 1, outputPad = 0 } = options;
  const sides = allSides(options.pad ?? 0);
  requireRank('convTranspose2d', 'the input', x, 4, '[N, Cin, H, W]');
  requireRank('convTranspose2d', 'the weight', weight, 4, '[Cin, Cout, kh, kw]');
  const [cin, cout, kh, kw] = numericShape('convTranspose2d', weight) as [number, number, number, number];
  checkConvArguments('convTranspose2d', x, weight, cin, cout, stride, bias);
  if (outputPad < 0 || (outputPad > 0 && outputPad >= stride)) {
    throw new GraphError(`convTranspose2d: outputPad must be smaller than the stride, got ${outputPad}`);
  }
  const out = (size: Dim, k: number) =>
    addToDim(scaleDim(addToDim(size, -1), stride), k - 2 * sides.top + outputPad);
  const shape = [x.shape[0]!, cout, out(x.shape[2]!, kh), out(x.shape[3]!, kw)];
  if (shape.some((d) => typeof d === 'number' && d < 1)) {
    throw new GraphError(
      `convTranspose2d: nothing is left of ${shapeText(x.shape)} after the padding ${sides.top}`,
    );
  }
  const inputs = bias ? [x, weight, bias] : [x, weight];
  const attributes = {
    ...convAttributes(kh, kw, stride, sides),
    output_padding: { ints: [outputPad, outputPad] },
  };
  return x.graph.operator(
    'convTranspose2d',
    inputs,
    () => x.graph.node('ConvTranspose', inputs, shape, { attributes }),
    (dy, _, [dx, dw, db]) => [
      dx ? conv2d(dy, weight, { stride, pad: sides }) : undefined,
      dw ? convWeightGradient(dy, x, [kh, kw], stride, sides) : undefined,
      db ? sum(dy, { axes: [0, 2, 3] }) : undefined,
    ],
  );
}
