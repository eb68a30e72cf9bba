import type { FloatTensor } from '../core/tensor.js';
import type { LengthOptions } from './complete-config.js';
import type { StepResult, Trainer } from './trainer.js';

/** One state of a running training. */
export interface TrainingProgress {
  /** Steps done, those before a resume included. */
  step: number;
  /** Steps planned, when the training is not limited by time. */
  totalSteps: number | undefined;
  /** Share done, 0..1. */
  progress: number;
  seconds: number;
  secondsLeft: number;
  /** Since this run was begun or resumed. */
  imagesPerSecond: number;
  /** The result of the last step. */
  result: StepResult;
}

/** The part of a configuration that says how long a training is. */
export type TrainingLength = LengthOptions & { batch: number };

/** Options of `runTraining` besides the trainer. */
export interface LoopOptions<Batch = FloatTensor> {
  config: TrainingLength;
  /** The next batch, as the trainer takes it. */
  nextBatch: () => Promise<Batch>;
  /** Number of photos: gives the steps of an epoch. */
  photos: number;
  /** Seconds of training before this run, when it continues another; the trainer knows its own steps. */
  secondsBefore?: number;
  /** True when the pictures of a step are wanted in its result. */
  wantsPictures?: (step: number) => boolean;
  /** Called after each step with its batch. */
  onStep?: (progress: TrainingProgress, batch: Batch) => void;
  /** Every this many steps, and after the last: for previews. 0: only after the last. */
  snapshotEvery?: number;
  onSnapshot?: (progress: TrainingProgress) => Promise<void>;
  /** Every this many steps, and after the last: for checkpoints. 0: only after the last. */
  checkpointEvery?: number;
  onCheckpoint?: (progress: TrainingProgress) => Promise<void>;
  /** Ends the training after the step in progress. */
  signal?: AbortSignal;
  /** Milliseconds; for tests. */
  now?: () => number;
}

/** Steps that a configuration asks for, or undefined when it gives minutes. */
export function plannedSteps(config: TrainingLength, photos: number): number | undefined {
  if (config.steps !== undefined) return config.steps;
  if (config.epochs !== undefined) return Math.max(1, Math.ceil((config.epochs * photos) / config.batch));
  return undefined;
}

/**
 * Trains until the steps, epochs or minutes of the configuration are over or `signal` is given. A snapshot and a
 * checkpoint follow the last step in both cases.
 *
 * @returns the last progress; undefined when the trainer had done all steps before
 * @throws FnsError when training diverges or the photos end.
 */
export async function runTraining<Batch>(
  trainer: Pick<Trainer<Batch>, 'steps' | 'step'>,
  options: LoopOptions<Batch>,
): Promise<TrainingProgress | undefined> {
  const { config, nextBatch, signal, now = Date.now, secondsBefore = 0 } = options;
  const { snapshotEvery = 0, checkpointEvery = 0 } = options;
  const totalSteps = plannedSteps(config, options.photos);
  const planned = (config.minutes ?? 0) * 60;
  const first = trainer.steps;
  const start = now();
  const passed = () => secondsBefore + (now() - start) / 1000;
  if (totalSteps === undefined ? secondsBefore >= planned : first >= totalSteps) return undefined;
  for (let step = first + 1; ; step++) {
    const share = totalSteps === undefined ? passed() / planned : (step - 1) / totalSteps;
    const batch = await nextBatch();
    const pictures = options.wantsPictures?.(step) ?? false;
    const result = await trainer.step(batch, share, { pictures });
    const seconds = passed();
    const here = seconds - secondsBefore;
    const progress = Math.min(1, totalSteps === undefined ? seconds / planned : step / totalSteps);
    const last: TrainingProgress = {
      step,
      totalSteps,
      progress,
      seconds,
      secondsLeft:
        totalSteps === undefined
          ? Math.max(0, planned - seconds)
          : (here / (step - first)) * (totalSteps - step),
      imagesPerSecond: ((step - first) * config.batch) / here,
      result,
    };
    options.onStep?.(last, batch);
    const done = progress >= 1 || signal?.aborted === true;
    const due = (every: number) => done || (every > 0 && step % every === 0);
    const saving = [
      ...(due(checkpointEvery) ? [options.onCheckpoint] : []),
      ...(due(snapshotEvery) ? [options.onSnapshot] : []),
    ];
    await saveAll(saving, last);
    if (done) return last;
  }
}

/** Saves one thing after the other; what fails does not keep the others from being saved. Throws the first failure. */
async function saveAll<Progress>(
  saves: readonly (((progress: Progress) => Promise<void>) | undefined)[],
  progress: Progress,
): Promise<void> {
  const failures: unknown[] = [];
  for (const save of saves) await save?.(progress).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
