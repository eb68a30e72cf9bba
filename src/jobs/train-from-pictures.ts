/**
 * Training a style from pictures in memory, in Node and in a browser: nothing is read or written but what the caller
 * gives and gets.
 */
import { resizeBicubic } from '../core/bicubic.js';
import { badOption, failure } from '../core/errors.js';
import { flattenOverWhite, type Image } from '../core/image.js';
import { fromPlanes, type Planes, toPlanes } from '../core/planes.js';
import { centreCrop } from '../core/rectangles.js';
import { sha256 } from '../core/sha256.js';
import { type Size, withShorterSide } from '../core/sizes.js';
import { decodeStyle, encodeStyle, type StyleInfo } from '../files/style-file.js';
import { lossLayers } from '../losses/perceptual.js';
import type { StyleSource } from '../losses/style-targets.js';
import { BLEED } from '../nets/architecture.js';
import type { LossNetwork } from '../nets/loss-network.js';
import type { OpenSession, SessionOptions } from '../runtime/session.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint-format.js';
import {
  lossWeights,
  type TrainingConfig,
  type TrainingOptions,
  trainingConfig,
  trainingConfigSchema,
  trainingSizes,
} from '../train/config.js';
import { runTraining } from '../train/loop.js';
import { lossNetworkLicence } from '../train/loss-network-config.js';
import { openBatches, type PhotoReader } from '../train/photo-batches.js';
import { styleSizeFor } from '../train/style-size.js';
import { openStyleTrainer } from '../train/style-trainer.js';
import { type JobOptions, reporter } from './job.js';
import { weightedLosses } from './loss-values.js';
import type { TrainingResult } from './training-result.js';

/**
 * Options of `trainStyleFromPictures`. Every option of `TrainingOptions` may be given; the others have the defaults of
 * the architecture.
 */
export interface TrainFromPicturesOptions
  extends Omit<TrainingOptions, 'paintings' | 'lossNetwork' | 'lossInput' | 'lossSha256' | 'only'>,
    Pick<SessionOptions, 'device' | 'threads'> {
  /** The painting; several make one style, each with its share. */
  painting: Image | readonly { image: Image; weight: number }[];
  /** Photos to learn on. A few hundred do; a few teach the style for these few. */
  photos: readonly Image[];
  /** The loss network: `vggNetwork` of its weights, or `onnxNetwork`. */
  lossNetwork: LossNetwork;
  /** The bytes of a style file to start from; random numbers without. */
  init?: Uint8Array;
  /** The bytes of a checkpoint to go on from. The pictures must be those of before; only the length may be new. */
  resume?: Uint8Array;
  /** Steps between checkpoints. 0, the default: only at the end. */
  checkpointEvery?: number;
  /** Steps between `preview` events, which carry the style as it is then. 0, the default: only at the end. */
  previewEvery?: number;
}

/** The result of `trainStyleFromPictures`. */
export interface TrainedFromPictures extends Omit<TrainingResult, 'out' | 'folder'> {
  /** The bytes of the last checkpoint. */
  checkpoint: Uint8Array;
}

/** The run in a checkpoint of such a training. */
interface PicturesRun {
  kind: 'pictures';
  config: TrainingConfig;
  paintingSha256: string;
  photosSha256: string;
  /** Steps behind the parameters that the training started from. */
  stepsBefore: number;
}

/**
 * Learns a style from pictures in memory. Events: `progress`, `checkpoint` with its bytes, `preview` with the bytes of
 * the style file as it is then.
 *
 * @throws FnsError when options or pictures make no sense, `resume` is of other pictures, or the training diverges.
 */
export async function trainStyleFromPictures(
  options: TrainFromPicturesOptions,
  openSession: OpenSession,
  job: JobOptions = {},
): Promise<TrainedFromPictures> {
  const { painting, photos, lossNetwork, init, resume, device, threads } = options;
  const { checkpointEvery = 0, previewEvery = 0, ...others } = options;
  if (photos.length === 0) throw badOption('photos', 'at least one photo is needed');
  const report = reporter(job);
  const old = resume && (await readCheckpoint(resume));
  const start = init && decodeStyle(init, 'the start');
  if (start?.info.paintings) throw badOption('init', 'a style of one painting is needed, this one has many');
  const run = await runOf(options, others, start?.info, old);
  const { config } = run;
  lossNetwork.requireLayers(lossLayers(lossWeights(config)));
  const style = styleOf(painting, config.styleSize);
  report.progress({ share: 0, part: 'building the training graph' });
  const trainer = await openStyleTrainer({
    ...{ config, style, lossNetwork, init: start?.parameters, resume: old?.state, openSession },
    session: { device, threads },
  });
  const source = openBatches(pictureReader(photos), {
    size: trainingSizes(config),
    batch: config.batch,
    seed: config.seed,
    crop: config.crop,
    startAt: old?.position ?? 0,
    onSkip: (name, reason) => report.note(`skipped ${name}: ${reason}`),
  });
  const secondsBefore = old?.seconds ?? 0;
  let checkpoint = resume;
  let bytes: Uint8Array | undefined;
  const saveCheckpoint = async (seconds: number) => {
    const state = await trainer.state();
    checkpoint = await encodeCheckpoint({ run, seconds, position: source.position, state });
    report.emit({ type: 'checkpoint', step: trainer.steps, bytes: checkpoint });
  };
  const saveStyle = async () => {
    const parameters = await trainer.parameters();
    bytes = encodeStyle({ info: infoOf(config, lossNetwork, run.stepsBefore + trainer.steps), parameters });
    report.emit({ type: 'preview', step: trainer.steps, style: bytes });
  };
  try {
    const last = await runTraining(trainer, {
      config,
      photos: photos.length,
      secondsBefore,
      nextBatch: async () => (await source.next()).pictures,
      onStep: ({ progress, secondsLeft, step, totalSteps, imagesPerSecond, result }) =>
        report.progress({
          ...{ share: progress, secondsLeft, unit: 'step', done: step, all: totalSteps },
          ...{ rate: imagesPerSecond, values: weightedLosses(result.losses, config) },
        }),
      checkpointEvery,
      onCheckpoint: ({ seconds }) => saveCheckpoint(seconds),
      snapshotEvery: previewEvery,
      onSnapshot: saveStyle,
      signal: job.signal,
    });
    if (!last) await saveStyle();
    return {
      style: bytes!,
      checkpoint: checkpoint!,
      ...{ steps: trainer.steps, device: trainer.device, stopped: last !== undefined && last.progress < 1 },
      seconds: last?.seconds ?? secondsBefore,
      ...(last && { losses: last.result.losses }),
    };
  } finally {
    source.close();
    await trainer.close();
  }
}

