/** Styles and super-resolution networks, loaded in Node. */
import { totalmem } from 'node:os';
import type { Image } from '../core/image.js';
import { openStylizer, type Stylizer, type StylizerOptions } from '../stylize/stylizer.js';
import { openUpscaler, type Upscaler, type UpscalerOptions } from '../upscale/upscaler.js';
import { resizeTo } from './media/image.js';
import { fileScratch } from './scratch-file.js';
import { openSession } from './session.js';
import { readStyleFile, readUpscalerFile } from './shipped.js';

/** Options of `loadStyle` and `stylize`. */
export type StyleOptions = Omit<StylizerOptions, 'openSession' | 'resize'>;

/**
 * Loads a style for several pictures.
 *
 * @param style a shipped name (`wave`), the path of an ONNX file, or its bytes; `many.onnx:wave=0.6,scream=0.4` for a
 *   mixture
 */
export async function loadStyle(style: string | Uint8Array, options: StyleOptions = {}): Promise<Stylizer> {
  const { bytes, label, mix } =
    typeof style === 'string'
      ? await readStyleFile(style)
      : { bytes: style, label: 'the style', mix: undefined };
  const { memory = totalmem() / 4, openScratch = fileScratch } = options;
  const own = { ...options, mix: options.mix ?? mix, memory, openScratch, openSession, resize: resizeTo };
  return openStylizer(bytes, label, own);
}

/**
 * Applies a style to one picture.
 *
 * @param style a shipped name (`wave`), the path of an ONNX file, or its bytes; `many.onnx:wave=0.6,scream=0.4` for a
 *   mixture
 */
export async function stylize(
  image: Image,
  style: string | Uint8Array,
  options: StyleOptions = {},
): Promise<Image> {
  const stylizer = await loadStyle(style, options);
  try {
    return await stylizer.stylize(image);
  } finally {
    await stylizer.close();
  }
}

/** Options of `loadUpscaler`. */
export type UpscaleOptions = Omit<UpscalerOptions, 'openSession'>;

/**
 * Loads a super-resolution network for several pictures.
 *
 * @param network a shipped name (`upscale-x4`), the path of an ONNX file, or its bytes
 */
export async function loadUpscaler(
  network: string | Uint8Array,
  options: UpscaleOptions = {},
): Promise<Upscaler> {
  const { bytes, label } =
    typeof network === 'string' ? await readUpscalerFile(network) : { bytes: network, label: 'the network' };
  return openUpscaler(bytes, label, { ...options, openSession });
}
