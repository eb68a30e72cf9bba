/** The common part of trainings on picture pairs: pairs in general, and super-resolution. */
import { availableParallelism } from 'node:os';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { type FnsError, failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { openSession } from '../node/session.js';
import {
  chooseLossNetwork,
  type LossNetworkFlags,
  loadLossNetwork,
} from '../node/weights/loss-network-file.js';
import { DEVICES, type Device, type SessionOptions } from '../runtime/session.js';
import type { Checkpoint } from '../train/checkpoint-format.js';
import type { TrainingConfig } from '../train/config.js';
import type { TrainingLength } from '../train/loop.js';
import { type LossNetworkConfig, lossNetworkLicence } from '../train/loss-network-config.js';
import type { PairConfig } from '../train/pair-config.js';
import type { PairStepOptions } from '../train/pair-step.js';
import { openPairTrainer, type PairBatch } from '../train/pair-trainer.js';
import type { PhotoBatch, PhotoSource } from '../train/photo-batches.js';
import { type JobOptions, reporter } from './job.js';
import { requireOnnx, type TrainingPaths, trainingPaths } from './training-files.js';
import type { TrainingResult } from './training-result.js';
import { type BatchSource, runTrainingLife } from './training-run.js';

/** Options that all trainings of pairs have besides their configuration. */
export interface PairTrainingOptions {
  /** The file to write (.onnx), with a folder for the checkpoint and the log beside it. Without, nothing is written. */
  out?: string;
  /** Replaces a training, or a file, that is there already. */
  force?: boolean;
  /** The network to start from instead of random numbers. */
  init?: string;
  /** VGG weights (.safetensors or Keras .h5) instead of the installed ones. */
  weights?: string;
  /** `auto` by default. */
  device?: Device;
  /** CPU threads; the number of cores by default. */
  threads?: number;
  /** Steps between saved files and checkpoints. Default 250. */
  saveEvery?: number;
  /** Steps between lines of the log; 0: no log. Default 25. */
  logEvery?: number;
}

/** The intervals of trainings of pairs, in steps. */
export const PAIR_INTERVALS = { saveEvery: 250, logEvery: 25 };

/** The names of `PairTrainingOptions`, which are no part of a configuration. */
const OPTION_KEYS = [
  'out',
  'force',
  'init',
  'weights',
  'device',
  'threads',
  'saveEvery',
  'logEvery',
] as const satisfies (keyof PairTrainingOptions)[];

/** The common part of the runs of these trainings, in a checkpoint. Paths are absolute. */
export const pairRunShape = {
  out: z.string(),
  /** The ONNX file of the loss network, or VGG weights, when not the installed ones. */
  weights: z.string().optional(),
  device: z.enum(DEVICES as [Device, ...Device[]]),
  threads: z.number().int().positive(),
  saveEvery: z.number().int().min(0),
  logEvery: z.number().int().min(0),
  /** Steps behind the parameters that the training started from. */
  stepsBefore: z.number().int().min(0),
};

/** The common part of a run. */
export type PairRun = z.infer<z.ZodObject<typeof pairRunShape>>;

/** The beginning of a new training of pairs. */
export interface PairBeginning {
  /** Its place; none where nothing is written. */
  paths?: TrainingPaths;
  /** The given options of its configuration, with its name and its loss network. */
  settings: Record<string, unknown> & { name: string };
  /** The common part of its run, `stepsBefore` steps behind its parameters. */
  runAfter(stepsBefore?: number): PairRun;
}

/**
 * Begins a training of pairs.
 *
 * @param pictures the folder after which it is named without a file
 * @param others options that are no part of the configuration, besides those of all these trainings
 * @throws FnsError for a file or a loss network that makes no sense.
 */
export async function beginPairs(
  options: PairTrainingOptions & LossNetworkFlags,
  pictures: string,
  others: readonly string[],
): Promise<PairBeginning> {
  const { out, device = 'auto', threads = availableParallelism() } = options;
  const { saveEvery = PAIR_INTERVALS.saveEvery, logEvery = PAIR_INTERVALS.logEvery } = options;
  const paths = out === undefined ? undefined : trainingPaths(requireOnnx(out));
  const { file: weights, config } = await chooseLossNetwork(options);
  const name = basename(out ?? pictures, extname(out ?? ''));
  return {
    paths,
    settings: { name, ...givenSettings(options, others), ...config },
    runAfter: (stepsBefore = 0) => ({
      out: paths?.out ?? '',
      ...(weights !== undefined && { weights }),
      ...{ device, threads, saveEvery, logEvery, stepsBefore },
    }),
  };
}

/** The options that are part of a configuration and given; `others` are not. */
function givenSettings(options: object, others: readonly string[]): Record<string, unknown> {
  const skipped: readonly string[] = [...OPTION_KEYS, ...others];
  return Object.fromEntries(
    Object.entries(options).filter(([key, value]) => value !== undefined && !skipped.includes(key)),
  );
}

/** The pairs that are made of photos. */
export function pairSource(
  photos: PhotoSource,
  pairOf: (batch: PhotoBatch) => PairBatch,
): BatchSource<PairBatch> {
  return {
    get position() {
      return photos.position;
    },
    next: async () => pairOf(await photos.next()),
    close: () => photos.close(),
  };
}

/** The note on licences in the file of a network that was trained on pairs. */
export function pairLicence({ featureWeight, lossNetwork }: PairConfig): string {
  return featureWeight > 0 ? lossNetworkLicence(lossNetwork) : '';
}

/** The error of pictures that are not those of the checkpoint. */
export function otherPictures(what: string): FnsError {
  return failure(`the ${what} are not those of before: the training cannot go on with them`);
}

/** A training of pairs, ready to run. */
export interface PairLife extends Pick<PairStepOptions, 'network' | 'inputSize' | 'losses' | 'outputRate'> {
  config: TrainingLength &
    LossNetworkConfig &
    Pick<TrainingConfig, 'learningRate' | 'schedule' | 'optimizer'>;
  run: PairRun;
  paths?: TrainingPaths;
  init: ReadonlyMap<string, FloatTensor>;
  checkpoint?: Checkpoint;
  /** True when it goes on in another place than the checkpoint's. */
  isNewPlace?: boolean;
  /** Pairs in an epoch. */
  pictures: number;
  openSource(startAt: number, onSkip: (path: string, reason: string) => void): BatchSource<PairBatch>;
  /** The bytes of the file after so many steps. */
  encode(parameters: Map<string, FloatTensor>, steps: number): Uint8Array;
}

/** Trains on pairs. */
export async function trainOnPairs(life: PairLife, job: JobOptions): Promise<TrainingResult> {
  const { config, run, checkpoint, losses } = life;
  const report = reporter(job);
  const lossNetwork =
    losses.features.length > 0 ? await loadLossNetwork(config, { file: run.weights }) : undefined;
  if (checkpoint) report.note(`going on after step ${checkpoint.state.steps}`);
  report.progress({ share: 0, part: 'building the training graph' });
  const session: SessionOptions = { device: run.device, threads: run.threads };
  return runTrainingLife(
    {
      ...life,
      photos: life.pictures,
      checkpointEvery: run.saveEvery,
      previewEvery: run.saveEvery,
      logEvery: run.logEvery,
      openTrainer: () =>
        openPairTrainer({
          ...life,
          batch: config.batch,
          lossNetwork,
          optimizer: config.optimizer,
          rate: config,
          resume: checkpoint?.state,
          openSession,
          session,
        }),
      logged: { batch: config.batch, tags: pairTags },
      values: (all) => all,
    },
    job,
  );
}

/** The losses of a step by their tags in the log. */
function pairTags(losses: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(losses).map(([name, value]) => [
    name === 'total' ? 'total_loss' : `losses/${name}`,
    value,
  ]);
  return Object.fromEntries(entries);
}
