/** What works in Node and in the browser alike. */

export { resizeBicubic } from '../core/bicubic.js';
export { FnsError } from '../core/errors.js';
export { matchHistogram } from '../core/histogram.js';
export type { Image } from '../core/image.js';
export { fromPlanes, type Planes, toPlanes } from '../core/planes.js';
export { type FloatTensor, readSafetensors, writeSafetensors } from '../core/safetensors.js';
export { type Mixture, mixedStyle, mixVector, parseStyleName } from '../files/mixture.js';
export {
  decodeStyle,
  type EncodeStyleOptions,
  encodeStyle,
  type Style,
  type StyleInfo,
} from '../files/style-file.js';
export { decodeStyleTensors, encodeStyleTensors } from '../files/style-tensors.js';
export {
  decodeUpscaling,
  encodeUpscaling,
  type UpscaleInfo,
  type Upscaling,
} from '../files/upscale-file.js';
export * as graph from '../graph/index.js';
export { type ImportOptions, importStyle } from '../import/import-style.js';
export * as losses from '../losses/index.js';
export type { Normalisation } from '../losses/normalisation.js';
export type { StyleSource } from '../losses/style-targets.js';
export { adam } from '../minimise/adam.js';
export { lbfgs } from '../minimise/lbfgs.js';
export type { Evaluation, Iteration, Minimum, Objective } from '../minimise/minimiser.js';
export type { Architecture } from '../nets/architecture.js';
export { endpointName, isVgg, parseLayer, type VggName, vggLayers } from '../nets/layers.js';
export type { FeatureExtractor, LossNetwork } from '../nets/loss-network.js';
export { type LossInput, type OnnxNetworkOptions, onnxNetwork } from '../nets/onnx-loss-network.js';
export { initialParameters, parameterSpecs } from '../nets/parameters.js';
export { transform } from '../nets/transform.js';
export { initialUpscaleParameters, type UpscaleNetwork, upscale, upscaleSpecs } from '../nets/upscale.js';
export { vgg, vggNetwork } from '../nets/vgg.js';
export { widened } from '../nets/widen.js';
export type { Optimised, OptimiseProgress } from '../optimize/optimise-picture.js';
export {
  openPictureObjective,
  openPixelObjective,
  type PictureObjective,
  type PixelObjective,
  type PixelObjectiveOptions,
} from '../optimize/pixel-objective.js';
export type { Device, HostTensor, Session, SessionOptions } from '../runtime/session.js';
export type { Stylizer } from '../stylize/stylizer.js';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint.js';
export {
  lossWeights,
  TRAINING_DEFAULTS,
  type TrainingConfig,
  type TrainingOptions,
  trainingConfig,
  trainingSizes,
} from '../train/config.js';
export { type LoopOptions, runTraining, type TrainingProgress } from '../train/loop.js';
export { openPairTrainer, type PairBatch, type PairTrainerOptions } from '../train/pair-trainer.js';
export { openStyleTrainer, type StyleTrainerOptions } from '../train/style-trainer.js';
export {
  type StepLosses,
  type StepResult,
  type Trainer,
  type TrainerState,
  TrainingDiverged,
} from '../train/trainer.js';
export type { Upscaler } from '../upscale/upscaler.js';
