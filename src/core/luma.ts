/** The brightness of colours by ITU-R BT.601, in its two ranges. Colours are 0..255. */
import type { Image } from './image.js';

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

/**
 * The light and dark of one picture with the colours of another of its size: full-range luma of the first, chroma of
 * the second.
 */
export function withColoursOf(picture: Image, photo: Image): Image {
  const data = new Uint8ClampedArray(picture.data.length);
  const luma = (p: Uint8Array, i: number) => fullRangeLuma(p[i]!, p[i + 1]!, p[i + 2]!);
  for (let i = 0; i < data.length; i += 3) {
    const lift = luma(picture.data, i) - luma(photo.data, i);
    for (let c = 0; c < 3; c++) data[i + c] = photo.data[i + c]! + lift;
  }
  return { ...picture, data: Uint8Array.from(data) };
}
