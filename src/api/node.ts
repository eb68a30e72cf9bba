/** fast-neural-style in Node: everything that `fns` does but the service, as functions. */
import type { JobOptions } from '../jobs/job.js';
import {
  type TrainedFromPictures,
  type TrainFromPicturesOptions,
  trainStyleFromPictures as trainFromPictures,
} from '../jobs/train-from-pictures.js';
import { openSession } from '../node/session.js';

export { flattenOverWhite } from '../core/image.js';
export type { FrameDepths } from '../evaluate/frame.js';
export { type ConfigFile, readConfigFile } from '../jobs/config-file.js';
export {
  type EvaluateFlickerOptions,
  evaluateFlicker,
  type FlickerResult,
} from '../jobs/evaluate-flicker.js';
export { type EvaluateObjectiveOptions, evaluateObjective } from '../jobs/evaluate-objective.js';
export { type EvaluatePicturesOptions, evaluatePictures } from '../jobs/evaluate-pictures.js';
export { type EvaluateSpeedOptions, evaluateSpeed, type SpeedResult } from '../jobs/evaluate-speed.js';
export { type EvaluateSuperresOptions, evaluateSuperres } from '../jobs/evaluate-superres.js';
export { type ExportHalfWeightsOptions, exportHalfWeights } from '../jobs/export-half-weights.js';
export { type ExportStyleOptions, exportStyle } from '../jobs/export-style.js';
export { type FetchWeightsOptions, fetchWeights } from '../jobs/fetch-weights.js';
export { loadStyleForFrames } from '../jobs/frame-stylizers.js';
export { type ImportNetworkOptions, importNetwork } from '../jobs/import-network.js';
export { type Inspection, inspectStyle } from '../jobs/inspect-style.js';
export type { PictureMeasures } from '../jobs/judged-pictures.js';
export { type ListedStyle, listStyles } from '../jobs/list-styles.js';
export type { PictureFilesResult } from '../jobs/make-pictures.js';
export type { ForwardShares } from '../jobs/objective-measure.js';
export type { SizeResult } from '../jobs/objective-report.js';
export {
  type OptimizedPicture,
  type OptimizePictureOptions,
  optimizePicture,
  type WeightedPainting,
} from '../jobs/optimize-picture.js';
export type { PictureFilesOptions } from '../jobs/picture-files.js';
export type { NetworkResult, PicturesResult } from '../jobs/pictures-report.js';
export {
  type Reconstruction,
  type ReconstructOptions,
  reconstruct,
  reconstructTexture,
  type TextureOptions,
} from '../jobs/reconstruct.js';
export type { ResumeOptions } from '../jobs/resume.js';
export { type ResumeStyleOptions, resumeStyle } from '../jobs/resume-style.js';
export {
  type ExportStudioOptions,
  exportStudio,
  type ServeStudioOptions,
  serveStudio,
} from '../jobs/studio.js';
export { type StylizePicturesOptions, stylizePictures } from '../jobs/stylize-pictures.js';
export { type StylizedVideo, stylizeVideo } from '../jobs/stylize-video.js';
export type { Scores, SetResult } from '../jobs/superres-report.js';
export { type SweepOptions, type SweepResult, type SweepRun, sweep } from '../jobs/sweep.js';
export type { SweptKey } from '../jobs/sweep-sheet.js';
export {
  type ResumePairsOptions,
  resumePairs,
  type TrainPairsOptions,
  trainPairs,
} from '../jobs/train-pairs.js';
export { type TrainStyleOptions, trainStyle } from '../jobs/train-style.js';
export {
  type ResumeUpscalerOptions,
  resumeUpscaler,
  type TrainUpscalerOptions,
  trainUpscaler,
} from '../jobs/train-upscaler.js';
export type { TrainingResult } from '../jobs/training-result.js';
export { type UpscalePicturesOptions, upscalePictures } from '../jobs/upscale-pictures.js';
export type { StylizeVideoOptions } from '../jobs/video-options.js';
export type { Carrier } from '../node/media/carrier.js';
export { listPhotos } from '../node/media/folder.js';
export {
  type DecodeOptions,
  decodeImage,
  type EncodeOptions,
  encodeImage,
  resizeShorterSide,
} from '../node/media/image.js';
export { openPhotos, type PhotoOptions } from '../node/media/photos.js';
export { openSession } from '../node/session.js';
export type { StudioServer } from '../node/studio/server.js';
export {
  loadStyle,
  loadUpscaler,
  type NamedShare,
  type StyleOptions,
  type StyleSource,
  stylize,
  type UpscaleOptions,
} from '../node/styles.js';
export {
  type OpenVideoOptions,
  openVideo,
} from '../node/video/open-video.js';
export type { Chapter, Fraction, SideStream, VideoInfo } from '../node/video/probe.js';
export type { VideoFrame } from '../node/video/read-frames.js';
export type { FramesOptions, VideoSource } from '../node/video/video-source.js';
export { type FrameWriter, type FrameWriterOptions, writeFrames } from '../node/video/write-frames.js';
export {
  type ChosenLossNetwork,
  chooseLossNetwork,
  type LossNetworkFlags,
  loadLossNetwork,
} from '../node/weights/loss-network-file.js';
export { loadVggWeights, type WeightsOptions } from '../node/weights/vgg-weights.js';
export * from './common.js';
export * as motion from './groups/motion.js';
export * as starts from './groups/starts.js';

/** Learns a style from pictures in memory; nothing is written. See `trainStyle` for files. */
export function trainStyleFromPictures(
  options: TrainFromPicturesOptions,
  job?: JobOptions,
): Promise<TrainedFromPictures> {
  return trainFromPictures(options, openSession, job);
}