/** The run of the options, or that of the checkpoint with another length. */
async function runOf(
  { painting, photos, lossNetwork, name = 'style' }: TrainFromPicturesOptions,
  others: object,
  start: Pick<StyleInfo, 'architecture' | 'width' | 'steps'> | undefined,
  old: (Checkpoint & { run: PicturesRun }) | undefined,
): Promise<PicturesRun> {
  const given: Record<string, unknown> = { ...others };
  const known = Object.keys(trainingConfigSchema.shape);
  for (const key of Object.keys(given)) if (!known.includes(key) || key === 'lossNetwork') delete given[key];
  const { steps, epochs, minutes } = given as TrainingOptions;
  const length = { steps, epochs, minutes };
  const isNew = Object.values(length).some((value) => value !== undefined);
  const network = { lossNetwork: lossNetwork.name };
  const shape = start && { architecture: start.architecture, width: start.width };
  const images = 'data' in painting ? [painting] : painting.map(({ image }) => image);
  const config = old
    ? trainingConfig({ ...old.run.config, ...(isNew && length) })
    : sizedFor(images, given, trainingConfig({ ...shape, ...given, ...network, name }));
  const paintingSha256 = await picturesSha256(images);
  const photosSha256 = await picturesSha256(photos);
  if (old && (old.run.paintingSha256 !== paintingSha256 || old.run.photosSha256 !== photosSha256)) {
    throw failure('the checkpoint is of another painting or of other photos');
  }
  if (old && old.run.config.lossNetwork !== lossNetwork.name) {
    throw failure(
      `the checkpoint is of a training with ${old.run.config.lossNetwork}, not with ${lossNetwork.name}`,
    );
  }
  const stepsBefore = old ? old.run.stepsBefore : (start?.steps ?? 0);
  return { kind: 'pictures', config, paintingSha256, photosSha256, stepsBefore };
}

/** The configuration, the painting's size by the paintings where none is given. */
function sizedFor(
  paintings: readonly Image[],
  given: TrainingOptions,
  config: TrainingConfig,
): TrainingConfig {
  if (given.styleSize !== undefined) return config;
  const side = Math.min(...paintings.map(({ width, height }) => Math.min(width, height)));
  return { ...config, styleSize: styleSizeFor(config, side) };
}

async function readCheckpoint(bytes: Uint8Array): Promise<Checkpoint & { run: PicturesRun }> {
  const checkpoint = await decodeCheckpoint(bytes, 'the checkpoint');
  const run = checkpoint.run as Partial<PicturesRun> | null;
  const config = trainingConfigSchema.safeParse(run?.config);
  if (run?.kind !== 'pictures' || !config.success) {
    throw failure('the checkpoint is of no training from pictures in memory');
  }
  return { ...checkpoint, run: { ...(run as PicturesRun), config: config.data } };
}

async function picturesSha256(pictures: readonly Image[]): Promise<string> {
  const encoder = new TextEncoder();
  const each = await Promise.all(
    pictures.map(({ width, height, data }) => sha256(encoder.encode(`${width}x${height} `), data)),
  );
  return sha256(encoder.encode(each.join(' ')));
}

/** The source of the style: central squares of the paintings, `size` pixels wide. */
function styleOf(painting: TrainFromPicturesOptions['painting'], size: number): StyleSource {
  const square = (image: Image): Planes => {
    const whole = resized(flattenOverWhite(image), withShorterSide(image, size));
    return toPlanes(centreCrop(whole, Math.min(size, whole.width), Math.min(size, whole.height)));
  };
  return 'data' in painting
    ? square(painting)
    : painting.map(({ image, weight }) => ({ image: square(image), weight }));
}

function pictureReader(photos: readonly Image[]): PhotoReader {
  return {
    count: photos.length,
    name: (index) => `photo ${index + 1}`,
    read: async (index, resize) => resized(flattenOverWhite(photos[index]!), resize(photos[index]!)),
  };
}

/** The picture at another size, the same everywhere: bicubic, antialiased. */
function resized(image: Image, { width, height }: Size): Image {
  if (image.width === width && image.height === height) return image;
  return fromPlanes(resizeBicubic(toPlanes(image), width, height));
}

/** The metadata of the style file. */
function infoOf(config: TrainingConfig, network: LossNetwork, steps: number) {
  const { name, architecture, width, seed } = config;
  const isJudged = lossLayers(lossWeights(config)).length > 0;
  return {
    ...{ name, architecture, width, steps, seed, config: JSON.stringify(config), bleed: BLEED[architecture] },
    lossNetwork: isJudged ? network.name : '',
    licence: isJudged ? lossNetworkLicence(network.name) : '',
  };
}
