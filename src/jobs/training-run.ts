/**
 * The life of any training: its batches, its log, its checkpoints and its file, from the beginning or a checkpoint to
 * the end.
 */
import { FnsError } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { openTrainingLog, type TrainingLog, type TrainingLogOptions } from '../node/logs/training-log.js';
import { makeFolder, writeFileAtomically } from '../node/media/files.js';
import type { Checkpoint } from '../train/checkpoint-format.js';
import { runTraining, type TrainingLength, type TrainingProgress } from '../train/loop.js';
import { type StepLosses, type Trainer, TrainingDiverged } from '../train/trainer.js';
import { type JobOptions, type JobProgress, type Reporter, reporter } from './job.js';
import { shortPath } from './short-path.js';
import {
  removeOldTraining,
  removeUnfinished,
  type TrainingPaths,
  writeCheckpoint,
} from './training-files.js';
import { withTrainingLock } from './training-lock.js';
import type { TrainingResult } from './training-result.js';

/** Where batches come from. */
export interface BatchSource<Batch> {
  next(): Promise<Batch>;
  /** Batches drawn so far. */
  readonly position: number;
  close(): void;
}

/** How often something is done, in steps. 0: only at the end, or never where it is a log. */
export interface TrainingIntervals {
  /** Between checkpoints: at most so many steps are lost. */
  checkpointEvery: number;
  /** Between saved files and previews. */
  previewEvery: number;
  /** Between lines of the log. */
  logEvery: number;
}

/** A training, ready to run. */
export interface TrainingLife<Batch> extends TrainingIntervals {
  /** Everything about the training but its parameters, for the checkpoint. JSON. */
  run: unknown;
  /** Where it keeps its files; without, nothing is written. */
  paths?: TrainingPaths;
  config: TrainingLength;
  /** The checkpoint to go on from. */
  checkpoint?: Checkpoint;
  /** True when it goes on in another place than the checkpoint's. */
  isNewPlace?: boolean;
  /** Pictures in an epoch. */
  photos: number;
  openTrainer(): Promise<Trainer<Batch>>;
  /** Opens the pictures, `startAt` batches after the beginning. */
  openSource(startAt: number, onSkip: (path: string, reason: string) => void): BatchSource<Batch>;
  /** The bytes of the file after so many steps. */
  encode(parameters: Map<string, FloatTensor>, steps: number): Uint8Array;
  /** Done once, before the first step: writes what does not change. */
  begin?(): Promise<void>;
  /** Writes a picture of what the network does, and returns its path. */
  preview?(bytes: Uint8Array): Promise<string>;
  /** How losses are logged. */
  logged: TrainingLogOptions['config'];
  /** The pictures of a step for the log, where they are wanted. */
  origin?(batch: Batch): FloatTensor;
  /** Losses as they are told: names and values. */
  values(losses: StepLosses): Record<string, number>;
}

/**
 * Trains to the end, or until the signal; writes the file, previews, the log and checkpoints on the way.
 *
 * @throws FnsError when something is missing, another program trains in the same place, or the training diverges.
 */
export async function runTrainingLife<Batch>(
  life: TrainingLife<Batch>,
  job: JobOptions,
): Promise<TrainingResult> {
  const { paths } = life;
  if (!paths) return train(life, job);
  const isNew = !life.checkpoint || life.isNewPlace === true;
  const trainThere = async () => {
    await removeUnfinished(paths);
    if (isNew) await removeOldTraining(paths);
    return train(life, job);
  };
  // Who goes on in the same place took its lock before reading the checkpoint.
  if (!isNew) return trainThere();
  await makeFolder(paths.folder);
  return withTrainingLock(paths, trainThere);
}

async function train<Batch>(life: TrainingLife<Batch>, job: JobOptions): Promise<TrainingResult> {
  const { paths, checkpoint, previewEvery } = life;
  const report = reporter(job);
  const trainer = await life.openTrainer();
  const source = life.openSource(checkpoint?.position ?? 0, (path, reason) =>
    report.note(`skipped ${path}: ${reason}`),
  );
  const saves = trainingSaves({ life, job, trainer, source, report });
  let log: Log;
  try {
    await life.begin?.();
    log = await openLog(life, trainer.steps, report);
    const last = await runTraining(trainer, {
      config: life.config,
      photos: life.photos,
      secondsBefore: checkpoint?.seconds,
      nextBatch: () => source.next(),
      wantsPictures: (step) =>
        log !== undefined && life.origin !== undefined && previewEvery > 0 && step % previewEvery === 0,
      onStep(progress, batch) {
        report.progress(stepProgress(progress, life));
        logStep(log, progress, () => life.origin!(batch));
      },
      checkpointEvery: life.checkpointEvery,
      onCheckpoint: saves.checkpoint,
      snapshotEvery: previewEvery,
      onSnapshot: saves.style,
      signal: job.signal,
    });
    // A finished training may have been killed after its last checkpoint and before its file.
    if (!last) await saves.style({ progress: 1 });
    if (paths) report.file(paths.out);
    return resultOf(life, trainer, saves.lastStyle()!, last);
  } catch (error) {
    if (error instanceof TrainingDiverged && paths && (saves.lastStyle() || checkpoint)) {
      report.note(`${shortPath(paths.out)} is still as good as it was when it was saved last`);
    }
    throw error;
  } finally {
    source.close();
    await log?.close();
    await trainer.close();
  }
}

