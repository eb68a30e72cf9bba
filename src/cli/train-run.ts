/** One training from its beginning or from a checkpoint to its end. */
import { basename, relative } from 'node:path';
import { z } from 'zod';
import type { FloatTensor } from '../core/safetensors.js';
import { encodeStyle, type StyleInfo } from '../files/style-file.js';
import { lossLayers } from '../losses/perceptual.js';
import { BLEED } from '../nets/architecture.js';
import { vggNetwork } from '../nets/vgg.js';
import { openTrainingLog } from '../node/logs/training-log.js';
import { writeFileAtomically } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import { encodeImage } from '../node/media/image.js';
import { openPhotos } from '../node/media/photos.js';
import { openSession } from '../node/session.js';
import { loadLossNetwork, lossNetworkLicence } from '../node/weights/loss-network-file.js';
import { DEVICES, type Device } from '../runtime/session.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { lossWeights, type TrainingConfig, trainingConfigSchema, trainingSizes } from '../train/config.js';
import { runTraining, type TrainingProgress } from '../train/loop.js';
import { lossTags } from '../train/loss-tags.js';
import { openStyleTrainer } from '../train/style-trainer.js';
import type { Trainer } from '../train/trainer.js';
import { onInterrupt } from './interrupt.js';
import { duration, type ProgressLine, progressLine } from './progress.js';
import {
  fileDigest,
  listDigest,
  prepareFolder,
  previewPhoto,
  readPainting,
  trainingPaths,
  writeCheckpoint,
  writePreview,
} from './train-files.js';
import type { PaintingFiles } from './train-settings.js';

/** Everything that a training is made of but its parameters. It travels inside the checkpoint. Paths are absolute. */
export const trainingRunSchema = z.strictObject({
  config: trainingConfigSchema,
  paintings: z
    .array(
      z.strictObject({
        name: z.string(),
        images: z.array(z.strictObject({ path: z.string(), weight: z.number(), sha256: z.string() })).min(1),
      }),
    )
    .min(1),
  photos: z.string(),
  /** Of the names of the photos in their order: the same list is needed to go on exactly. */
  photosSha256: z.string(),
  out: z.string(),
  /** The ONNX file of the loss network, or VGG weights, when not the installed ones. */
  weights: z.string().optional(),
  device: z.enum(DEVICES as [Device, ...Device[]]),
  threads: z.number().int().positive(),
  previewEvery: z.number().int().min(0),
  checkpointEvery: z.number().int().min(0),
  logEvery: z.number().int().min(0),
  previewPhoto: z.string().optional(),
  /** Steps behind the parameters that the training started from. */
  stepsBefore: z.number().int().min(0),
  /** What the parameters are of, as `--init` takes it but without folders; older checkpoints do not know. */
  start: z.string().optional(),
});

/** Everything that a training is made of but its parameters. */
export type TrainingRun = z.infer<typeof trainingRunSchema>;

/** What a run starts from: parameters for a new one (random without), a checkpoint for one that goes on. */
export interface RunStart {
  init?: ReadonlyMap<string, FloatTensor>;
  checkpoint?: Checkpoint;
  /** What to tell the user once everything could be read. */
  note?: string;
}

/** Paintings with the digests of their files. */
export async function digested(paintings: readonly PaintingFiles[]): Promise<TrainingRun['paintings']> {
  const withDigest = async (image: { path: string; weight: number }) => ({
    ...image,
    sha256: await fileDigest(image.path),
  });
  return Promise.all(
    paintings.map(async ({ name, images }) => ({ name, images: await Promise.all(images.map(withDigest)) })),
  );
}

/** The photos of a folder and the digest of their list. */
export async function photoList(folder: string): Promise<{ files: string[]; sha256: string }> {
  const files = await listPhotos(folder);
  return { files, sha256: listDigest(files.map((file) => relative(folder, file))) };
}

