/** Networks of other projects for other pixels than RGB 0..255, as networks for these. */
import { badOption } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import type { PixelFormat } from '../files/pixel-format.js';
import { VGG_MEANS } from '../nets/vgg.js';
import type { Converted } from './tensor.js';

/**
 * The network that does to RGB 0..255 what the given one does to its own pixels: the first convolution takes its
 * channels in another order and from larger numbers, the output gives them so. A shift of all pixels cancels in the
 * instance norm after the first convolution, because reflection keeps a constant constant.
 *
 * @param converted of pytorch/examples or lengstrom
 * @throws FnsError (usage) when the network has a range of its own.
 */
export function toRgb255(
  converted: Converted,
  { channelOrder, range }: PixelFormat,
  label: string,
): Converted {
  if (channelOrder === 'rgb' && range === 255) return converted;
  if (range !== 255 && converted.architecture !== 'modern') {
    throw badOption('range', `the network of ${label} has 0 to 255 built in`);
  }
  const parameters = new Map(converted.parameters);
  const change = (name: string, of: (tensor: FloatTensor) => Float32Array) => {
    const tensor = parameters.get(name);
    if (tensor) parameters.set(name, { shape: tensor.shape, data: of(tensor) });
  };
  const [factor, shift] = range === -1 ? [127.5, 127.5] : [255 / range, 0];
  const means = (i: number) => VGG_MEANS[i]!;
  change('down1.conv.weight', ({ data }) => data.map((v) => v / factor));
  change('out.conv.weight', ({ data }) => data.map((v) => v * factor));
  // `modern` adds the means of VGG to its output.
  change('out.conv.bias', ({ data }) => data.map((v, i) => (v + means(i)) * factor + shift - means(i)));
  if (channelOrder === 'bgr') {
    change('down1.conv.weight', ({ shape, data }) => reversed(data, shape[0]!, shape[2]! * shape[3]!));
    change('out.conv.weight', ({ shape, data }) => reversed(data, 1, data.length / shape[0]!));
    change('out.conv.bias', ({ data }) => data.map((_, i) => data[2 - i]! + means(2 - i) - means(i)));
    for (const name of ['out.norm.scale', 'out.norm.shift']) change(name, ({ data }) => reversed(data, 1, 1));
  }
  return { ...converted, parameters };
}

/** `[outer, 3, inner]` with its three parts in the other order. */
function reversed(data: Float32Array, outer: number, inner: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < 3; c++) {
      const from = (3 * o + c) * inner;
      result.set(data.subarray(from, from + inner), (3 * o + 2 - c) * inner);
    }
  }
  return result;
}
