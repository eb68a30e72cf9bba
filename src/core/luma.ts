/** The brightness of colours by ITU-R BT.601, in its two ranges. Colours are 0..255. */
import type { Planes } from './planes.js';

/** The luma 0..255 of full range, as JPEG has it. */
export function fullRangeLuma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/**
 * The luma 16..235 of video, as MATLAB's `rgb2ycbcr` has it before it rounds. Papers on super-resolution compare this
 * one.
 */
export function videoRangeLuma(red: number, green: number, blue: number): number {
  return 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255;
}

/** The full-range luma of RGB planes, as one plane. */
export function lumaOf({ width, height, data }: Planes): Planes {
  const pixels = width * height;
  const luma = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    luma[i] = fullRangeLuma(data[i]!, data[pixels + i]!, data[2 * pixels + i]!);
  }
  return { width, height, data: luma };
}

/**
 * The light and dark of one picture with the colours of another of its size: full-range luma of the first, chroma of
 * the second. Where that chroma is not to be had at that luma, because a channel would leave 0..255, the luma gives way:
 * it is the nearest that keeps the chroma.
 *
 * @param picture RGB 0..255
 * @param photo RGB 0..255
 * @returns RGB 0..255
 */
export function withColoursOf(picture: Planes, photo: Planes): Planes {
  const { width, height } = picture;
  const pixels = width * height;
  const data = new Float32Array(3 * pixels);
  const wanted = lumaOf(picture).data;
  const own = lumaOf(photo).data;
  for (let i = 0; i < pixels; i++) {
    const [red, green, blue] = [photo.data[i]!, photo.data[pixels + i]!, photo.data[2 * pixels + i]!];
    const darkest = -Math.min(red, green, blue);
    const lightest = 255 - Math.max(red, green, blue);
    const lift = Math.max(darkest, Math.min(lightest, wanted[i]! - own[i]!));
    data[i] = red + lift;
    data[pixels + i] = green + lift;
    data[2 * pixels + i] = blue + lift;
  }
  return { width, height, data };
}