/** What the style file of a training says after so many steps. */
export function styleInfo(
  {
    config,
    paintings,
    start,
    stepsBefore,
  }: Pick<TrainingRun, 'config' | 'start' | 'stepsBefore'> & { paintings: readonly PaintingFiles[] },
  steps: number,
): StyleInfo {
  const images = paintings.flatMap((p) => p.images);
  const isJudged = lossLayers(lossWeights(config)).length > 0;
  const isBlend = paintings.some((p) => p.images.length > 1);
  return {
    name: config.name,
    architecture: config.architecture,
    width: config.width,
    steps: stepsBefore + steps,
    seed: config.seed,
    lossNetwork: isJudged ? config.lossNetwork : '',
    config: JSON.stringify(config),
    licence: isJudged ? lossNetworkLicence(config.lossNetwork) : '',
    ...(config.paintings ? { paintings: config.paintings } : {}),
    ...(start === undefined ? {} : { start }),
    pictures: images.map(({ path }) => basename(path)),
    bleed: BLEED[config.architecture],
    ...(isBlend ? { blend: images.map(({ weight }) => weight) } : {}),
  };
}

/** What a run reads before it begins. */
async function readInputs(run: TrainingRun, line: ProgressLine) {
  const { config } = run;
  const { files, sha256 } = await photoList(run.photos);
  if (sha256 !== run.photosSha256) {
    line.note(
      `note: the photos in ${run.photos} are not those of before: the training goes on, but not as it would have`,
    );
  }
  const paintings = await Promise.all(
    run.paintings.map(async (painting) => ({
      name: painting.name,
      ...(await readPainting(painting, config.styleSize)),
    })),
  );
  const preview = await previewPhoto(run.previewPhoto ?? files[0]!, config.size * 2);
  const layers = lossLayers(lossWeights(config));
  // The pixel loss and the total variation need no loss network.
  const lossNetwork =
    layers.length > 0 ? await loadLossNetwork(config, { file: run.weights }) : vggNetwork('vgg16', new Map());
  lossNetwork.requireLayers(layers);
  return { files, paintings, preview, lossNetwork };
}

/** The training's log, or nothing when none is wanted. */
async function openLog(
  { logEvery, config }: TrainingRun,
  folder: string,
  resumedAt: number,
  line: ProgressLine,
) {
  if (logEvery === 0) return undefined;
  const onWarning = (message: string) => line.note(`warning: ${message}`);
  return openTrainingLog({ folder, config, every: logEvery, resumedAt, onWarning });
}

/**
 * Trains to the end, or until Ctrl-C; writes the style file, the preview, the log and the checkpoint on the way.
 *
 * @throws FnsError when something is missing or the training diverges.
 */