/** A training that runs. */
interface RunningTraining<Batch> {
  life: TrainingLife<Batch>;
  job: JobOptions;
  trainer: Trainer<Batch>;
  source: BatchSource<Batch>;
  report: Reporter;
}

/** Saves a training that runs: its checkpoints, its file and its previews. */
function trainingSaves<Batch>({ life, job, trainer, source, report }: RunningTraining<Batch>) {
  const { paths } = life;
  let lastStyle: Uint8Array | undefined;
  /**
   * Writes, and tells whether it could. A disk that is full now may have room later: hours of training are not thrown
   * away for it. The last time it counts.
   */
  const tolerant = async (progress: number, write: () => Promise<void>): Promise<boolean> => {
    try {
      await write();
      return true;
    } catch (error) {
      if (progress >= 1 || job.signal?.aborted || !(error instanceof FnsError)) throw error;
      report.warning(`${error.message}; training goes on`);
      return false;
    }
  };
  return {
    /** The bytes of the file as they were made last. */
    lastStyle: () => lastStyle,
    async checkpoint({ seconds, progress }: TrainingProgress): Promise<void> {
      if (!paths) return;
      const { position } = source;
      const checkpoint = { run: life.run, seconds, position, state: await trainer.state() };
      const isSaved = await tolerant(progress, () => writeCheckpoint(paths.checkpoint, checkpoint));
      if (isSaved) report.emit({ type: 'checkpoint', step: trainer.steps, path: paths.checkpoint });
    },
    async style({ progress }: Pick<TrainingProgress, 'progress'>): Promise<void> {
      const style = life.encode(await trainer.parameters(), trainer.steps);
      lastStyle = style;
      if (!paths) return report.emit({ type: 'preview', step: trainer.steps, style });
      let path: string | undefined;
      const isSaved = await tolerant(progress, async () => {
        await writeFileAtomically(paths.out, style);
        path = await life.preview?.(style);
      });
      if (isSaved) report.emit({ type: 'preview', step: trainer.steps, path });
    },
  };
}

/** A step as it is told. */
function stepProgress<Batch>(
  { progress, secondsLeft, step, totalSteps, imagesPerSecond, result }: TrainingProgress,
  { values }: Pick<TrainingLife<Batch>, 'values'>,
): Omit<JobProgress, 'type'> {
  return {
    share: progress,
    secondsLeft,
    part: result.painting,
    unit: 'step',
    done: step,
    all: totalSteps,
    rate: imagesPerSecond,
    values: values(result.losses),
  };
}

/** Writes a step into the log, with its pictures where they were wanted. */
function logStep(log: Log, { step, seconds, result }: TrainingProgress, origin: () => FloatTensor): void {
  const { losses, learningRate, painting, generated } = result;
  log?.scalars(step, { losses, learningRate, seconds, painting });
  if (generated) log?.images(step, { generated, origin: origin() });
}

/** The result of a training after its last step; none was made when all had been made before. */
function resultOf<Batch>(
  { paths, checkpoint }: TrainingLife<Batch>,
  { steps, device }: Trainer<Batch>,
  style: Uint8Array,
  last: TrainingProgress | undefined,
): TrainingResult {
  return {
    style,
    ...(paths && { out: paths.out, folder: paths.folder }),
    ...{ steps, device },
    seconds: last?.seconds ?? checkpoint?.seconds ?? 0,
    stopped: last !== undefined && last.progress < 1,
    ...(last && { losses: last.result.losses }),
  };
}

type Log = TrainingLog | undefined;

/** The training's log, where it keeps one. */
async function openLog<Batch>(
  { logEvery, logged, paths }: TrainingLife<Batch>,
  resumedAt: number,
  report: Reporter,
): Promise<Log> {
  if (!paths || logEvery === 0) return undefined;
  const onWarning = (message: string) => report.warning(message);
  return openTrainingLog({ folder: paths.folder, config: logged, every: logEvery, resumedAt, onWarning });
}
