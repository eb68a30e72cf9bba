/** Going on with a training of any kind, in its own folder or in a copy, wherever that is now. */
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
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
  readCheckpointFile,
  requireNewPlace,
  requireOnnx,
  type TrainingPaths,
  trainingPaths,
  trainingThere,
} from './training-files.js';
import { withTrainingLock } from './training-lock.js';
import type { TrainingResult } from './training-result.js';

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

/** The part of a run that every kind of training has. Paths are absolute. */
interface AnyRun {
  out: string;
  device: Device;
  threads: number;
  weights?: string;
}

/** The kind of training that goes on. */
export interface ResumedKind<Run> {
  /** `a style`, in errors. */
  name: string;
  /** The form of its run in a checkpoint. */
  schema: z.ZodType<Run>;
}

/** A training that goes on. */
export interface ResumedTraining<Run> {
  paths: TrainingPaths;
  checkpoint: Checkpoint;
  /** Its run, with the file, the machine and the loss network's weights of now. */
  run: Run;
  /** True when it goes on in another place than the checkpoint's. */
  isNewPlace: boolean;
  /** Where a file of the training is now. */
  moved(path: string): Promise<string>;
}

/**
 * Reads a training and goes on with it.
 *
 * @param folder its folder, one of its checkpoints, or its file
 * @throws FnsError when there is none of this kind, or when going on would replace something else.
 */
export async function resumeTraining<Run extends AnyRun>(
  folder: string,
  options: ResumeOptions,
  kind: ResumedKind<Run>,
  goOn: (training: ResumedTraining<Run>) => Promise<TrainingResult>,
): Promise<TrainingResult> {
  const { out, force } = options;
  const { paths: own, from } = trainingThere(folder);
  const other = out === undefined ? undefined : trainingPaths(requireOnnx(out));
  const isNewPlace = other !== undefined && other.folder !== own.folder;
  const readAndGoOn = async () => {
    const checkpoint = await readCheckpointFile(from, folder);
    const run = runOf(checkpoint, kind, folder);
    const paths = other ?? { ...own, out: withExtensionOf(run.out, own.out) };
    if (isNewPlace) await requireNewPlace(paths, force);
    else if (paths.out !== run.out && !force) await requireOwnFile(paths, checkpoint);
    const moved = (path: string) => movedPath(path, run.out, own.out);
    const machine = await machineOf(run, options, moved);
    return goOn({ paths, checkpoint, run: { ...run, ...machine, out: paths.out }, isNewPlace, moved });
  };
  // Before it is read, so that nobody writes a newer one meanwhile. Where there is none, nothing is left behind.
  return isNewPlace || !(await exists(from)) ? readAndGoOn() : withTrainingLock(own, readAndGoOn);
}

/** A path with another's extension: `wave.ONNX` of `wave.onnx`. */
function withExtensionOf(other: string, path: string): string {
  return path.slice(0, -extname(path).length) + extname(other);
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
 * @throws FnsError when it is of another kind of training.
 */
function runOf<Run>({ run }: Checkpoint, { name, schema }: ResumedKind<Run>, folder: string): Run {
  const found = schema.safeParse(run);
  if (found.success) return found.data;
  const { path, message } = found.error.issues[0]!;
  throw failure(`the checkpoint in ${folder} is of no training of ${name}: ${path.join('.')}: ${message}`);
}

/** The device, the threads and the loss network's weights of a run that goes on. */
async function machineOf(
  run: AnyRun,
  { device = run.device, threads = run.threads, weights }: ResumeOptions,
  moved: (path: string) => Promise<string>,
): Promise<Omit<AnyRun, 'out'>> {
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
