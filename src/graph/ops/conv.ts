import { addToDim, type Dim, divideDim, shapeText } from '../dim.js';
import { channelsOf, GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { convWeightGradient } from './correlate.js';
import { depthToSpace } from './depth-to-space.js';
import { reshape, transpose } from './reshape.js';
import { allSides, pad, type Sides } from './slice.js';
import { sum } from './sum.js';

/** Options of `conv2d`. */
export interface ConvOptions {
  /** `[Cout]`, added to every pixel. */
  bias?: Tensor;
  /** 1 or 2. */
  stride?: number;
  /** Zeros around the input, one number for all sides or each by name. */
  pad?: number | Sides;
}

/**
 * Convolution (cross-correlation, as everywhere in the field): x `[N, Cin, H, W]`, weight `[Cout, Cin, kh, kw]`, result
 * `[N, Cout, (H + pads - kh) / stride + 1, ...]`.
 *
 * Gradients:
 * - dx, stride 1: the convolution of dy with the kernel turned by 180 degrees and its channels swapped. A constant
 *   kernel is turned here, so that ONNX Runtime sees an ordinary constant convolution, its fastest path. Stride 2:
 *   transposed convolution.
 * - dweight: one matrix product per kernel tap of dy and the input shifted by that tap (`correlateShifts`).
 * - dbias: the sum of dy over pictures and pixels.
 *
 * @throws GraphError when shapes do not fit or the kernel is larger than the padded input.
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const { bias, stride = 1 } = options;
  const sides = typeof options.pad === 'object' ? options.pad : allSides(options.pad ?? 0);
  requireRank('conv2d', 'the input', x, 4, '[N, Cin, H, W]');
  requireRank('conv2d', 'the weight', weight, 4, '[Cout, Cin, kh, kw]');
  const [cout, cin, kh, kw] = numericShape('conv2d', weight) as [number, number, number, number];
  checkConvArguments('conv2d', x, weight, cin, cout, stride, bias);
  const out = (size: Dim, k: number, pads: number) => {
    const room = addToDim(size, pads - k);
    if (typeof room === 'number' && room < 0) {
      throw new GraphError(
        `conv2d: the kernel ${kh}x${kw} is larger than the padded input ${shapeText(x.shape)}`,
      );
    }
    return addToDim(divideDim(room, stride), 1);
  };
  const shape = [
    x.shape[0]!,
    cout,
    out(x.shape[2]!, kh, sides.top + sides.bottom),
    out(x.shape[3]!, kw, sides.left + sides.right),
  ];
  const inputs = bias ? [x, weight, bias] : [x, weight];
  return x.graph.operator(
    'conv2d',
    inputs,
    () => x.graph.node('Conv', inputs, shape, { attributes: convAttributes(kh, kw, stride, sides) }),
    (dy, _, [dx, dw, db]) => [
      dx ? convInputGradient(dy, weight, numericShape('conv2d', x), stride, sides) : undefined,
      dw ? convWeightGradient(x, dy, [kh, kw], stride, sides) : undefined,
      db ? sum(dy, { axes: [0, 2, 3] }) : undefined,
    ],
  );
}

/**
 * Checks the arguments of both convolutions.
 *
 * @throws GraphError when they do not fit each other.
 */
export function checkConvArguments(
  operator: string,
  x: Tensor,
  weight: Tensor,
  cin: number,
  cout: number,
  stride: number,
  bias: Tensor | undefined,
): void {
  if (channelsOf(operator, x) !== cin) {
    throw new GraphError(
      `${operator}: the weight ${shapeText(weight.shape)} needs ${cin} input channels, got ${shapeText(x.shape)}`,
    );
  }
  if (stride !== 1 && stride !== 2) {
    throw new GraphError(`${operator}: the stride must be 1 or 2, got ${stride}`);
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== cout)) {
    throw new GraphError(`${operator}: the bias must be [${cout}], got ${shapeText(bias.shape)}`);
  }
}

/** The attributes of the nodes Conv and ConvTranspose. */
export function convAttributes(kh: number, kw: number, stride: number, { top, left, bottom, right }: Sides) {
  return {
    kernel_shape: { ints: [kh, kw] },
    strides: { ints: [stride, stride] },
    pads: { ints: [top, left, bottom, right] },
  };
}

