/** `modern` for one size of picture in the blocked layout: the same numbers, with less copying around them. */
import {
  add,
  allSides,
  concat,
  depthToSpace,
  type Graph,
  reflectPad,
  reshape,
  type Tensor,
  transpose,
} from '../graph/index.js';
import { centringBias, phaseNorm, planeNorm } from './blocked-norms.js';
import {
  applied,
  type BlockedPlane,
  blockedConv,
  interleaved,
  unblocked,
  withBorder,
} from './blocked-planes.js';
import { blockKernels, upsampleKernels } from './fast-convolutions.js';
import { INSTANCE_EPSILON } from './transform.js';
import { VGG_MEANS } from './vgg.js';

/** Pixels around the result that the last convolution leaves out: those that it would need a border for. */
export const BLOCKED_MARGIN = 3;

const BLOCKS = [1, 2, 3, 4, 5];

/**
 * The transform network `modern` without its outermost pixels: a picture `[1, 3, H, W]` (RGB 0..255, H and W multiples of
 * 4, at least 16) to `[1, 3, H - 6, W - 6]`, not clipped.
 *
 * @param parameters the tensors that `parameterSpecs` names; convolutions must be constants
 * @param block the layout's block; all numbers of channels are multiples of it
 */
export function blockedTransform(
  image: Tensor,
  parameters: ReadonlyMap<string, Tensor>,
  block: number,
): Tensor {
  const parameter = (name: string) => parameters.get(name)!;
  const normOf = (name: string) => ({
    scale: parameter(`${name}.scale`),
    shift: parameter(`${name}.shift`),
    epsilon: INSTANCE_EPSILON.modern,
  });
  const conv = (x: BlockedPlane | Tensor, weight: Tensor, stride = 1) =>
    blockedConv(x, weight, block, { bias: centringBias(x, weight), stride });
  const normed = (x: BlockedPlane, name: string) =>
    withBorder(applied(x, planeNorm(x, normOf(name)), { relu: true, pad: 1 }), 'reflect');

  // A norm takes off what every pixel has in common: the means need not be subtracted.
  let y = normed(conv(reflectPad(image, allSides(4)), parameter('down1.conv.weight')), 'down1.norm');
  y = normed(conv(y, parameter('down2.conv.weight'), 2), 'down2.norm');
  y = normed(conv(y, parameter('down3.conv.weight'), 2), 'down3.norm');
  for (const i of BLOCKS) {
    const first = normed(conv(y, parameter(`res${i}.conv1.weight`)), `res${i}.norm1`);
    const second = conv(first, parameter(`res${i}.conv2.weight`));
    const whole = applied(second, planeNorm(second, normOf(`res${i}.norm2`)), { pad: 1, plus: y });
    y = withBorder(whole, i === BLOCKS.length ? 'edge' : 'reflect');
  }
  const up = (x: BlockedPlane, name: string) => {
    const phases = conv(x, phasesFirst(upsampleKernels(parameter(`${name}.conv.weight`))));
    return applied(phases, phaseNorm(phases, normOf(`${name}.norm`)), { relu: true });
  };
  y = withBorder(interleaved(up(y, 'up1')), 'edge');
  // The last convolution takes the phases as they are: its 10x10 kernel of stride 2 is a 5x5 kernel on them.
  y = up(y, 'up2');
  const drawn = blockedConv(y, phaseKernel(parameter('out.conv.weight'), block), block, {
    bias: phaseBias(parameter('out.conv.bias'), block),
  });
  // Phases begin a row and a column before the picture; the convolution left 2 of each at every side.
  return depthToSpace(unblocked(drawn, 12), 2);
}

/** The kernel of four phases with channels ordered by phase, not each channel's phases together. */
function phasesFirst(kernel: Tensor): Tensor {
  const [out, ci, kh, kw] = kernel.shape as [number, number, number, number];
  const split = transpose(reshape(kernel, [out / 4, 4, ci, kh, kw]), [1, 0, 2, 3, 4]);
  return reshape(split, [out, ci, kh, kw]);
}

/** `[3, C, 9, 9]` to the kernel on four phases, with zeros for the channels that fill the last block: `[16, 4 C, 5, 5]`. */
function phaseKernel(weight: Tensor, block: number): Tensor {
  const c = weight.shape[1] as number;
  const split = reshape(blockKernels(weight), [12, c, 5, 2, 5, 2]);
  const kernel = reshape(transpose(split, [0, 3, 5, 1, 2, 4]), [12, 4 * c, 5, 5]);
  const missing = Math.ceil(12 / block) * block - 12;
  return concat([kernel, zeros(weight.graph, [missing, 4 * c, 5, 5])], 0);
}

/** The bias of the four phases, with the means that the network's result is built around. */
function phaseBias(bias: Tensor, block: number): Tensor {
  const whole = reshape(add(bias, bias.graph.constant(Float32Array.from(VGG_MEANS), [3])), [3, 1]);
  const missing = Math.ceil(12 / block) * block - 12;
  return concat([reshape(concat([whole, whole, whole, whole], 1), [12]), zeros(bias.graph, [missing])], 0);
}

function zeros(graph: Graph, shape: number[]): Tensor {
  return graph.constant(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
}
