/** What works in Node and in browsers alike. */
export { type ErrorCode, type ErrorKind, FnsError } from '../core/errors.js';
export type { Image } from '../core/image.js';
export * as graph from '../graph/index.js';
export type { JobEvent, JobOptions, JobProgress } from '../jobs/job.js';
export type { TrainedFromPictures, TrainFromPicturesOptions } from '../jobs/train-from-pictures.js';
export * as losses from '../losses/index.js';
<<<<<<< HEAD
export type { Device, HostTensor, OpenSession, Session, SessionOptions } from '../runtime/session.js';
export type { Stylizer } from '../stylize/stylizer.js';
=======
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
>>>>>>> 916e75dd687b4f02bbac332dac2affd48be5e5e0
export type { Upscaler } from '../upscale/upscaler.js';
export * as files from './groups/files.js';
export * as nets from './groups/nets.js';
export * as optimisation from './groups/optimisation.js';
export * as pictures from './groups/pictures.js';
export * as training from './groups/training.js';
