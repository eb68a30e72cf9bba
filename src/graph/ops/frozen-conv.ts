import { shapeText } from '../dim.js';
import { GraphError, numericShape, requireRank, type Tensor } from '../graph.js';
import type { Sides } from './slice.js';

/** Options of `frozenConv2d`. Pairs are vertical, horizontal. */
export interface FrozenConvOptions {
  /** `[Cout]`, a constant added to every pixel. */
  bias?: Tensor;
  /** 1, 1 by default. */
  strides?: readonly [number, number];
  /** Zeros around the input; none by default. */
  pad?: Sides;
  /** Distances between the taps of the kernel; 1, 1 by default. */
  dilations?: readonly [number, number];
  /** The channels fall into so many groups that do not see each other; as many as channels: depthwise. 1 by default. */
  group?: number;
}

/**
 * Convolution with a constant kernel, with any stride, dilation and groups: x `[N, Cin, H, W]`, weight
 * `[Cout, Cin / group, kh, kw]`, result `[N, Cout, (H + pads - dilation (kh - 1) - 1) / stride + 1, ...]`. `conv2d` is
 * the one whose kernel can be learned.
 *
 * Gradient of x: stride 1: the convolution of dy with each group's kernel turned by 180 degrees and its channels
 * swapped, turned here, so that it is a constant again. Otherwise the transposed convolution of dy.
 *
 * @throws GraphError when shapes do not fit, the weight is no constant, or the kernel is larger than the padded input.
 */
export function frozenConv2d(x: Tensor, weight: Tensor, options: FrozenConvOptions = {}): Tensor {
  const { bias, strides = [1, 1], dilations = [1, 1], group = 1 } = options;
  const pad = options.pad ?? { top: 0, left: 0, bottom: 0, right: 0 };
  const { graph } = x;
  requireRank('frozenConv2d', 'the input', x, 4, '[N, Cin, H, W]');
  requireRank('frozenConv2d', 'the weight', weight, 4, '[Cout, Cin / group, kh, kw]');
  const data = graph.constantData(weight);
  if (!data) throw new GraphError('frozenConv2d: the weight must be a constant');
  const [n, cin, h, w] = numericShape('frozenConv2d', x) as [number, number, number, number];
  const [cout, each, kh, kw] = numericShape('frozenConv2d', weight) as [number, number, number, number];
  if (cin !== each * group || cout % group !== 0) {
    throw new GraphError(
      `frozenConv2d: the weight ${shapeText(weight.shape)} in ${group} groups needs ${each * group} input channels, got ${shapeText(x.shape)}`,
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== cout)) {
    throw new GraphError(`frozenConv2d: the bias must be [${cout}], got ${shapeText(bias.shape)}`);
  }
  const reach = [dilations[0] * (kh - 1), dilations[1] * (kw - 1)] as const;
  const room = [h + pad.top + pad.bottom - reach[0] - 1, w + pad.left + pad.right - reach[1] - 1] as const;
  if (Math.min(...room) < 0) {
    throw new GraphError(
      `frozenConv2d: the kernel ${kh}x${kw} is larger than the padded input ${shapeText(x.shape)}`,
    );
  }
  const shape = [n, cout, Math.floor(room[0] / strides[0]) + 1, Math.floor(room[1] / strides[1]) + 1];
  const attributes = (step: readonly number[], { top, left, bottom, right }: Sides) => ({
    kernel_shape: { ints: [kh, kw] },
    strides: { ints: step },
    pads: { ints: [top, left, bottom, right] },
    dilations: { ints: dilations },
    group: { int: group },
  });
  const gradient = (dy: Tensor): Tensor => {
    const back = {
      top: reach[0] - pad.top,
      bottom: reach[0] - pad.bottom,
      left: reach[1] - pad.left,
      right: reach[1] - pad.right,
    };
    if (strides[0] === 1 && strides[1] === 1 && Object.values(back).every((side) => side >= 0)) {
      const values = turnGroups(data, group, cout / group, each, kh * kw);
      const turned = graph.constant(values, [cin, cout / group, kh, kw]);
      return graph.node('Conv', [dy, turned], x.shape, { attributes: attributes([1, 1], back) });
    }
    // Rows that no window reaches.
    const left = [room[0] % strides[0], room[1] % strides[1]];
    return graph.node('ConvTranspose', [dy, weight], x.shape, {
      attributes: { ...attributes(strides, pad), output_padding: { ints: left } },
    });
  };
  return graph.operator(
    'frozenConv2d',
    [x],
    () =>
      graph.node('Conv', bias ? [x, weight, bias] : [x, weight], shape, {
        attributes: attributes(strides, pad),
      }),
    (dy) => [gradient(dy)],
  );
}

/** `[G O, I, taps]` to `[G I, O, taps]`, the taps in reverse. */
function turnGroups(data: Float32Array, groups: number, outs: number, ins: number, taps: number) {
  const turned = new Float32Array(data.length);
  for (let g = 0; g < groups; g++)
    for (let o = 0; o < outs; o++)
      for (let i = 0; i < ins; i++)
        for (let t = 0; t < taps; t++)
          turned[((g * ins + i) * outs + o) * taps + taps - 1 - t] =
            data[((g * outs + o) * ins + i) * taps + t]!;
  return turned;
}
