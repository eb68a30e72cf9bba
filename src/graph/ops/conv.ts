import { addToDim, type Dim, divideDim, scaleDim, shapeText } from '../dim.js';
import { channelsOf, GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import { correlateShifts } from './correlate.js';
import { allSides, reshapeNode, type Sides, sliceNode, spaceToDepthNode, transposeNode } from './layout.js';
import { zeroPadNode } from './pad.js';
import { sumNode } from './reduce.js';

/** Options of `conv2d`. */
export interface ConvOptions {
  /** `[Cout]`, added to every pixel. */
  bias?: Tensor;
  /** 1 or 2. */
  stride?: number;
  /** Zeros around the input, one number for all sides or each by name. */
  pad?: number | Sides;
}

/** Options of `convTranspose2d`. */
export interface ConvTransposeOptions extends ConvOptions {
  pad?: number;
  /** Rows and columns added on the bottom and right, as in PyTorch. */
  outputPad?: number;
}

/**
 * Convolution (cross-correlation, as everywhere in the field): x `[N, Cin, H, W]`, weight `[Cout, Cin, kh, kw]`, result
 * `[N, Cout, (H + pads - kh) / stride + 1, ...]`.
 *
 * Gradients:
 * - dx, stride 1: the convolution of dy with the kernel turned by 180 degrees and its channels swapped. A constant kernel is turned here,
 *   so that ONNX Runtime sees an ordinary constant convolution, its fastest path. Stride 2: transposed convolution.
 * - dweight: one matrix product per kernel tap of dy and the input shifted by that tap (`correlateShifts`).
 * - dbias: the sum of dy over pictures and pixels.
 *
 * @throws GraphError when shapes do not fit or the kernel is larger than the padded input.
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const { bias, stride = 1 } = options;
  const pad = typeof options.pad === 'object' ? options.pad : allSides(options.pad ?? 0);
  requireRank('conv2d', 'the input', x, 4, '[N, Cin, H, W]');
  requireRank('conv2d', 'the weight', weight, 4, '[Cout, Cin, kh, kw]');
  const [cout, cin, kh, kw] = numericShape('conv2d', weight) as [number, number, number, number];
  checkArguments('conv2d', x, weight, cin, cout, stride, bias);
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
    out(x.shape[2]!, kh, pad.top + pad.bottom),
    out(x.shape[3]!, kw, pad.left + pad.right),
  ];
  const y = x.graph.node('Conv', bias ? [x, weight, bias] : [x, weight], shape, {
    attributes: convAttributes(kh, kw, stride, pad),
  });
  const inputs = bias ? [x, weight, bias] : [x, weight];
  return x.graph.record('conv2d', inputs, y, (dy, [dx, dw, db]) => [
    dx ? convInputGradient(dy, weight, numericShape('conv2d', x), stride, pad) : undefined,
    dw ? convWeightGradient(x, dy, kh, kw, stride, pad) : undefined,
    db ? sumNode(dy, [0, 2, 3], false) : undefined,
  ]);
}

/**
 * Transposed ("fractionally strided") convolution, the adjoint of `conv2d`: x `[N, Cin, H, W]`, weight `[Cin, Cout, kh, kw]`, result
 * `[N, Cout, (H - 1) stride - 2 pad + kh + outputPad, ...]`. Its gradients are conv2d's with the roles of x and dy exchanged.
 *
 * @throws GraphError when shapes do not fit.
 */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const { bias, stride = 1, outputPad = 0 } = options;
  const pad = allSides(options.pad ?? 0);
  requireRank('convTranspose2d', 'the input', x, 4, '[N, Cin, H, W]');
  requireRank('convTranspose2d', 'the weight', weight, 4, '[Cin, Cout, kh, kw]');
  const [cin, cout, kh, kw] = numericShape('convTranspose2d', weight) as [number, number, number, number];
  checkArguments('convTranspose2d', x, weight, cin, cout, stride, bias);
  if (outputPad < 0 || (outputPad > 0 && outputPad >= stride)) {
    throw new GraphError(`convTranspose2d: outputPad must be smaller than the stride, got ${outputPad}`);
  }
  const out = (size: Dim, k: number) =>
    addToDim(scaleDim(addToDim(size, -1), stride), k - 2 * pad.top + outputPad);
  const shape = [x.shape[0]!, cout, out(x.shape[2]!, kh), out(x.shape[3]!, kw)];
  if (shape.some((d) => typeof d === 'number' && d < 1)) {
    throw new GraphError(
      `convTranspose2d: nothing is left of ${shapeText(x.shape)} after the padding ${pad.top}`,
    );
  }
  const inputs = bias ? [x, weight, bias] : [x, weight];
  const y = x.graph.node('ConvTranspose', inputs, shape, {
    attributes: { ...convAttributes(kh, kw, stride, pad), output_padding: { ints: [outputPad, outputPad] } },
  });
  return x.graph.record('convTranspose2d', inputs, y, (dy, [dx, dw, db]) => [
    dx
      ? x.graph.node('Conv', [dy, weight], x.shape, { attributes: convAttributes(kh, kw, stride, pad) })
      : undefined,
    dw ? convWeightGradient(dy, x, kh, kw, stride, pad) : undefined,
    db ? sumNode(dy, [0, 2, 3], false) : undefined,
  ]);
}

