/**
 * Planes in the layout that ONNX Runtime's fast convolutions on a CPU work in: blocks of B channels, B being as many
 * floats as a vector register holds (8 or 16). The optimizer puts only convolutions and what it knows into that layout,
 * and turns planes there and back for everything else. Here norms and borders stay in it as well, by operators of its
 * domain, which files of saved optimized graphs have too.
 */
import type { Attribute } from '../graph/graph.js';
import { Graph, reshape, symbol, type Tensor, toModel, transpose } from '../graph/index.js';

/** A plane of one picture whose bytes lie as `[C / B, H, W, B]`. */
export interface BlockedPlane {
  /** As the operators of the domain want it: `[1, C, H, W]`. */
  tensor: Tensor;
  channels: number;
  height: number;
  width: number;
  /** B. */
  block: number;
}

const DOMAIN = 'com.microsoft.nchwc';

/** An operator of the layout's domain. */
export function blockedNode(
  type: string,
  inputs: readonly (Tensor | undefined)[],
  shape: readonly number[],
  attributes: Record<string, Attribute>,
): Tensor {
  return inputs[0]!.graph.node(type, inputs, shape, { attributes, domain: DOMAIN });
}

/** Options of `blockedConv`. */
export interface BlockedConvOptions {
  bias?: Tensor;
  stride?: number;
}

/**
 * Convolution without padding.
 *
 * @param x a plane, or a picture `[1, Cin, H, W]` of fewer than B channels
 * @param weight `[Cout, Cin, kh, kw]`, Cout a multiple of B
 */
export function blockedConv(
  x: BlockedPlane | Tensor,
  weight: Tensor,
  block: number,
  { bias, stride = 1 }: BlockedConvOptions = {},
): BlockedPlane {
  const input = 'tensor' in x ? x.tensor : x;
  const [, , h, w] = input.shape as [number, number, number, number];
  const [channels, , kh, kw] = weight.shape as [number, number, number, number];
  const height = Math.floor((h - kh) / stride) + 1;
  const width = Math.floor((w - kw) / stride) + 1;
  const kernel = 'tensor' in x ? blockedKernel(weight, block) : pictureKernel(weight, block);
  const tensor = blockedNode('Conv', [input, kernel, ...(bias ? [bias] : [])], [1, channels, height, width], {
    kernel_shape: { ints: [kh, kw] },
    strides: { ints: [stride, stride] },
  });
  return { tensor, channels, height, width, block };
}

/** `[O, I, kh, kw]` as `[O / B, I / B, kh, kw, B of I, B of O]`. */
function blockedKernel(weight: Tensor, block: number): Tensor {
  const [co, ci, kh, kw] = weight.shape as [number, number, number, number];
  const split = reshape(weight, [co / block, block, ci / block, block, kh, kw]);
  return reshape(transpose(split, [0, 2, 4, 5, 3, 1]), [co, ci, kh, kw]);
}

/** `[O, I, kh, kw]` as `[O / B, I, kh, kw, B of O]`. */
function pictureKernel(weight: Tensor, block: number): Tensor {
  const [co, ci, kh, kw] = weight.shape as [number, number, number, number];
  return reshape(transpose(reshape(weight, [co / block, block, ci, kh, kw]), [0, 2, 3, 4, 1]), [
    co,
    ci,
    kh,
    kw,
  ]);
}

/** What a norm multiplies a channel by and what it adds, both `[C]`. */
export interface Affine {
  gain: Tensor;
  offset: Tensor;
}

/** Options of `applied`. */
export interface AppliedOptions {
  relu?: boolean;
  /** Zeros around the result, whose place a border takes. */
  pad?: number;
  /** A plane of the result's size to add. */
  plus?: BlockedPlane;
}

/** `gain x + offset` in each channel: a convolution of 1x1 with one kernel a channel. */
export function applied(
  x: BlockedPlane,
  { gain, offset }: Affine,
  { relu, pad = 0, plus }: AppliedOptions,
): BlockedPlane {
  const { channels, block } = x;
  const [height, width] = [x.height + 2 * pad, x.width + 2 * pad];
  const inputs = [x.tensor, reshape(gain, [channels, 1, 1, 1]), offset, ...(plus ? [plus.tensor] : [])];
  const tensor = blockedNode('Conv', inputs, [1, channels, height, width], {
    group: { int: channels },
    kernel_shape: { ints: [1, 1] },
    pads: { ints: [pad, pad, pad, pad] },
    ...(relu ? { activation: { text: 'Relu' } } : {}),
  });
  return { tensor, channels, height, width, block };
}

