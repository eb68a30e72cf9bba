/** fast-neural-style in browsers, on WebGPU or WebAssembly. */
import type { Image } from '../core/image.js';
import type { JobOptions } from '../jobs/job.js';
import {
  type TrainedFromPictures,
  type TrainFromPicturesOptions,
  trainStyleFromPictures as trainFromPictures,
} from '../jobs/train-from-pictures.js';
import { openSession } from '../runtime/web.js';
import { stylizeWith } from '../stylize/stylize.js';
import { openStylizer, type StyleInput, type Stylizer, type StylizerOptions } from '../stylize/stylizer.js';
import { openUpscaler, type Upscaler, type UpscalerOptions } from '../upscale/upscaler.js';

export { env, openSession } from '../runtime/web.js';
export * from './common.js';
export * as motion from './groups/motion-anywhere.js';

/** Options of `loadStyle` and `stylize`. */
export type StyleOptions = Omit<StylizerOptions, 'openSession'>;

/** A picture from a canvas. */
export function fromImageData({ width, height, data }: ImageData): Image {
  const pixels = width * height;
  const rgb = new Uint8Array(3 * pixels);
  const alpha = new Uint8Array(pixels);
  let opaque = true;
  for (let i = 0; i < pixels; i++) {
    rgb[3 * i] = data[4 * i]!;
    rgb[3 * i + 1] = data[4 * i + 1]!;
    rgb[3 * i + 2] = data[4 * i + 2]!;
    alpha[i] = data[4 * i + 3]!;
    opaque &&= alpha[i] === 255;
  }
  return opaque ? { width, height, data: rgb } : { width, height, data: rgb, alpha };
}

/** A picture for a canvas. */
export function toImageData({ width, height, data, alpha }: Image): ImageData {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = data[3 * i + c]!;
    image.data[4 * i + 3] = alpha?.[i] ?? 255;
  }
  return image;
}

/** Loads a style from the bytes of a style file, or a blend of several, for several pictures. */
export function loadStyle(style: StyleInput, options: StyleOptions = {}): Promise<Stylizer> {
  return openStylizer(style, 'the style', { ...options, openSession });
}

/**
 * Applies a style to one picture.
 *
 * @param style the bytes of a style file, or a blend of several
 */
export function stylize(image: Image, style: StyleInput, options: StyleOptions = {}): Promise<Image> {
  return stylizeWith(image, style, { ...options, openSession });
}

/**
 * Learns a style from pictures in memory. The loss network's weights are the caller's: `nets.vggNetwork('vgg16',
 * files.readSafetensors(bytes).tensors)`.
 */
export function trainStyleFromPictures(
  options: TrainFromPicturesOptions,
  job?: JobOptions,
): Promise<TrainedFromPictures> {
  return trainFromPictures(options, openSession, job);
}

/** Options of `loadUpscaler`. */
export type UpscaleOptions = Omit<UpscalerOptions, 'openSession'>;

/** Loads a super-resolution network from the bytes of its file. */
export function loadUpscaler(network: Uint8Array, options: UpscaleOptions = {}): Promise<Upscaler> {
  return openUpscaler(network, 'the network', { ...options, openSession });
}