/** dx of `conv2d`, of the given shape. */
function convInputGradient(
  dy: Tensor,
  weight: Tensor,
  shape: readonly number[],
  stride: number,
  sides: Sides,
): Tensor {
  const [, , kh, kw] = numericShape('conv2d', weight) as [number, number, number, number];
  const [, , h, w] = shape as [number, number, number, number];
  if (stride === 1) {
    const { top, left, bottom, right } = sides;
    const back = { top: kh - 1 - top, left: kw - 1 - left, bottom: kh - 1 - bottom, right: kw - 1 - right };
    if (Object.values(back).some((p) => p < 0)) {
      throw new GraphError(`conv2d: padding wider than the kernel ${kh}x${kw} less one has no gradient here`);
    }
    return conv2d(dy, turnKernel(weight), { pad: back });
  }
  if (kh % stride === 0 && kw % stride === 0 && Object.values(sides).every((p) => p === 0)) {
    return blockInputGradient(dy, weight, shape, stride);
  }
  const [, , ho, wo] = numericShape('conv2d', dy) as [number, number, number, number];
  const extraH = h - ((ho - 1) * stride + kh - sides.top - sides.bottom);
  const extraW = w - ((wo - 1) * stride + kw - sides.left - sides.right);
  return dy.graph.node('ConvTranspose', [dy, weight], shape, {
    attributes: { ...convAttributes(kh, kw, stride, sides), output_padding: { ints: [extraH, extraW] } },
  });
}

/**
 * dx of a convolution whose kernel is a multiple of its stride: the input gradient of the stride-1 convolution over 2x2
 * blocks moved into channels, moved back into space. An ordinary convolution, which is faster than a transposed one.
 */
function blockInputGradient(dy: Tensor, weight: Tensor, shape: readonly number[], stride: number): Tensor {
  const [co, ci, kh, kw] = numericShape('conv2d', weight) as [number, number, number, number];
  const [, , h, w] = shape as [number, number, number, number];
  const [ku, kv] = [kh / stride, kw / stride];
  // [co, ci, ku, s, kv, s] -> [co, ci, s, s, ku, kv]: the order of spaceToDepth's channels.
  const split = transpose(reshape(weight, [co, ci, ku, stride, kv, stride]), [0, 1, 3, 5, 2, 4]);
  const kernel = turnKernel(reshape(split, [co, ci * stride * stride, ku, kv]));
  const blocks = conv2d(dy, kernel, { pad: { top: ku - 1, bottom: ku - 1, left: kv - 1, right: kv - 1 } });
  const dx = depthToSpace(blocks, stride);
  const [, , hd, wd] = numericShape('conv2d', dx) as [number, number, number, number];
  // Rows that no window covers have no gradient.
  return pad(dx, [0, 0, 0, 0], [0, 0, h - hd, w - wd]);
}

/** `[Cout, Cin, kh, kw]` to `[Cin, Cout, kh, kw]`, turned by 180 degrees. */
function turnKernel(weight: Tensor): Tensor {
  const g = weight.graph;
  const [co, ci, kh, kw] = numericShape('conv2d', weight) as [number, number, number, number];
  const taps = kh * kw;
  const data = g.constantData(weight);
  if (data) {
    const turned = new Float32Array(data.length);
    for (let o = 0; o < co; o++)
      for (let i = 0; i < ci; i++)
        for (let t = 0; t < taps; t++)
          turned[(i * co + o) * taps + taps - 1 - t] = data[(o * ci + i) * taps + t]!;
    return g.constant(turned, [ci, co, kh, kw]);
  }
  // Slice with a negative step returns wrong values on WebGPU: a Gather of reversed indices instead.
  const flat = reshape(weight, [co, ci, taps]);
  const order = g.ints(Array.from({ length: taps }, (_, t) => taps - 1 - t));
  const reversed = g.node('Gather', [flat, order], [co, ci, taps], { attributes: { axis: { int: 2 } } });
  return reshape(transpose(reversed, [1, 0, 2]), [ci, co, kh, kw]);
}
