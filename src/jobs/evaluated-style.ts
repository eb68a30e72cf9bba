/** The common part of evaluations of a style: the style with its objective, and photos. */
import { badOption, usage } from '../core/errors.js';
import { flattenOverWhite } from '../core/image.js';
import type { Planes } from '../core/planes.js';
import { toPlanes } from '../core/planes.js';
import { centreCrop } from '../core/rectangles.js';
import { withShorterSide } from '../core/sizes.js';
import { decodeStyle } from '../files/style-file.js';
import type { LossWeights } from '../losses/perceptual.js';
import type { StyleSource } from '../losses/style-targets.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { listPhotos } from '../node/media/folder.js';
import { decodeImage, type Image } from '../node/media/image.js';
import { readStyleFile } from '../node/shipped.js';
import { loadLossNetwork } from '../node/weights/loss-network-file.js';
import type { Device } from '../runtime/session.js';
import { lossWeights, storedConfig, type TrainingConfig } from '../train/config.js';
import { readPainting } from './training-files.js';

/** Options of all evaluations of a style. */
export interface EvaluateStyleOptions {
  /** A shipped style or an .onnx file. */
  style: string;
  /** The painting that the style was learned from. */
  painting: string;
  /** The folder of photos that were not used in training. */
  photos: string;
  /** The folder for the results. */
  out: string;
  /** VGG weights (.safetensors or Keras .h5) instead of the installed ones; the .onnx file of another loss network. */
  weights?: string;
  device?: Device;
  threads?: number;
}

/** A style file and what it was trained for. */
export interface EvaluatedStyle {
  name: string;
  bytes: Uint8Array;
  config: TrainingConfig;
  weights: LossWeights;
  style: StyleSource;
  lossNetwork: LossNetwork;
}

/**
 * Reads a style of one painting and the objective that it was trained for.
 *
 * @throws FnsError when the file does not know its training, or holds many paintings.
 */
export async function readEvaluatedStyle({
  style: file,
  painting,
  weights,
}: Pick<EvaluateStyleOptions, 'style' | 'painting' | 'weights'>): Promise<EvaluatedStyle> {
  const { bytes, label } = await readStyleFile(file);
  const { info } = decodeStyle(bytes, label);
  if (info.paintings) throw usage(`${label} holds many paintings: a style of one is needed`);
  let config: TrainingConfig;
  try {
    config = storedConfig(JSON.parse(info.config));
  } catch {
    throw usage(`${label} does not say how it was trained, so its objective is not known`);
  }
  const { style } = await readPainting(
    { name: info.name, images: [{ path: painting, weight: 1 }] },
    config.styleSize,
  );
  const lossNetwork = await loadLossNetwork(config, { file: weights });
  return { name: info.name, bytes, config, weights: lossWeights(config), style, lossNetwork };
}

/** The first photos of a folder. */
export async function somePhotos(folder: string, count: number): Promise<string[]> {
  return (await listPhotos(folder)).slice(0, count);
}

/** The central square of a photo, `size` pixels wide. */
export async function squarePhoto(path: string, size: number): Promise<{ image: Image; planes: Planes }> {
  const photo = flattenOverWhite(await decodeImage(path, { resize: (own) => withShorterSide(own, size) }));
  const image = await centreCrop(photo, size, size);
  return { image, planes: { width: size, height: size, data: toPlanes(image).data } };
}

/** Checks the sides of squares to evaluate at. */
export function requireSizes(sizes: readonly number[]): void {
  const bad = sizes.find((size) => size < 64 || size > 4096 || !Number.isInteger(size));
  if (bad !== undefined) throw badOption('sizes', `whole numbers from 64 to 4096 are needed, got ${bad}`);
}
