/** Going on with a training of any kind, in its own folder or in a copy, wherever that is now. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { FnsError, failure } from '../core/errors.js';
import { describeModel } from '../graph/model.js';
import type { Device } from '../runtime/session.js';
import type { Checkpoint } from '../train/checkpoint-format.js';
import type { TrainingLength } from '../train/loop.js';
import { shortPath } from './short-path.js';
import {
  exists,
  movedPath,
  pathsOfTraining,
  readCheckpointFile,
  requireNewPlace,
  requireOnnx,
  type TrainingPaths,
  trainingPaths,
} from './training-files.js';

/** Options that may be new when a training goes on. */
export interface ResumeOptions extends Partial<Pick<TrainingLength, 'steps' | 'epochs' | 'minutes'>> {
  /** Another place for the file and its folder; the old ones stay as they are. */
  out?: string;
  /** Replaces what is in the other place. */
  force?: boolean;
  /** Where the VGG weights or the ONNX file of the loss network is now. */
  weights?: string;
  /**
   * Another device, or other CPU threads: the numbers are then no longer those of a run never stopped to the last bit.
   */
  device?: Device;
  threads?: number;
}

/** A training to go on with. */
export interface ResumedPlace<Run> {
  paths: TrainingPaths;
  checkpoint: Checkpoint;
  run: Run;
  /** True when it goes on in another place than the checkpoint's. */
  isNewPlace: boolean;
  /** Where a file of the training is now. */
  moved(path: string): Promise<string>;
}

/**
 * Reads a training to go on with.
 *
 * @param folder its folder, its checkpoint or its file
 * @param read the run of a checkpoint
 * @throws FnsError when there is none, or when going on would replace something else.
 */
export async function resumePlace<Run extends { out: string }>(
  folder: string,
  { out, force }: ResumeOptions,
  read: (checkpoint: Checkpoint) => Run,
): Promise<ResumedPlace<Run>> {
  const own = pathsOfTraining(folder);
  const checkpoint = await readCheckpointFile(own, folder);
  const run = read(checkpoint);
  const paths = out === undefined ? own : trainingPaths(requireOnnx(out));
  if (paths.folder !== own.folder) await requireNewPlace(paths, force);
  else if (paths.out !== run.out && !force) await requireOwnFile(paths, checkpoint);
  const isNewPlace = paths.folder !== own.folder;
  return { paths, checkpoint, run, isNewPlace, moved: (path) => movedPath(path, run.out, own.out) };
}

/** Where a training was moved or copied to, a file of the same name may lie that is none of its own. */
async function requireOwnFile({ out }: TrainingPaths, { run }: Checkpoint): Promise<void> {
  if (!(await exists(out))) return;
  const { name } = (run as { config: { name: string } }).config;
  let metadata: Readonly<Record<string, string>> = {};
  try {
    metadata = describeModel(new Uint8Array(await readFile(out))).metadata;
  } catch {
    // No network at all: it is somebody else's file.
  }
  if ((metadata['fns.style'] ?? metadata['fns.name']) === name) return;
  throw new FnsError(
    `${shortPath(out)} is not the file of this training: choose another file, or force`,
    'usage',
    { code: 'training-exists' },
  );
}

/**
 * The run of a checkpoint.
 *
 * @param folder what the user called it, for the error
 * @param kind of training that is wanted: `a style`
 * @throws FnsError when it is of another kind of training.
 */
export function runOf<Run>({ run }: Checkpoint, schema: z.ZodType<Run>, folder: string, kind: string): Run {
  const found = schema.safeParse(run);
  if (found.success) return found.data;
  const { path, message } = found.error.issues[0]!;
  throw failure(`the checkpoint in ${folder} is of no training of ${kind}: ${path.join('.')}: ${message}`);
}

/** The device, the threads and the loss network's weights of a run that goes on. */
export async function machineOf(
  run: { device: Device; threads: number; weights?: string },
  { device = run.device, threads = run.threads, weights }: ResumeOptions,
  moved: (path: string) => Promise<string>,
): Promise<{ device: Device; threads: number; weights?: string }> {
  if (weights !== undefined) return { device, threads, weights: resolve(weights) };
  return { device, threads, ...(run.weights !== undefined && { weights: await moved(run.weights) }) };
}

/** A configuration with another length, where one is given. */
export function withLength<Config extends TrainingLength>(
  config: Config,
  { steps, epochs, minutes }: ResumeOptions,
): Config {
  const given = { steps, epochs, minutes };
  return Object.values(given).every((value) => value === undefined) ? config : { ...config, ...given };
}
