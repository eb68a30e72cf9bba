/** How the networks of other projects want their pictures: the order of channels and the range of numbers. */
import { badOption } from '../core/errors.js';
import type { Planes } from '../core/planes.js';
import { floatsOf, type Initializer, type ModelDescription } from '../graph/index.js';
import { VGG_MEANS } from '../nets/vgg.js';

/** The order of the channels of a picture. */
export type ChannelOrder = 'rgb' | 'bgr';

/** The largest number of a network's pictures: 0 to 255, 0 to 1, and -1 for -1 to 1. */
export type PixelRange = 255 | 1 | -1;

/** What the numbers of a network's pictures are, in and out. */
export interface PixelFormat {
  channelOrder: ChannelOrder;
  range: PixelRange;
}

/** The format of our own networks, and of most. */
export const RGB_255: PixelFormat = { channelOrder: 'rgb', range: 255 };

/** ImageNet's means as VGG and as torchvision subtract them, red first. */
const MEANS = [VGG_MEANS, [0.485, 0.456, 0.406]] as const;

/** What a file says about the format, and where it says so. */
export interface StatedFormat extends Partial<PixelFormat> {
  /** What says the order of channels, in words. */
  orderFrom?: string;
}

/**
 * Checks a format that was asked for.
 *
 * @throws FnsError (usage) when it is none.
 */
export function requirePixelFormat({ channelOrder, range }: Partial<PixelFormat>): void {
  if (channelOrder !== undefined && channelOrder !== 'rgb' && channelOrder !== 'bgr') {
    throw badOption('channelOrder', `rgb or bgr is needed, got ${channelOrder}`);
  }
  if (range !== undefined && range !== 255 && range !== 1 && range !== -1) {
    throw badOption('range', `255 (0 to 255), 1 (0 to 1) or -1 (-1 to 1) is needed, got ${range}`);
  }
}

/**
 * What an ONNX file says of its pictures: the metadata `Image.BitmapPixelFormat` and `Image.NominalPixelRange` (ONNX
 * MetadataProps), which Windows' samples have; doc strings that name BGR or RGB; or ImageNet's means, blue or red first,
 * when they are subtracted from the picture itself.
 */
export function statedFormat(model: ModelDescription): StatedFormat {
  const metadata = new Map(Object.entries(model.metadata).map(([key, value]) => [key.toLowerCase(), value]));
  const orders: [string, ChannelOrder | undefined][] = [
    ['as its metadata says', orderIn(metadata.get('image.bitmappixelformat') ?? '')],
    ['as a doc string in it says', orderIn(model.docs.join(' '))],
    ['as the means that it subtracts show', orderOfMeans(model)],
  ];
  const [orderFrom, channelOrder] = orders.find(([, order]) => order !== undefined) ?? [];
  const range = RANGES[(metadata.get('image.nominalpixelrange') ?? '').toLowerCase()];
  return { ...(channelOrder && { channelOrder, orderFrom }), ...(range && { range }) };
}

/** The ranges of `Image.NominalPixelRange` that a network here may have. */
const RANGES: Readonly<Record<string, PixelRange>> = {
  nominalrange_0_255: 255,
  normalized_0_1: 1,
  normalized_1_1: -1,
};

/** The order that a text names; none where it names both, as in 'converts BGR to RGB'. */
function orderIn(text: string): ChannelOrder | undefined {
  const [rgb, bgr] = [/\brgb/i.test(text), /\bbgr/i.test(text)];
  return rgb === bgr ? undefined : bgr ? 'bgr' : 'rgb';
}

function orderOfMeans(model: ModelDescription): ChannelOrder | undefined {
  const picture = model.inputs[0]?.name;
  const constants = new Map<string, Initializer>(model.weights);
  for (const { type, outputs, attributes } of model.nodes) {
    const value = attributes.get('value');
    if (type === 'Constant' && typeof value === 'object' && !Array.isArray(value))
      constants.set(outputs[0]!, value);
  }
  for (const { type, inputs } of model.nodes) {
    if ((type !== 'Sub' && type !== 'Add') || !inputs.includes(picture ?? '')) continue;
    const constant = inputs.map((name) => constants.get(name)).find((value) => value !== undefined);
    const values = constant && [...(floatsOf(constant) ?? [])].map(Math.abs);
    if (values?.length !== 3) continue;
    const are = (means: readonly number[]) => means.every((m, i) => Math.abs(values[i]! / m - 1) < 0.01);
    for (const means of MEANS) {
      if (are(means)) return 'rgb';
      if (are([...means].reverse())) return 'bgr';
    }
  }
  return undefined;
}

/** The numbers that a network wants for RGB planes of 0..255. */
export function toNetwork({ data }: Planes, { channelOrder, range }: PixelFormat): Float32Array {
  const numbers = range === 255 ? data : data.map(range === 1 ? (v) => v / 255 : (v) => v / 127.5 - 1);
  return channelOrder === 'bgr' ? reversedPlanes(numbers) : numbers;
}

/** RGB in 0..255 (not clipped) of the numbers that a network gave. */
export function fromNetwork(numbers: Float32Array, { channelOrder, range }: PixelFormat): Float32Array {
  const data = range === 255 ? numbers : numbers.map(range === 1 ? (v) => 255 * v : (v) => 127.5 * (v + 1));
  return channelOrder === 'bgr' ? reversedPlanes(data) : data;
}

/** Three planes, last first. */
function reversedPlanes(data: Float32Array): Float32Array {
  const pixels = data.length / 3;
  const reversed = new Float32Array(data.length);
  for (let c = 0; c < 3; c++) reversed.set(data.subarray(c * pixels, (c + 1) * pixels), (2 - c) * pixels);
  return reversed;
}