/** The border of one pixel: the row beyond the border is the second one, or the first one again. */
export type BorderKind = 'reflect' | 'edge';

/** Where the pixels of a border lie in `[C / B H W, B]`, and those that they are copies of. */
interface BorderPlaces {
  to: Tensor;
  from: Tensor;
}

/** Those of each size of plane, by graph. */
const borders = new WeakMap<Graph, Map<string, BorderPlaces>>();

function borderPlaces(graph: Graph, kind: BorderKind, x: BlockedPlane): BorderPlaces {
  const { channels, height, width, block } = x;
  const known = borders.get(graph) ?? new Map<string, BorderPlaces>();
  borders.set(graph, known);
  const key = [kind, channels, height, width].join();
  const step = kind === 'reflect' ? 2 : 1;
  const inner = (i: number, size: number) => (i === 0 ? step : i === size - 1 ? i - step : i);
  const make = (): BorderPlaces => {
    const count = (channels / block) * 2 * (height + width - 2);
    const from = new BigInt64Array(count);
    const to = new BigInt64Array(count * block);
    let at = 0;
    for (let b = 0; b < channels / block; b++) {
      for (let r = 0; r < height; r++) {
        const isEnd = r === 0 || r === height - 1;
        for (let c = 0; c < width; c += isEnd ? 1 : width - 1) {
          from[at] = BigInt((b * height + inner(r, height)) * width + inner(c, width));
          to.fill(BigInt((b * height + r) * width + c), at * block, (at + 1) * block);
          at++;
        }
      }
    }
    return { from: graph.constant(from, [count]), to: graph.constant(to, [count, block]) };
  };
  const places = known.get(key) ?? make();
  known.set(key, places);
  return places;
}

/** Writes the outermost pixels of a plane anew, from those inside. */
export function withBorder(x: BlockedPlane, kind: BorderKind): BlockedPlane {
  const { channels, height, width, block, tensor } = x;
  const g = tensor.graph;
  const { from, to } = borderPlaces(g, kind, x);
  const pixels = reshape(tensor, [(channels / block) * height * width, block]);
  const attributes = { axis: { int: 0 } };
  const border = g.node('Gather', [pixels, from], to.shape, { attributes });
  // Of the operators that write into a tensor, this one does not copy it first.
  const whole = g.node('ScatterElements', [pixels, to, border], pixels.shape, { attributes });
  return { ...x, tensor: reshape(whole, [1, channels, height, width]) };
}

/** `[1, 4 C, G, G']` of four phases to the plane `[1, C, 2 G, 2 G']` in which they alternate. */
export function interleaved({ tensor, channels, height, width, block }: BlockedPlane): BlockedPlane {
  const c = channels / 4;
  const phases = reshape(tensor, [2, 2, c / block, height, width, block]);
  const turned = transpose(phases, [2, 3, 0, 4, 1, 5]);
  const size = { channels: c, height: 2 * height, width: 2 * width };
  return { tensor: reshape(turned, [1, c, size.height, size.width]), ...size, block };
}

/** The first `channels` channels of a plane as an ordinary tensor `[1, channels, H, W]`. */
export function unblocked(x: BlockedPlane, channels: number): Tensor {
  return blockedNode('ReorderOutput', [x.tensor], [1, channels, x.height, x.width], {
    channels: { int: channels },
  });
}

/** A model whose output `y` is `[1, B, 1, 1]` for `x` `[1, 4, 1, 1]`: tells how large the blocks are, on a CPU that has some. */
export function blockSizeModel(): Uint8Array {
  const graph = new Graph();
  const x = graph.input('x', [1, 4, 1, 1]);
  graph.output('y', graph.node('ReorderInput', [x], [1, symbol('B'), 1, 1], { domain: DOMAIN }));
  return toModel(graph);
}
