/** The plan of a training of a style: what its options mean together, before anything is trained. */
import { basename, extname, resolve } from 'node:path';
import { badOption } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { pictureSize } from '../node/media/decode.js';
import { type ChosenLossNetwork, chooseLossNetwork } from '../node/weights/loss-network-file.js';
import type { Device } from '../runtime/session.js';
import { type TrainingConfig, type TrainingOptions, trainingConfig } from '../train/config.js';
import { styleSizeFor } from '../train/style-size.js';
import { type PaintingFiles, required } from './training-files.js';
import { type StartingPoint, startingParameters, startingPoint } from './training-start.js';

/** Options of the training of a style, besides its place. */
export interface StyleTrainingOptions
  extends Omit<TrainingOptions, 'paintings' | 'lossSha256' | 'lossInput'> {
  /** The painting; several make one network of many paintings, or one style with `blend`. */
  painting: string | readonly string[];
  /** Takes one style from several pictures: their weights. */
  blend?: readonly number[];
  /** The folder of the photos to learn on, those in its folders included (see `listPhotos`). */
  photos: string;
  /** How an ONNX loss network wants its pictures: `imagenet` (default), `vgg` (`caffe`), `plain` or `unit`. */
  lossInput?: string;
  /** VGG weights (.safetensors or Keras .h5) instead of the installed ones. */
  weights?: string;
  /**
   * The start: a style, `none` (random numbers), `start` (the shipped start, the default where the network fits),
   * `FILE:NAME` for one painting of many. A file of many paintings without a name gets the new ones added.
   */
  init?: string;
  /** `auto` by default. */
  device?: Device;
  /** CPU threads; the number of cores by default. */
  threads?: number;
  /** Photo for previews; the first training photo by default. */
  previewPhoto?: string;
}

/** The plan of a training. Paths are absolute. */
export interface StylePlan {
  paintings: PaintingFiles[];
  photos: string;
  /** The ONNX file of the loss network, or VGG weights, when not the installed ones. */
  weights?: string;
  start?: StartingPoint;
  /** The whole configuration, `changes` taken over the options. */
  config(changes?: TrainingOptions): TrainingConfig;
  /** The parameters that a training of the configuration starts from; random ones without a start. */
  init(config: TrainingConfig): ReadonlyMap<string, FloatTensor> | undefined;
}

/** Options of `StyleTrainingOptions` that are no part of the configuration. */
const OTHERS = [
  'painting',
  'blend',
  'photos',
  'weights',
  'init',
  'device',
  'threads',
  'previewPhoto',
] as const;

/**
 * Plans a training: reads its loss network and its start.
 *
 * @param options those of a training, and no others
 * @param name of the style, where none is given
 * @param ownStyle whether the new paintings make a style of their own even when the start is a file of many
 * @throws FnsError for what is missing or makes no sense.
 */
export async function planTraining(
  options: StyleTrainingOptions,
  name: string,
  { ownStyle = false } = {},
): Promise<StylePlan> {
  required(options.painting, 'a painting to learn from');
  required(options.photos, 'a folder of photos to learn on');
  const loss = await chooseLossNetwork(options);
  const found = await startingPoint(options.init, configOptions(options, loss));
  const start = found && (ownStyle ? { ...found, adds: false } : found);
  const side = options.styleSize === undefined ? await smallestSide([options.painting].flat()) : undefined;
  return plannedTraining(options, name, loss, start, side);
}

/**
 * The plan of a training with its loss network and its start.
 *
 * @param side the shorter side of the smallest painting in pixels, where it shall count
 */
export function plannedTraining(
  options: StyleTrainingOptions,
  name: string,
  loss: ChosenLossNetwork,
  start: StartingPoint | undefined,
  side?: number,
): StylePlan {
  const given = configOptions(options, loss);
  const paintings = paintingsOf([options.painting].flat(), options.blend, given.name ?? name);
  const inherited = start && {
    architecture: start.style.info.architecture,
    width: start.style.info.width,
  };
  const own = start?.adds ? (start.style.info.paintings ?? []) : [];
  const isMany = paintings.length > 1 || start?.adds === true;
  const names = isMany ? [...new Set([...own, ...paintings.map((p) => p.name)])] : undefined;
  return {
    paintings,
    photos: resolve(options.photos),
    ...(loss.file !== undefined && { weights: loss.file }),
    start,
    config(changes) {
      const config = trainingConfig({ ...inherited, name, ...given, paintings: names, ...changes });
      const isChosen = side === undefined || changes?.styleSize !== undefined;
      return isChosen ? config : { ...config, styleSize: styleSizeFor(config, side) };
    },
    init: (config) => start && startingParameters(start, config),
  };
}

/** The shorter side of the smallest of the paintings; none where one cannot be read, which is said when it is. */
async function smallestSide(paintings: readonly string[]): Promise<number | undefined> {
  const sizes = await Promise.all(paintings.map((path) => pictureSize(path)));
  const sides = sizes.map((size) => (size ? Math.min(size.width, size.height) : Number.NaN));
  const least = Math.min(...sides);
  return Number.isNaN(least) ? undefined : least;
}

/** The options that are part of the configuration, with its loss network. */
function configOptions(options: StyleTrainingOptions, { config }: ChosenLossNetwork): TrainingOptions {
  const given: Record<string, unknown> = { ...options };
  for (const key of OTHERS) delete given[key];
  for (const [key, value] of Object.entries(given)) if (value === undefined) delete given[key];
  return { ...given, ...config };
}

function paintingsOf(
  pictures: readonly string[],
  blend: readonly number[] | undefined,
  name: string,
): PaintingFiles[] {
  const paths = pictures.map((path) => resolve(path));
  if (!blend) {
    return paths.map((path) => ({ name: paintingName(path), images: [{ path, weight: 1 }] }));
  }
  if (blend.length !== paths.length || !blend.some((w) => w > 0)) {
    throw badOption(
      'blend',
      `one weight for each picture is needed, not all 0: ${paths.length} pictures, ${blend.length} weights`,
    );
  }
  return [{ name: paintingName(name), images: paths.map((path, i) => ({ path, weight: blend[i]! })) }];
}

/** The name of a painting in a network of many: the file's, without what the names of mixtures cannot hold. */
function paintingName(path: string): string {
  return basename(path, extname(path)).replace(/[:=,/\\\s]+/g, '-');
}