export async function executeRun(run: TrainingRun, { init, checkpoint, note }: RunStart): Promise<void> {
  const { config, device, threads, out } = run;
  const paths = trainingPaths(out);
  const line = progressLine();
  const { files, paintings, preview, lossNetwork } = await readInputs(run, line);
  await prepareFolder(paths.folder);
  if (note !== undefined) line.note(note);

  line.update('building the training graph');
  const session = { device, threads };
  const styles = config.paintings ? { paintings } : { style: paintings[0]!.style };
  const resume = checkpoint?.state;
  const trainer = await openStyleTrainer({
    config,
    ...styles,
    lossNetwork,
    init,
    resume,
    openSession,
    session,
  });
  for (const { name, pictures } of paintings) {
    await encodeImage(paths.target(config.paintings ? name : undefined), pictures[0]!);
  }
  const log = await openLog(run, paths.folder, trainer.steps, line);
  const source = openPhotos({
    files,
    size: trainingSizes(config),
    batch: config.batch,
    seed: config.seed,
    crop: config.crop,
    startAt: checkpoint?.position ?? 0,
    onSkip: (path, reason) => line.note(`skipped ${path}: ${reason}`),
  });
  const interruption = onInterrupt(() => line.note('stopping after this step; Ctrl-C again to quit at once'));
  const { signal } = interruption;
  /** A disk that is full now may have room later: hours of training are not thrown away for it. The last time it counts. */
  const tolerant = async (progress: TrainingProgress, saving: Promise<void>) => {
    if (progress.progress >= 1 || signal.aborted) return saving;
    await saving.catch((error: Error) => line.note(`warning: ${error.message}; training goes on`));
  };
  const saveCheckpoint = async (seconds: number) => {
    const { position } = source;
    await writeCheckpoint(paths.checkpoint, { run, seconds, position, state: await trainer.state() });
  };
  const saveStyle = async () => {
    const parameters = await trainer.parameters();
    const bytes = encodeStyle({ info: styleInfo(run, trainer.steps), parameters });
    await writeFileAtomically(out, bytes);
    const names = config.paintings && paintings.map(({ name }) => name);
    await writePreview(paths.preview, bytes, preview, names, session);
  };
  try {
    const last = await runTraining(trainer, {
      config,
      photos: files.length,
      secondsBefore: checkpoint?.seconds,
      nextBatch: async () => (await source.next()).pictures,
      wantsPictures: (step) => log !== undefined && run.previewEvery > 0 && step % run.previewEvery === 0,
      onStep: (p, batch) => {
        line.update(progressText(p, config));
        const { losses, learningRate, painting, generated } = p.result;
        log?.scalars(p.step, { losses, learningRate, seconds: p.seconds, painting });
        if (generated) log?.images(p.step, { generated, origin: batch });
      },
      checkpointEvery: run.checkpointEvery,
      onCheckpoint: (p) => tolerant(p, saveCheckpoint(p.seconds)),
      snapshotEvery: run.previewEvery,
      onSnapshot: (p) => tolerant(p, saveStyle()),
      signal,
    });
    // A finished training may have been killed after its last checkpoint and before its style file.
    if (!last) await saveStyle();
    else line.update(progressText(last, config));
    line.end();
    for (const text of closingLines(last, trainer, signal.aborted, paths.folder)) console.error(text);
    console.log(shown(out));
  } finally {
    interruption.end();
    source.close();
    await log?.close();
    await trainer.close();
  }
}

/** What to say when a training has ended. */
function closingLines(
  last: TrainingProgress | undefined,
  { steps, device }: Trainer,
  stopped: boolean,
  folder: string,
): string[] {
  if (!last) {
    return [`this training is finished after ${steps} steps: --steps, --epochs or --minutes make it longer`];
  }
  const how = `${last.step} steps in ${duration(last.seconds)} on ${device}`;
  return stopped
    ? [`stopped after ${how}`, `to go on: fns train --resume ${shown(folder)}`]
    : [`trained ${how}`];
}

/** A path as short as it can be said from here. */
function shown(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? path : short;
}

/** `12% step 300/2500  2.1 photos/s  12:34 left  total 1.2e+6  content ...`. */
function progressText(p: TrainingProgress, config: TrainingConfig): string {
  const { losses, painting } = p.result;
  const tags = lossTags(losses, config);
  const steps = p.totalSteps === undefined ? `${p.step}` : `${p.step}/${p.totalSteps}`;
  const part = (label: string, tag: string) => {
    const value = tags[`weighted_losses/weighted_${tag}_loss`];
    return value === undefined ? [] : [`${label} ${value.toPrecision(3)}`];
  };
  const parts = [
    ...(painting === undefined ? [] : [painting]),
    `total ${losses.total!.toPrecision(4)}`,
    ...part('content', 'content'),
    ...part('style', 'style'),
    ...part('tv', 'regularizer'),
    ...part('pixel', 'pixel'),
  ];
  const share = `${Math.floor(100 * p.progress)}%`.padStart(4);
  return `${share}  step ${steps}  ${p.imagesPerSecond.toFixed(2)} photos/s  ${duration(p.secondsLeft)} left  ${parts.join('  ')}`;
}
