/** Photos of one colour, of which a network that normalises them sees nothing. */
import type { Image } from '../core/image.js';
import type { Planes } from '../core/planes.js';
import type { RowSource } from '../core/row-source.js';

/** Colours within so many levels are one: those of a JPEG of one colour differ a little. */
const ONE = 4;

/** Tells whether a picture has one colour, or next to it. */
export function isOneColour({ data }: Image): boolean {
  return data.every((v, i) => Math.abs(v - data[i % 3]!) <= ONE);
}

/** `isOneColour` of a picture of which never more than some rows are in memory. */
export async function isOneColourSource(source: RowSource): Promise<boolean> {
  let first: number[] | undefined;
  const band = 64;
  for (let start = 0; start < source.height; start += band) {
    const { data } = await source.read(start, Math.min(source.height, start + band));
    const pixels = data.length / 3;
    first ??= [data[0]!, data[pixels]!, data[2 * pixels]!];
    const own = first;
    if (data.some((v, i) => Math.abs(v - own[Math.floor(i / pixels)]!) > ONE)) return false;
  }
  return true;
}

/**
 * A picture of a photo of one colour, in that colour's tone. Instance norm erases the colour, so that all such photos
 * gave the same picture: it is shifted until its mean is the photo's colour, and its strokes stay. Colours beyond 0..255
 * are clipped later.
 */
export function inToneOf(picture: Planes, photo: Planes): Planes {
  const pixels = picture.data.length / 3;
  const data = picture.data.slice();
  for (let channel = 0; channel < 3; channel++) {
    const own = mean(picture.data.subarray(channel * pixels, (channel + 1) * pixels));
    const wanted = mean(photo.data.subarray(channel * pixels, (channel + 1) * pixels));
    for (let i = channel * pixels; i < (channel + 1) * pixels; i++) data[i]! += wanted - own;
  }
  return { ...picture, data };
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
