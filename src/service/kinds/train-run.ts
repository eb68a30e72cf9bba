import { copyFile, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failure } from '../../core/errors.js';
import type { JobEvent } from '../../jobs/job.js';
import { resumeStyle } from '../../jobs/resume-style.js';
import { type TrainStyleOptions, trainStyle } from '../../jobs/train-style.js';
import { exists, trainingPaths } from '../../jobs/training-files.js';
import { requirePictureWithin } from './checked-picture.js';
import type { KindResult, KindRun } from './kind.js';
import { unzip } from './zip.js';

/** Learns a style: `trainStyle`, or `resumeStyle` from the checkpoint of an attempt before. */
export async function runTrain(run: KindRun): Promise<KindResult> {
  const { inputs, work, limits, machine, signal, onEvent } = run;
  const { device, threads } = machine;
  const { device: _, ...options } = run.options as Partial<TrainStyleOptions> & { steps: number };
  if (options.steps > limits.steps) throw failure(`a training may have ${limits.steps} steps at most`);
  const painting = inputs.painting!;
  await requirePictureWithin(painting, 'the painting', limits);
  const photos = join(dirname(painting), 'unpacked');
  await mkdir(photos);
  for (const { path, name } of await unzip(inputs.photos!, photos, limits)) {
    await requirePictureWithin(path, name, limits);
  }
  const paths = trainingPaths(join(work, 'style.onnx'));
  const given = join(work, basename(paths.checkpoint));
  const isResumed = await exists(given);
  const job = {
    signal,
    onEvent(event: JobEvent) {
      if (event.type === 'checkpoint') run.checkpoint(event.path!);
      onEvent(event);
    },
  };
  if (isResumed) {
    await mkdir(paths.folder);
    await rename(given, paths.checkpoint);
  }
  const result = isResumed
    ? await resumeStyle(paths.folder, { painting, photos }, job)
    : await trainStyle({ ...options, device, threads, painting, photos, out: paths.out }, job);
  if (result.stopped) return { files: [], pixels: 0, stopped: true };
  const files = [];
  for (const path of [paths.out, paths.preview]) {
    if (!(await exists(path))) continue;
    const target = join(run.out, basename(path));
    await copyFile(path, target);
    files.push(target);
  }
  return { files, pixels: 0 };
}
