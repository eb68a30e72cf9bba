/** Training a style from a painting and a folder of photos. */
import { availableParallelism } from 'node:os';
import { basename, extname, resolve } from 'node:path';
import type { JobOptions } from './job.js';
import { requireNoOverwrite } from './no-overwrite.js';
import { runStyleTraining, type StyleRun } from './style-run.js';
import {
  fileSha256,
  type PaintingFiles,
  photoList,
  required,
  requireNewPlace,
  requireOnnx,
  type TrainingPaths,
  trainingPaths,
} from './training-files.js';
import { planTraining, type StyleTrainingOptions } from './training-plan.js';
import type { TrainingResult } from './training-result.js';
import type { TrainingIntervals } from './training-run.js';
import { startNote } from './training-start.js';

/** Options of `trainStyle`. */
export interface TrainStyleOptions extends StyleTrainingOptions, Partial<TrainingIntervals> {
  /**
   * The style file to write (.onnx), with a preview, the cropped painting and a folder for the checkpoint and the log
   * beside it. Without, nothing is written.
   */
  out?: string;
  /** Replaces a training, or a file, that is there already. */
  force?: boolean;
}

/** The intervals of `trainStyle`, in steps. */
export const TRAINING_INTERVALS: TrainingIntervals = {
  checkpointEvery: 100,
  previewEvery: 250,
  logEvery: 25,
};

/**
 * Learns a style: trains a network that turns any photo into a picture in the style of a painting. Every option of
 * `TrainingOptions` may be given; the others have the defaults of the architecture.
 *
 * @throws FnsError when something is missing or makes no sense, a training is in the same place, or the training
 *   diverges.
 */
export async function trainStyle(options: TrainStyleOptions, job: JobOptions = {}): Promise<TrainingResult> {
  const { out, force, previewEvery, checkpointEvery, logEvery, ...training } = options;
  const pictures = [required(options.painting, 'a painting to learn from')].flat();
  const stem = out ?? pictures[0]!;
  const paths = out === undefined ? undefined : trainingPaths(requireOnnx(out));
  const plan = await planTraining(training, basename(stem, extname(stem)));
  const config = plan.config();
  if (paths) await requireNewPlace(paths, force);
  if (paths) await requireKept(plan.paintings, paths, options.previewPhoto);
  const init = plan.init(config);
  const { start } = plan;
  const run: StyleRun = {
    config,
    paintings: await withSha256(plan.paintings),
    photos: plan.photos,
    photosSha256: (await photoList(plan.photos)).sha256,
    out: paths?.out ?? '',
    ...(plan.weights !== undefined && { weights: plan.weights }),
    device: options.device ?? 'auto',
    threads: options.threads ?? availableParallelism(),
    previewEvery: previewEvery ?? TRAINING_INTERVALS.previewEvery,
    checkpointEvery: checkpointEvery ?? TRAINING_INTERVALS.checkpointEvery,
    logEvery: logEvery ?? TRAINING_INTERVALS.logEvery,
    ...(options.previewPhoto !== undefined && { previewPhoto: resolve(options.previewPhoto) }),
    start: start?.init ?? 'none',
    stepsBefore: start && !start.byDefault ? start.style.info.steps : 0,
  };
  return runStyleTraining(run, { paths, init, note: start && startNote(start, config), job });
}

/** Paintings with the SHA-256 of their files. */
function withSha256(paintings: readonly PaintingFiles[]): Promise<StyleRun['paintings']> {
  const add = async (image: PaintingFiles['images'][number]) => ({
    ...image,
    sha256: await fileSha256(image.path),
  });
  return Promise.all(
    paintings.map(async ({ name, images }) => ({ name, images: await Promise.all(images.map(add)) })),
  );
}

/** Checks that the pictures that are written beside the style are none of those that it learns from. */
function requireKept(
  paintings: readonly PaintingFiles[],
  paths: TrainingPaths,
  preview: string | undefined,
): Promise<void> {
  const written = [paths.preview, paths.target(), ...paintings.map(({ name }) => paths.target(name))];
  const images = paintings.flatMap((painting) => painting.images);
  return requireNoOverwrite(written, [
    ...images.map(({ path }) => ({ path, what: 'a painting' })),
    { path: preview, what: 'the photo of the preview' },
  ]);
}
