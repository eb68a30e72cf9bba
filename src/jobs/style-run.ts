/** One run of a training of a style: what it is made of, and how it goes. */
import { basename } from 'node:path';
import { z } from 'zod';
import type { FloatTensor } from '../core/tensor.js';
import { encodeStyle, type StyleInfo } from '../files/style-file.js';
import { lossLayers } from '../losses/perceptual.js';
import { BLEED } from '../nets/architecture.js';
import { vggNetwork } from '../nets/vgg.js';
import { encodeImage } from '../node/media/image.js';
import { openPhotos } from '../node/media/photos.js';
import { openSession } from '../node/session.js';
import { loadLossNetwork } from '../node/weights/loss-network-file.js';
import { DEVICES, type Device } from '../runtime/session.js';
import type { Checkpoint } from '../train/checkpoint-format.js';
import { lossWeights, type TrainingConfig, trainingConfigSchema, trainingSizes } from '../train/config.js';
import { lossNetworkLicence } from '../train/loss-network-config.js';
import { openStyleTrainer } from '../train/style-trainer.js';
import { type JobOptions, type Reporter, reporter } from './job.js';
import { weightedLosses } from './loss-values.js';
import {
  type PaintingFiles,
  photoList,
  previewPhoto,
  readPainting,
  type TrainingPaths,
  writePreview,
} from './training-files.js';
import type { TrainingResult } from './training-result.js';
import { runTrainingLife } from './training-run.js';

/** Everything that a training is made of but its parameters. It travels inside the checkpoint. Paths are absolute. */
export const styleRunSchema = z.strictObject({
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
  /** The style file; empty where none is written. */
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
  /** The start of the parameters, as `init` takes it but without folders; older checkpoints do not know. */
  start: z.string().optional(),
});

/** Everything that a training is made of but its parameters. */
export type StyleRun = z.infer<typeof styleRunSchema>;

/** The beginning of a run. */
interface RunStart {
  paths?: TrainingPaths;
  init?: ReadonlyMap<string, FloatTensor>;
  checkpoint?: Checkpoint;
  /** True when it goes on in another place than the checkpoint's. */
  isNewPlace?: boolean;
  note?: string;
  job: JobOptions;
}

/** Trains a style from the beginning or from a checkpoint to the end. */
export async function runStyleTraining(
  run: StyleRun,
  { paths, init, checkpoint, isNewPlace, note, job }: RunStart,
): Promise<TrainingResult> {
  const { config, device, threads } = run;
  const report = reporter(job);
  const { files, paintings, preview, lossNetwork } = await readInputs(run, report, checkpoint !== undefined);
  if (note !== undefined) report.note(note);
  report.progress({ share: 0, part: 'building the training graph' });
  const session = { device, threads };
  const names = config.paintings && paintings.map(({ name }) => name);
  const styles = config.paintings ? { paintings } : { style: paintings[0]!.style };
  return runTrainingLife(
    {
      run,
      paths,
      config,
      checkpoint,
      isNewPlace,
      photos: files.length,
      previewEvery: run.previewEvery,
      checkpointEvery: run.checkpointEvery,
      logEvery: run.logEvery,
      openTrainer: () =>
        openStyleTrainer({
          config,
          ...styles,
          lossNetwork,
          init,
          resume: checkpoint?.state,
          openSession,
          session,
        }),
      openSource(startAt, onSkip) {
        const { batch, seed, crop } = config;
        const photos = openPhotos({ files, size: trainingSizes(config), batch, seed, crop, startAt, onSkip });
        return {
          next: async () => (await photos.next()).pictures,
          get position() {
            return photos.position;
          },
          close: () => photos.close(),
        };
      },
      async begin() {
        for (const { name, pictures } of paintings) {
          if (paths) await encodeImage(paths.target(config.paintings ? name : undefined), pictures[0]!);
        }
      },
      encode: (parameters, steps) => encodeStyle({ info: styleInfo(run, steps), parameters }),
      async preview(bytes) {
        await writePreview(paths!.preview, bytes, preview, names, session);
        return paths!.preview;
      },
      logged: config,
      origin: (batch) => batch,
      values: (losses) => weightedLosses(losses, config),
    },
    job,
  );
}

/** Reads what a run needs before it begins. */
async function readInputs(run: StyleRun, report: Reporter, isResumed: boolean) {
  const { config } = run;
  const { files, sha256 } = await photoList(run.photos);
  if (sha256 !== run.photosSha256) {
    report.note(
      `the photos in ${run.photos} are not those of before: the training goes on, but not as it would have`,
    );
    // Said once: from now on these are its photos.
    run.photosSha256 = sha256;
  }
  const paintings = await Promise.all(
    run.paintings.map(async (painting) => ({
      name: painting.name,
      ...(await readPainting(painting, config.styleSize, report.warning)),
    })),
  );
  const preview = await readPreview(run, files, report, isResumed);
  const layers = lossLayers(lossWeights(config));
  // The pixel loss and the total variation need no loss network.
  const lossNetwork =
    layers.length > 0 ? await loadLossNetwork(config, { file: run.weights }) : vggNetwork('vgg16', new Map());
  lossNetwork.requireLayers(layers);
  return { files, paintings, preview, lossNetwork };
}

/** Reads the photo for previews. That it is gone does not keep a training from going on. */
async function readPreview(
  { previewPhoto: chosen, config }: StyleRun,
  files: readonly string[],
  report: Reporter,
  isResumed: boolean,
) {
  const side = config.size * 2;
  if (chosen === undefined) return previewPhoto(files[0]!, side);
  return previewPhoto(chosen, side).catch((error: Error) => {
    if (!isResumed) throw error;
    report.note(`${error.message}; previews are of the first training photo`);
    return previewPhoto(files[0]!, side);
  });
}

/** The metadata of the style file of a training after so many steps. */
export function styleInfo(
  {
    config,
    paintings,
    start,
    stepsBefore,
  }: { config: TrainingConfig; paintings: readonly PaintingFiles[]; start?: string; stepsBefore: number },
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
