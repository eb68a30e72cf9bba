/** fast-neural-style in Node: everything that `fns` does, as functions. */
import type { JobOptions } from '../jobs/job.js';
import {
<<<<<<< HEAD
  type TrainedFromPictures,
  type TrainFromPicturesOptions,
  trainStyleFromPictures as trainFromPictures,
} from '../jobs/train-from-pictures.js';
import { openSession } from '../node/session.js';
=======
  type Optimised,
  type OptimiseOptions,
  optimisePicture as optimise,
} from '../optimize/optimise-picture.js';
import { openStylizer, type Stylizer, type StylizerOptions } from '../stylize/stylizer.js';
import { openStyleTrainer, type StyleTrainerOptions } from '../train/style-trainer.js';
import type { Trainer } from '../train/trainer.js';
import { openUpscaler, type Upscaler, type UpscalerOptions } from '../upscale/upscaler.js';
>>>>>>> 916e75dd687b4f02bbac332dac2affd48be5e5e0

export { type ConfigFile, readConfigFile } from '../jobs/config-file.js';
export { type EvaluateObjectiveOptions, evaluateObjective } from '../jobs/evaluate-objective.js';
export { type EvaluateSpeedOptions, evaluateSpeed } from '../jobs/evaluate-speed.js';
export { type EvaluateSuperresOptions, evaluateSuperres } from '../jobs/evaluate-superres.js';
export {
  type ExportStyleOptions,
  exportStyle,
  type ImportNetworkOptions,
  importNetwork,
} from '../jobs/export-style.js';
export { type FetchWeightsOptions, fetchWeights } from '../jobs/fetch-weights.js';
export { type Inspection, inspectStyle, type ListedStyle, listStyles } from '../jobs/inspect-style.js';
export {
  type OptimizedPicture,
  type OptimizePictureOptions,
  optimizePicture,
} from '../jobs/optimize-picture.js';
export type { PictureFilesOptions, PictureFilesResult } from '../jobs/picture-files.js';
export { type ReconstructOptions, reconstruct, reconstructTexture, type TextureOptions } from '../jobs/reconstruct.js';
export type { ResumeOptions } from '../jobs/resume.js';
export { type StylizePicturesOptions, stylizePictures } from '../jobs/stylize-pictures.js';
export { type SweepOptions, type SweepResult, type SweepRun, sweep } from '../jobs/sweep.js';
export { type ResumePairsOptions, resumePairs, type TrainPairsOptions, trainPairs } from '../jobs/train-pairs.js';
export { type ResumeStyleOptions, resumeStyle, type TrainStyleOptions, trainStyle } from '../jobs/train-style.js';
export {
  type ResumeUpscalerOptions,
  resumeUpscaler,
  type TrainUpscalerOptions,
  trainUpscaler,
} from '../jobs/train-upscaler.js';
export type { TrainingResult } from '../jobs/training-run.js';
export { type UpscalePicturesOptions, upscalePictures } from '../jobs/upscale-pictures.js';
export { listPhotos } from '../node/media/folder.js';
export { type DecodeOptions, decodeImage, type EncodeOptions, encodeImage } from '../node/media/image.js';
export { openPhotos, type PhotoOptions } from '../node/media/photos.js';
export { openSession } from '../node/session.js';
export { loadStyle, loadUpscaler, type StyleOptions, stylize, type UpscaleOptions } from '../node/styles.js';
export { chooseLossNetwork, loadLossNetwork } from '../node/weights/loss-network-file.js';
export { loadVggWeights } from '../node/weights/vgg-weights.js';
export * from './common.js';
export * as starts from './groups/starts.js';

<<<<<<< HEAD
/** Learns a style from pictures in memory; nothing is written. See `trainStyle` for files. */
export function trainStyleFromPictures(
  options: TrainFromPicturesOptions,
  job?: JobOptions,
): Promise<TrainedFromPictures> {
  return trainFromPictures(options, openSession, job);
=======
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
>>>>>>> 916e75dd687b4f02bbac332dac2affd48be5e5e0
}
