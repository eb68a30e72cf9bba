/** Picture files: read, written, and pictures resized. */
import type { Image } from '../../core/image.js';
import { withShorterSide } from '../../core/sizes.js';
import { fromSharp, toSharp } from './pixels.js';

export { type DecodeOptions, decodeImage, isGreyFile } from './decode.js';
export { type EncodeOptions, encodeImage, requireWritableExtension, writableExtensions } from './encode.js';
export type { Image };

/** The picture scaled to exactly `width` x `height` (Lanczos; the aspect ratio may change). */
export async function resizeTo(image: Image, width: number, height: number): Promise<Image> {
  if (width === image.width && height === image.height) return image;
  return fromSharp(toSharp(image).resize({ width, height, fit: 'fill' }));
}

/** The picture scaled so that its shorter side is `size` pixels, the aspect ratio kept. */
export async function resizeShorterSide(image: Image, size: number): Promise<Image> {
  const { width, height } = withShorterSide(image, size);
  return resizeTo(image, width, height);
}
