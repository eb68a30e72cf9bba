/** One training of picture pairs from its beginning or from a checkpoint to its end. */
import { relative } from 'node:path';
import type { FloatTensor } from '../core/safetensors.js';
import { openTrainingLog } from '../node/logs/training-log.js';
import { writeFileAtomically } from '../node/media/files.js';
import { openSession } from '../node/session.js';
import { loadLossNetwork } from '../node/weights/loss-network-file.js';
import type { SessionOptions } from '../runtime/session.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { TrainingConfig } from '../train/config.js';
import { runTraining, type TrainingLength, type TrainingProgress } from '../train/loop.js';
import type { LossNetworkConfig } from '../train/loss-network-config.js';
import type { PairStepOptions } from '../train/pair-step.js';
import { openPairTrainer, type PairBatch } from '../train/pair-trainer.js';
import { onInterrupt } from './interrupt.js';
import { duration, type ProgressLine, progressLine } from './progress.js';
import { prepareFolder, trainingPaths, writeCheckpoint } from './train-files.js';

/** Where batches of pairs come from. */
export interface PairSource {
  /** Pairs that there are: gives the steps of an epoch. */
  count: number;
  next(): Promise<PairBatch>;
  /** Batches drawn so far. */
  readonly position: number;
  close(): void;
}

/** What a training of pairs is made of. */
export interface PairJob extends Omit<PairStepOptions, 'lossNetwork' | 'batch' | 'optimizer'> {
  /** What `--resume` belongs to: `fns train-upscale`. */
  command: string;
  /** The file to write. */
  out: string;
  config: TrainingLength &
    LossNetworkConfig &
    Pick<TrainingConfig, 'learningRate' | 'schedule' | 'optimizer'>;
  /** The ONNX file of the loss network, or VGG weights, when not the installed ones. */
  weights?: string;
  init: ReadonlyMap<string, FloatTensor>;
  checkpoint?: Checkpoint;
  /** Everything about the training but its parameters, for the checkpoint. JSON. */
  run: unknown;
  session: SessionOptions;
  saveEvery: number;
  logEvery: number;
  /** Opens the pictures, `startAt` batches after the beginning. */
  openSource(startAt: number, onSkip: (path: string, reason: string) => void): Promise<PairSource>;
  /** The bytes of the file after so many steps. */
  encode(parameters: Map<string, FloatTensor>, steps: number): Uint8Array;
  /** Writes a picture of what the network does. */
  preview?(path: string, bytes: Uint8Array): Promise<void>;
  note?: string;
}

/**
 * Trains to the end, or until Ctrl-C; writes the file, a checkpoint, a log and a preview on the way.
 *
 * @throws FnsError when something is missing or the training diverges.
 */
export async function executePairTraining(job: PairJob): Promise<void> {
  const { config, out, checkpoint, losses } = job;
  const paths = trainingPaths(out);
  const line = progressLine();
  const lossNetwork =
    losses.features.length > 0 ? await loadLossNetwork(config, { file: job.weights }) : undefined;
  const source = await job.openSource(checkpoint?.position ?? 0, (path, reason) =>
    line.note(`skipped ${path}: ${reason}`),
  );
  await prepareFolder(paths.folder);
  if (job.note !== undefined) line.note(job.note);
  line.update('building the training graph');
  const trainer = await openPairTrainer({
    ...job,
    batch: config.batch,
    optimizer: config.optimizer,
    lossNetwork,
    rate: config,
    resume: checkpoint?.state,
    openSession,
  });
  const log = await openLog(job, paths.folder, trainer.steps, line);
  const interruption = onInterrupt(() => line.note('stopping after this step; Ctrl-C again to quit at once'));
  const { signal } = interruption;
  const save = async ({ seconds }: Pick<TrainingProgress, 'seconds'>) => {
    const state = await trainer.state();
    await writeCheckpoint(paths.checkpoint, { run: job.run, seconds, position: source.position, state });
    const bytes = job.encode(await trainer.parameters(), trainer.steps);
    await writeFileAtomically(out, bytes);
    await job.preview?.(paths.preview, bytes);
  };
  try {
    const last = await runTraining(trainer, {
      config,
      photos: source.count,
      secondsBefore: checkpoint?.seconds,
      nextBatch: () => source.next(),
      onStep: (p) => {
        line.update(progressText(p));
        log?.scalars(p.step, { ...p.result, seconds: p.seconds });
      },
      snapshotEvery: job.saveEvery,
      // A disk that is full now may have room later; the last time it counts.
      onSnapshot: (p) =>
        p.progress >= 1 || signal.aborted
          ? save(p)
          : save(p).catch((error: Error) => line.note(`warning: ${error.message}; training goes on`)),
      signal,
    });
    if (!last) await save({ seconds: checkpoint?.seconds ?? 0 });
    line.end();
    console.error(closingLine(last, trainer.steps, signal.aborted));
    if (last && signal.aborted) console.error(`to go on: fns ${job.command} --resume ${shown(paths.folder)}`);
    console.log(shown(out));
  } finally {
    interruption.end();
    source.close();
    await log?.close();
    await trainer.close();
  }
}

async function openLog({ config, logEvery }: PairJob, folder: string, resumedAt: number, line: ProgressLine) {
  if (logEvery === 0) return undefined;
  const tags = (losses: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(losses).map(([name, value]) => [
        name === 'total' ? 'total_loss' : `losses/${name}`,
        value,
      ]),
    );
  return openTrainingLog({
    folder,
    config: { batch: config.batch, tags },
    every: logEvery,
    resumedAt,
    onWarning: (message) => line.note(`warning: ${message}`),
  });
}

function closingLine(last: TrainingProgress | undefined, steps: number, stopped: boolean): string {
  if (!last)
    return `this training is finished after ${steps} steps: --steps, --epochs or --minutes make it longer`;
  return `${stopped ? 'stopped after' : 'trained'} ${last.step} steps in ${duration(last.seconds)}`;
}

/** A path as short as it can be said from here. */
function shown(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? path : short;
}

/** `12%  step 300/2500  2.1 pictures/s  12:34 left  total 123  pixel 120`. */
function progressText(p: TrainingProgress): string {
  const steps = p.totalSteps === undefined ? `${p.step}` : `${p.step}/${p.totalSteps}`;
  const parts = Object.entries(p.result.losses).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  const share = `${Math.floor(100 * p.progress)}%`.padStart(4);
  return `${share}  step ${steps}  ${p.imagesPerSecond.toFixed(2)} pictures/s  ${duration(p.secondsLeft)} left  ${parts.join('  ')}`;
}
