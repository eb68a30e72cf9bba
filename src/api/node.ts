/** fast-neural-style in Node. */
import type { Image } from '../core/image.js';
import { resizeTo } from '../node/media/image.js';
import { openSession } from '../node/session.js';
import { readStyleFile, readUpscalerFile } from '../node/shipped.js';
import {
  type Optimised,
  type OptimiseOptions,
  optimisePicture as optimise,
} from '../optimize/optimise-picture.js';
import { openStylizer, type Stylizer, type StylizerOptions } from '../stylize/stylizer.js';
import { openStyleTrainer, type StyleTrainerOptions } from '../train/style-trainer.js';
import type { Trainer } from '../train/trainer.js';
import { openUpscaler, type Upscaler, type UpscalerOptions } from '../upscale/upscaler.js';

export { openTrainingLog, type TrainingLog, type TrainingLogOptions } from '../node/logs/training-log.js';
export { listPhotos } from '../node/media/folder.js';
export { decodeImage, encodeImage } from '../node/media/image.js';
export { openPhotos, type PhotoSource } from '../node/media/photos.js';
export { importStyleFile } from '../node/network-files.js';
export { openSession } from '../node/session.js';
export { shippedStyles, shippedUpscalers } from '../node/shipped.js';
export { chooseLossNetwork, loadLossNetwork } from '../node/weights/loss-network-file.js';
export { loadVggWeights } from '../node/weights/vgg-weights.js';
export * from './common.js';

/** Options of `loadStyle` and `stylize`. */
export type StyleOptions = Omit<StylizerOptions, 'openSession' | 'resize'>;

/**
 * Loads a style for several pictures.
 *
 * @param style a shipped name (`wave`), the path of an ONNX file, or its bytes; `many.onnx:wave=0.6,scream=0.4` for a mixture
 */
export async function loadStyle(style: string | Uint8Array, options: StyleOptions = {}): Promise<Stylizer> {
  if (typeof style !== 'string')
    return openStylizer(style, 'the style', { ...options, openSession, resize: resizeTo });
  const { bytes, label, mix } = await readStyleFile(style);
  return openStylizer(bytes, label, { ...options, mix: options.mix ?? mix, openSession, resize: resizeTo });
}

/**
 * Applies a style to one picture.
 *
 * @param style a shipped name (`wave`), the path of an ONNX file, or its bytes; `many.onnx:wave=0.6,scream=0.4` for a mixture
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

/** Builds the training graph of a style: see `Trainer`. */
export function startTraining(options: Omit<StyleTrainerOptions, 'openSession'>): Promise<Trainer> {
  return openStyleTrainer({ ...options, openSession });
}

/** Options of `loadUpscaler`. */
export type UpscaleOptions = Omit<UpscalerOptions, 'openSession'>;

/**
 * Loads a super-resolution network.
 *
 * @param network a shipped name (`upscale-x4`), the path of an ONNX file, or its bytes
 */
export async function loadUpscaler(
  network: string | Uint8Array,
  options: UpscaleOptions = {},
): Promise<Upscaler> {
  if (typeof network !== 'string') return openUpscaler(network, 'the network', { ...options, openSession });
  const { bytes, label } = await readUpscalerFile(network);
  return openUpscaler(bytes, label, { ...options, openSession });
}

/** Optimises the pixels of a picture for content and style: see `fns optimize` and `OptimiseOptions`. */
export function optimisePicture(options: Omit<OptimiseOptions, 'openSession'>): Promise<Optimised> {
  return optimise({ ...options, openSession });
}