/** What both convolutions ask of their arguments. */
function checkArguments(
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

function convAttributes(kh: number, kw: number, stride: number, { top, left, bottom, right }: Sides) {
  return {
    kernel_shape: { ints: [kh, kw] },
    strides: { ints: [stride, stride] },
    pads: { ints: [top, left, bottom, right] },
  };
}

function convInputGradient(
  dy: Tensor,
  weight: Tensor,
  shape: readonly number[],
  stride: number,
  pad: Sides,
): Tensor {
  const [, , kh, kw] = numericShape('conv2d', weight) as [number, number, number, number];
  const [, , h, w] = shape as [number, number, number, number];
  if (stride === 1) {
    const { top, left, bottom, right } = pad;
    const back = { top: kh - 1 - top, left: kw - 1 - left, bottom: kh - 1 - bottom, right: kw - 1 - right };
    if (Object.values(back).some((p) => p < 0)) {
      throw new GraphError(`conv2d: padding wider than the kernel ${kh}x${kw} less one has no gradient here`);
    }
    return dy.graph.node('Conv', [dy, turnKernel(weight)], shape, {
      attributes: convAttributes(kh, kw, 1, back),
    });
  }
  if (kh % stride === 0 && kw % stride === 0 && Object.values(pad).every((p) => p === 0)) {
    return blockInputGradient(dy, weight, shape, stride);
  }
  const [, , ho, wo] = numericShape('conv2d', dy) as [number, number, number, number];
  const extraH = h - ((ho - 1) * stride + kh - pad.top - pad.bottom);
  const extraW = w - ((wo - 1) * stride + kw - pad.left - pad.right);
  return dy.graph.node('ConvTranspose', [dy, weight], shape, {
    attributes: { ...convAttributes(kh, kw, stride, pad), output_padding: { ints: [extraH, extraW] } },
  });
}

/**
 * dx of a convolution whose kernel is a multiple of its stride: the input gradient of the stride-1 convolution over 2x2 blocks moved into
 * channels, moved back into space. An ordinary convolution, which is faster than a transposed one.
 */
function blockInputGradient(dy: Tensor, weight: Tensor, shape: readonly number[], stride: number): Tensor {
  const g = dy.graph;
  const [co, ci, kh, kw] = numericShape('conv2d', weight) as [number, number, number, number];
  const [n, , h, w] = shape as [number, number, number, number];
  const [, , ho, wo] = numericShape('conv2d', dy) as [number, number, number, number];
  const [ku, kv] = [kh / stride, kw / stride];
  // [co, ci, ku, s, kv, s] -> [co, ci, s, s, ku, kv]: the order of spaceToDepth's channels.
  const split = transposeNode(reshapeNode(weight, [co, ci, ku, stride, kv, stride]), [0, 1, 3, 5, 2, 4]);
  const kernel = turnKernel(reshapeNode(split, [co, ci * stride * stride, ku, kv]));
  const [hb, wb] = [ho + ku - 1, wo + kv - 1];
  const blocks = g.node('Conv', [dy, kernel], [n, ci * stride * stride, hb, wb], {
    attributes: convAttributes(ku, kv, 1, { top: ku - 1, bottom: ku - 1, left: kv - 1, right: kv - 1 }),
  });
  const dx = g.node('DepthToSpace', [blocks], [n, ci, hb * stride, wb * stride], {
    attributes: { blocksize: { int: stride }, mode: { text: 'CRD' } },
  });
  // Rows that no window covers have no gradient.
  return zeroPadNode(dx, [0, 0, 0, 0], [0, 0, h - hb * stride, w - wb * stride]);
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
  const flat = reshapeNode(weight, [co, ci, taps]);
  const order = g.ints(Array.from({ length: taps }, (_, t) => taps - 1 - t));
  const reversed = g.node('Gather', [flat, order], [co, ci, taps], { attributes: { axis: { int: 2 } } });
  return reshapeNode(transposeNode(reversed, [1, 0, 2]), [ci, co, kh, kw]);
}

/**
 * dW[o, i, u, v] = sum over n, p of dy[n, o, p] x[n, i, stride p + (u, v) - pad]. Stride 2 becomes stride 1 over the
 * input with its 2x2 blocks moved into channels, with a kernel of half the size.
 */
function convWeightGradient(
  x: Tensor,
  dy: Tensor,
  kh: number,
  kw: number,
  stride: number,
  pad: Sides,
): Tensor {
  const [, ci, h, w] = numericShape('conv2d', x) as [number, number, number, number];
  const [, co, ho, wo] = numericShape('conv2d', dy) as [number, number, number, number];
  const [ku, kv] = [Math.ceil(kh / stride), Math.ceil(kw / stride)];
  // Exactly what the windows cover: rows beyond the last window are cut, missing ones are zeros.
  const [hp, wp] = [(ho + ku - 1) * stride, (wo + kv - 1) * stride];
  let padded = x;
  const [cutH, cutW] = [hp - pad.top - h, wp - pad.left - w];
  if (cutH < 0) padded = sliceNode(padded, 2, 0, h + cutH);
  if (cutW < 0) padded = sliceNode(padded, 3, 0, w + cutW);
  padded = zeroPadNode(padded, [0, 0, pad.top, pad.left], [0, 0, Math.max(cutH, 0), Math.max(cutW, 0)]);
  if (stride === 1) return correlateShifts(padded, dy, ku, kv);
  const blocks = correlateShifts(spaceToDepthNode(padded, stride), dy, ku, kv);
  // [co, ci s s, ku, kv] -> [co, ci, s, s, ku, kv] -> [co, ci, ku, s, kv, s]
  const split = reshapeNode(blocks, [co, ci, stride, stride, ku, kv]);
  const whole = reshapeNode(transposeNode(split, [0, 1, 4, 2, 5, 3]), [co, ci, ku * stride, kv * stride]);
  let weight = whole;
  if (ku * stride !== kh) weight = sliceNode(weight, 2, 0, kh);
  if (kv * stride !== kw) weight = sliceNode(weight, 3, 0, kw);
  return weight;
}
