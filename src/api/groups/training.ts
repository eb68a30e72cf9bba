/** Trainings step by step, for those who want more than `trainStyle` and `trainStyleFromPictures` give. */
export type { StyleSource } from '../../losses/style-targets.js';
export type { LengthOptions } from '../../train/complete-config.js';
export {
  lossWeights,
  TRAINING_DEFAULTS,
  type TrainingConfig,
  type TrainingOptions,
  trainingConfig,
  trainingSizes,
} from '../../train/config.js';
export { greyBatch } from '../../train/degrade.js';
export {
  type LoopOptions,
  runTraining,
  type TrainingLength,
  type TrainingProgress,
} from '../../train/loop.js';
export type { LossNetworkConfig } from '../../train/loss-network-config.js';
export { lossTags } from '../../train/loss-tags.js';
export type { ImageNetwork } from '../../train/pair-step.js';
export { openPairTrainer, type PairBatch, type PairTrainerOptions } from '../../train/pair-trainer.js';
export {
  type BatchOptions,
  openBatches,
  type PhotoBatch,
  type PhotoReader,
  type PhotoSource,
} from '../../train/photo-batches.js';
export type { LearningRate } from '../../train/schedule.js';
export { styleSizeFor } from '../../train/style-size.js';
export { openStyleTrainer, type StyleTrainerOptions } from '../../train/style-trainer.js';
export {
  type PaintingProgress,
  type StepLosses,
  type StepResult,
  type Trainer,
  type TrainerState,
  TrainingDiverged,
} from '../../train/trainer.js';
