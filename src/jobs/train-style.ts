/** Training a style from a painting and a folder of photos. */
import { availableParallelism } from 'node:os';
import { basename, extname, resolve } from 'node:path';
import { z } from 'zod';
import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { encodeStyle, type StyleInfo } from '../files/style-file.js';
import { lossLayers } from '../losses/perceptual.js';
import { BLEED } from '../nets/architecture.js';
import { vggNetwork } from '../nets/vgg.js';
import { encodeImage } from '../node/media/image.js';
import { openPhotos } from '../node/media/photos.js';
import { openSession } from '../node/session.js';
import { loadLossNetwork, lossNetworkLicence } from '../node/weights/loss-network-file.js';
import { DEVICES, type Device } from '../runtime/session.js';
import type { Checkpoint } from '../train/checkpoint.js';
import {
  lossWeights,
  type TrainingConfig,
  trainingConfig,
  trainingConfigSchema,
  trainingSizes,
} from '../train/config.js';
import { openStyleTrainer } from '../train/style-trainer.js';
import { type JobOptions, type Reporter, reporter } from './job.js';
import { weightedLosses } from './loss-values.js';
import { type ResumeOptions, resumePlace, runOf, withLength } from './resume.js';
import {
  fileSha256,
  type PaintingFiles,
  photoList,
  previewPhoto,
  readPainting,
  required,
  requireNewPlace,
  requireOnnx,
  type TrainingPaths,
  trainingPaths,
  writePreview,
} from './training-files.js';
import { planTraining, type StyleTrainingOptions } from './training-plan.js';
import { runTrainingLife, type TrainingIntervals, type TrainingResult } from './training-run.js';
import { startNote } from './training-start.js';

/** Everything that a training is made of but its parameters. It travels inside the checkpoint. Paths are absolute. */
const runSchema = z.strictObject({
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
  /** What the parameters are of, as `init` takes it but without folders; older checkpoints do not know. */
  start: z.string().optional(),
});

type StyleRun = z.infer<typeof runSchema>;

/** What `trainStyle` trains, and where it goes. */
export interface TrainStyleOptions extends StyleTrainingOptions, Partial<TrainingIntervals> {
  /**
   * The style file to write (.onnx), with a preview, the cropped painting and a folder for the checkpoint and the log beside it. Without, nothing is
   * written.
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
 * Learns a style: trains a network that turns any photo into a picture in the style of a painting. Every option of `TrainingOptions` may be
 * given; the others have the defaults of the architecture.
 *
 * @throws FnsError when something is missing or makes no sense, a training is in the same place, or the training diverges.
 */
export async function trainStyle(options: TrainStyleOptions, job: JobOptions = {}): Promise<TrainingResult> {
  const { out, force, previewEvery, checkpointEvery, logEvery, ...training } = options;
  const pictures = [required(options.painting, 'a painting to learn from')].flat();
  const stem = out ?? pictures[0]!;
  const paths = out === undefined ? undefined : trainingPaths(requireOnnx(out));
  const plan = await planTraining(training, basename(stem, extname(stem)));
  const config = plan.config();
  if (paths) await requireNewPlace(paths, force);
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
  return execute(run, { paths, init, note: start && startNote(start, config), job });
}

/** What may be new when a training of a style goes on. */
export interface ResumeStyleOptions extends ResumeOptions {
  /** Where the painting is now; of several, all in the same order. */
  painting?: string | readonly string[];
  /** Where the photos are now. */
  photos?: string;
}

/**
 * Goes on with a training that was stopped, bit by bit as if it never had been. It writes beside its folder, wherever that is now; what it was made
 * from is looked for where it was, or at the same place seen from the folder.
 *
 * @param folder the folder `STYLE.training`, or the style file
 * @throws FnsError when there is no checkpoint, or the painting is another.
 */
export async function resumeStyle(
  folder: string,
  options: ResumeStyleOptions = {},
  job: JobOptions = {},
): Promise<TrainingResult> {
  const place = await resumePlace(folder, options, (checkpoint) =>
    runOf(checkpoint, runSchema, folder, 'a style'),
  );
  const { paths, checkpoint } = place;
  const run: StyleRun = { ...place.run, out: paths.out };
  if (options.photos !== undefined) run.photos = resolve(options.photos);
  else run.photos = await place.moved(run.photos);
  if (run.weights !== undefined || options.weights !== undefined) {
    run.weights = options.weights === undefined ? await place.moved(run.weights!) : resolve(options.weights);
  }
  if (run.previewPhoto !== undefined) run.previewPhoto = await place.moved(run.previewPhoto);
  run.paintings = await samePaintings(run.paintings, options.painting, place.moved);
  run.config = trainingConfig(withLength(run.config, options));
  return execute(run, { paths, checkpoint, note: `going on after step ${checkpoint.state.steps}`, job });
}

/** The paintings where they are now; each must be what it was. */
async function samePaintings(
  paintings: StyleRun['paintings'],
  given: string | readonly string[] | undefined,
  moved: (path: string) => Promise<string>,
): Promise<StyleRun['paintings']> {
  const places = given === undefined ? undefined : [given].flat();
  const count = paintings.reduce((sum, { images }) => sum + images.length, 0);
  if (places && places.length !== count) {
    throw failure(`the training has ${count} pictures of paintings, got ${places.length}`);
  }
  let next = 0;
  const result: StyleRun['paintings'] = [];
  for (const { name, images } of paintings) {
    const found: typeof images = [];
    for (const image of images) {
      const path = places ? resolve(places[next++]!) : await moved(image.path);
      if ((await fileSha256(path)) !== image.sha256) {
        throw failure(`${path} is not the painting of before: the training cannot go on with it`);
      }
      found.push({ ...image, path });
    }
    result.push({ name, images: found });
  }
  return result;
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

/** What a run begins with. */
interface RunStart {
  paths?: TrainingPaths;
  init?: ReadonlyMap<string, FloatTensor>;
  checkpoint?: Checkpoint;
  note?: string;
  job: JobOptions;
}

async function execute(
  run: StyleRun,
  { paths, init, checkpoint, note, job }: RunStart,
): Promise<TrainingResult> {
  const { config, device, threads } = run;
  const report = reporter(job);
  const { files, paintings, preview, lossNetwork } = await readInputs(run, report);
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
async function readInputs(run: StyleRun, report: Reporter) {
  const { config } = run;
  const { files, sha256 } = await photoList(run.photos);
  if (sha256 !== run.photosSha256) {
    report.note(
      `the photos in ${run.photos} are not those of before: the training goes on, but not as it would have`,
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

/** What the style file of a training says after so many steps. */
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
