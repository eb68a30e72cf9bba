/**
 * The life of any training: its batches, its log, its checkpoints and its file, from the beginning or a checkpoint to
 * the end.
 */
import { FnsError } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { takeLock } from '../node/lock.js';
import { openTrainingLog, type TrainingLogOptions } from '../node/logs/training-log.js';
import { makeFolder, writeFileAtomically } from '../node/media/files.js';
import type { Checkpoint } from '../train/checkpoint-format.js';
import { runTraining, type TrainingLength, type TrainingProgress } from '../train/loop.js';
import { type StepLosses, type Trainer, TrainingDiverged } from '../train/trainer.js';
import { type JobOptions, type Reporter, reporter } from './job.js';
import { shortPath } from './short-path.js';
import {
  removeOldTraining,
  removeUnfinished,
  type TrainingPaths,
  writeCheckpoint,
} from './training-files.js';
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
  await makeFolder(paths.folder);
  const lock = await takeLock(paths.lock, `the training ${shortPath(paths.folder)}`);
  try {
    await removeUnfinished(paths);
    if (!life.checkpoint || life.isNewPlace) await removeOldTraining(paths);
    return await train(life, job);
  } finally {
    await lock.release();
  }
}

async function train<Batch>(life: TrainingLife<Batch>, job: JobOptions): Promise<TrainingResult> {
  const { config, paths, checkpoint } = life;
  const report = reporter(job);
  const trainer = await life.openTrainer();
  const source = life.openSource(checkpoint?.position ?? 0, (path, reason) =>
    report.note(`skipped ${path}: ${reason}`),
  );
  const secondsBefore = checkpoint?.seconds ?? 0;
  let log: Awaited<ReturnType<typeof openLog>>;
  let style: Uint8Array | undefined;
  const saveCheckpoint = async ({ seconds, progress }: TrainingProgress) => {
    if (!paths) return;
    const { position } = source;
    const state = await trainer.state();
    const checkpointOf = { run: life.run, seconds, position, state };
    const isSaved = await tolerant(progress, () => writeCheckpoint(paths.checkpoint, checkpointOf));
    if (isSaved) report.emit({ type: 'checkpoint', step: trainer.steps, path: paths.checkpoint });
  };
  const saveStyle = async ({ progress }: Pick<TrainingProgress, 'progress'>) => {
    const bytes = life.encode(await trainer.parameters(), trainer.steps);
    style = bytes;
    if (!paths) return report.emit({ type: 'preview', step: trainer.steps, style });
    let path: string | undefined;
    const isSaved = await tolerant(progress, async () => {
      await writeFileAtomically(paths.out, bytes);
      path = await life.preview?.(bytes);
    });
    if (isSaved) report.emit({ type: 'preview', step: trainer.steps, path });
  };
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
  try {
    await life.begin?.();
    log = await openLog(life, trainer.steps, report);
    const { previewEvery } = life;
    const last = await runTraining(trainer, {
      config,
      photos: life.photos,
      secondsBefore,
      nextBatch: () => source.next(),
      wantsPictures: (step) =>
        log !== undefined && life.origin !== undefined && previewEvery > 0 && step % previewEvery === 0,
      onStep: (p, batch) => {
        const { losses, learningRate, painting, generated } = p.result;
        report.progress({
          share: p.progress,
          secondsLeft: p.secondsLeft,
          part: painting,
          unit: 'step',
          done: p.step,
          all: p.totalSteps,
          rate: p.imagesPerSecond,
          values: life.values(losses),
        });
        log?.scalars(p.step, { losses, learningRate, seconds: p.seconds, painting });
        if (generated) log?.images(p.step, { generated, origin: life.origin!(batch) });
      },
      checkpointEvery: life.checkpointEvery,
      onCheckpoint: saveCheckpoint,
      snapshotEvery: previewEvery,
      onSnapshot: saveStyle,
      signal: job.signal,
    });
    // A finished training may have been killed after its last checkpoint and before its file.
    if (!last) await saveStyle({ progress: 1 });
    if (paths) report.file(paths.out);
    const { steps, device } = trainer;
    return {
      style: style!,
      ...(paths && { out: paths.out, folder: paths.folder }),
      ...{
        steps,
        device,
        seconds: last?.seconds ?? secondsBefore,
        stopped: last !== undefined && last.progress < 1,
      },
      ...(last && { losses: last.result.losses }),
    };
  } catch (error) {
    if (error instanceof TrainingDiverged && paths && (style || checkpoint)) {
      report.note(`${shortPath(paths.out)} is still as good as it was when it was saved last`);
    }
    throw error;
  } finally {
    source.close();
    await log?.close();
    await trainer.close();
  }
}

/** The training's log, where it keeps one. */
async function openLog<Batch>(
  { logEvery, logged, paths }: TrainingLife<Batch>,
  resumedAt: number,
  report: Reporter,
) {
  if (!paths || logEvery === 0) return undefined;
  const onWarning = (message: string) => report.warning(message);
  return openTrainingLog({ folder: paths.folder, config: logged, every: logEvery, resumedAt, onWarning });
}
