/** Pictures in memory as sharp takes and gives them. */
import sharp, { type Sharp } from 'sharp';
import type { Image } from '../../core/image.js';

/** The picture for sharp, with 8 bits a channel. */
export function toSharp(image: Image): Sharp {
  const { width, height, alpha } = image;
  const channels = alpha ? 4 : 3;
  return sharp(interleaved(image), { raw: { width, height, channels }, limitInputPixels: false });
}

/** RGB, or RGBA where there is alpha, 8 bits each. */
export function interleaved({ data, alpha }: Image): Uint8Array {
  if (!alpha) return data;
  const joined = new Uint8Array(alpha.length * 4);
  for (let i = 0; i < alpha.length; i++) {
    joined[4 * i] = data[3 * i]!;
    joined[4 * i + 1] = data[3 * i + 1]!;
    joined[4 * i + 2] = data[3 * i + 2]!;
    joined[4 * i + 3] = alpha[i]!;
  }
  return joined;
}

/** RGB, or RGBA where there is alpha, 16 bits each. */
export function interleavedDeep({ data, deep, alpha }: Image): Uint16Array {
  const colours = deep ?? Uint16Array.from(data, (value) => 257 * value);
  if (!alpha) return colours;
  const joined = new Uint16Array(alpha.length * 4);
  for (let i = 0; i < alpha.length; i++) {
    for (let c = 0; c < 3; c++) joined[4 * i + c] = colours[3 * i + c]!;
    joined[4 * i + 3] = 257 * alpha[i]!;
  }
  return joined;
}

/** The picture of sharp, with 8 bits a channel. */
export async function fromSharp(picture: Sharp): Promise<Image> {
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return fromInterleaved(data, info);
}

/** The picture of sharp, with 16 bits a channel where it has them. */
export async function fromSharpDeep(picture: Sharp): Promise<Image> {
  const { data, info } = await picture.raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  // 257 v in 16 bits is v in 8: both are the same share of the full range.
  const image = fromInterleaved(
    Uint8Array.from(values, (value) => Math.round(value / 257)),
    info,
  );
  return { ...image, deep: colours(values, info.width * info.height, info.channels, Uint16Array) };
}

/** How interleaved pixels lie. */
interface Layout {
  width: number;
  height: number;
  channels: number;
}

/**
 * The picture of interleaved pixels. Four channels are RGB and alpha; one or two are grey, the second being alpha. An
 * alpha that is opaque everywhere is left out.
 */
export function fromInterleaved(raw: Uint8Array, { width, height, channels }: Layout): Image {
  if (channels === 3) return { width, height, data: raw };
  const pixels = width * height;
  const data = colours(raw, pixels, channels, Uint8Array);
  if (channels === 1) return { width, height, data };
  const alpha = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) alpha[i] = raw[channels * i + channels - 1]!;
  return alpha.every((opacity) => opacity === 255) ? { width, height, data } : { width, height, data, alpha };
}

function colours<Values extends Uint8Array | Uint16Array>(
  raw: Values,
  pixels: number,
  channels: number,
  kind: new (length: number) => Values,
): Values {
  const step = channels > 2 ? 1 : 0;
  const result = new kind(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    result[3 * i] = raw[channels * i]!;
    result[3 * i + 1] = raw[channels * i + step]!;
    result[3 * i + 2] = raw[channels * i + 2 * step]!;
  }
  return result;
}
