import type { StepLosses } from '../train/trainer.js';

/** The result of a training. */
export interface TrainingResult {
  /** The file of the trained network, as bytes. */
  style: Uint8Array;
  /** Its path, where it was written, and the folder with its checkpoint. */
  out?: string;
  folder?: string;
  steps: number;
  /** Seconds of training, those before it was resumed included. */
  seconds: number;
  /** `cpu`, `webgpu` or `cuda`. */
  device: string;
  /** The losses of the last step; none when all steps had been done before. */
  losses?: StepLosses;
  /** True when the signal ended it. */
  stopped: boolean;
}
