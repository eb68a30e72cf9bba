import type { TrainingConfig } from './config.js';
import type { StepLosses, Trainer } from './trainer.js';

/** One state of a running training. */
export interface TrainingProgress {
  /** Steps done in this run. */
  step: number;
  /** Steps planned, when the training is not limited by time. */
  totalSteps: number | undefined;
  /** Share done, 0..1. */
  progress: number;
  seconds: number;
  secondsLeft: number;
  imagesPerSecond: number;
  losses: StepLosses;
}

/** What `runTraining` needs besides the trainer. */
export interface LoopOptions {
  config: TrainingConfig;
  /** The next batch, `[batch, 3, size, size]`. */
  nextBatch: () => Promise<Float32Array>;
  /** Number of photos: gives the steps of an epoch. */
  photos: number;
  onStep?: (progress: TrainingProgress) => void;
  /** Every this many steps, and after the last: for previews and checkpoints. 0: only after the last. */
  snapshotEvery?: number;
  onSnapshot?: (progress: TrainingProgress) => Promise<void>;
  /** Ends the training after the step in progress. */
  signal?: AbortSignal;
  /** Milliseconds; for tests. */
  now?: () => number;
}

/** Steps that a configuration asks for, or undefined when it gives minutes. */
export function plannedSteps(config: TrainingConfig, photos: number): number | undefined {
  if (config.steps !== undefined) return config.steps;
  if (config.epochs !== undefined) return Math.max(1, Math.ceil((config.epochs * photos) / config.batch));
  return undefined;
}

/**
 * Trains until the steps, epochs or minutes of the configuration are over or `signal` is given. A snapshot follows the last step
 * in both cases.
 *
 * @returns the last progress
 * @throws FnsError when training diverges or the photos end.
 */
export async function runTraining(trainer: Trainer, options: LoopOptions): Promise<TrainingProgress> {
  const { config, nextBatch, onStep, onSnapshot, snapshotEvery = 0, signal, now = Date.now } = options;
  const totalSteps = plannedSteps(config, options.photos);
  const planned = (config.minutes ?? 0) * 60;
  const start = now();
  let last: TrainingProgress | undefined;
  for (let step = 1; ; step++) {
    const before = (now() - start) / 1000;
    const share = totalSteps === undefined ? before / planned : (step - 1) / totalSteps;
    const batch = await nextBatch();
    const { losses } = await trainer.step(batch, share);
    const seconds = (now() - start) / 1000;
    const progress = Math.min(1, totalSteps === undefined ? seconds / planned : step / totalSteps);
    last = {
      step,
      totalSteps,
      progress,
      seconds,
      secondsLeft:
        totalSteps === undefined ? Math.max(0, planned - seconds) : (seconds / step) * (totalSteps - step),
      imagesPerSecond: (step * config.batch) / seconds,
      losses,
    };
    onStep?.(last);
    const done = progress >= 1 || signal?.aborted === true;
    if (done || (snapshotEvery > 0 && step % snapshotEvery === 0)) await onSnapshot?.(last);
    if (done) return last;
  }
}
