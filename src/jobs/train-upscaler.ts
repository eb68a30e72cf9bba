/** Training a super-resolution network on photos. */
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { badOption } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { decodeUpscaling, encodeUpscaling, type UpscaleInfo } from '../files/upscale-file.js';
import { initialUpscaleParameters, type UpscaleNetwork, upscale, upscaleSpecs } from '../nets/upscale.js';
import { listPhotos } from '../node/media/folder.js';
import { openPhotos } from '../node/media/photos.js';
import { readUpscalerFile } from '../node/shipped.js';
import { degradedBatch } from '../train/degrade.js';
import { pairLossWeights } from '../train/pair-config.js';
import {
  networkOf,
  type UpscaleConfig,
  type UpscaleOptions,
  upscaleConfig,
  upscaleConfigSchema,
} from '../train/upscale-config.js';
import type { JobOptions } from './job.js';
import * as pairs from './pair-training.js';
import { type ResumeOptions, resumeTraining, withLength } from './resume.js';
import { listSha256, required, requireNewPlace, type TrainingPaths } from './training-files.js';
import type { TrainingResult } from './training-result.js';

/** Options of `trainUpscaler`. */
export interface TrainUpscalerOptions
  extends pairs.PairTrainingOptions,
    Omit<UpscaleOptions, 'lossSha256' | 'lossInput'> {
  /** Folders of sharp photos, larger than `size`, those in their folders included (see `listPhotos`). */
  photos: string | readonly string[];
  /** How an ONNX loss network wants its pictures. */
  lossInput?: string;
}

/** Everything that a training is made of but its parameters. It travels inside the checkpoint. Paths are absolute. */
const runSchema = z.strictObject({
  kind: z.literal('upscale'),
  config: upscaleConfigSchema,
  photos: z.array(z.string()).min(1),
  /** Of the paths of the photos in their order. */
  photosSha256: z.string(),
  ...pairs.pairRunShape,
});

type UpscaleRun = z.infer<typeof runSchema>;

/**
 * Trains a super-resolution network on photos, which are made small and should come out as they were. The pixel loss
 * alone needs nothing else; the feature loss needs VGG weights and gives sharper pictures.
 *
 * @throws FnsError when something is missing or makes no sense, a training is in the same place, or the training
 *   diverges.
 */
export async function trainUpscaler(
  options: TrainUpscalerOptions,
  job: JobOptions = {},
): Promise<TrainingResult> {
  const { init } = options;
  const photos = [required(options.photos, 'a folder of sharp photos')]
    .flat()
    .map((folder) => resolve(folder));
  const { paths, settings, runAfter } = await pairs.beginPairs(options, photos[0]!, ['photos']);
  const start = init === undefined ? undefined : await readStart(init);
  const config = upscaleConfig({
    ...(start && formOf(start.info)),
    ...settings,
  } as UpscaleOptions & { name: string });
  if (start) requireSameNetwork(start.info, config, init!);
  if (paths) await requireNewPlace(paths, options.force);
  const run: UpscaleRun = {
    kind: 'upscale',
    config,
    photos,
    photosSha256: await listSha256(await photoFiles(photos)),
    ...runAfter(start?.info.steps),
  };
  return pairs.trainOnPairs(await lifeOf(run, { paths, init: start?.parameters }), job);
}

/** Options that may be new when a training of a super-resolution network goes on. */
export interface ResumeUpscalerOptions extends ResumeOptions {
  /** Where the photos are now. */
  photos?: string | readonly string[];
}

/**
 * Goes on with a training of a super-resolution network, as `resumeStyle` does with one of a style.
 *
 * @throws FnsError when there is no checkpoint, or the photos are others.
 */
export async function resumeUpscaler(
  folder: string,
  options: ResumeUpscalerOptions = {},
  job: JobOptions = {},
): Promise<TrainingResult> {
  const kind = { name: 'a super-resolution network', schema: runSchema };
  return resumeTraining(folder, options, kind, async ({ paths, checkpoint, run: old, moved, isNewPlace }) => {
    const photos = options.photos
      ? [options.photos].flat().map((path) => resolve(path))
      : await Promise.all(old.photos.map(moved));
    const run: UpscaleRun = {
      ...old,
      photos,
      photosSha256: await movedSha256(photos, old),
      config: upscaleConfig(withLength(old.config, options)),
    };
    return pairs.trainOnPairs({ ...(await lifeOf(run, { paths })), checkpoint, isNewPlace }, job);
  });
}

/** The SHA-256 of photos that may have moved; they must be those of before. */
async function movedSha256(photos: readonly string[], old: UpscaleRun): Promise<string> {
  const lists = await Promise.all(photos.map(listPhotos));
  const before = photos.flatMap((folder, i) =>
    lists[i]!.map((file) => join(old.photos[i] ?? folder, relative(folder, file))),
  );
  if ((await listSha256(before)) !== old.photosSha256) throw pairs.otherPictures('photos');
  return listSha256(lists.flat());
}

async function readStart(file: string) {
  const { bytes, label } = await readUpscalerFile(file);
  return decodeUpscaling(bytes, label);
}

/** The form of the network that a file holds. */
function formOf({ architecture, factor, width, blocks }: UpscaleInfo): UpscaleNetwork {
  return { architecture, factor, width, blocks };
}

/** @throws FnsError (usage) naming what differs. */
function requireSameNetwork(info: UpscaleInfo, config: UpscaleConfig, file: string): void {
  const [own, wanted] = [formOf(info), networkOf(config)];
  const different = (Object.keys(own) as (keyof UpscaleNetwork)[]).find((key) => own[key] !== wanted[key]);
  if (different !== undefined) {
    throw badOption(
      different,
      `${file} has ${own[different]}, the training asks for ${wanted[different]}: leave it out`,
    );
  }
}

async function photoFiles(folders: readonly string[]): Promise<string[]> {
  return (await Promise.all(folders.map(listPhotos))).flat();
}

async function lifeOf(
  run: UpscaleRun,
  { paths, init }: { paths?: TrainingPaths; init?: ReadonlyMap<string, FloatTensor> },
): Promise<pairs.PairLife> {
  const { config } = run;
  const network = networkOf(config);
  const { size, factor, degrade, batch, seed } = config;
  const files = await photoFiles(run.photos);
  if ((await listSha256(files)) !== run.photosSha256) {
    throw pairs.otherPictures('photos');
  }
  return {
    run,
    paths,
    config,
    network: {
      specs: upscaleSpecs(network),
      apply: (image, parameters, mode) => upscale(image, parameters, network, mode),
    },
    inputSize: [size / factor, size / factor],
    losses: pairLossWeights(config),
    init: init ?? initialUpscaleParameters(network, seed),
    pictures: files.length,
    openSource(startAt, onSkip) {
      const photos = openPhotos({ files, size, batch, seed, crop: 'own', startAt, onSkip });
      return pairs.pairSource(photos, ({ pictures: target }) => ({
        input: degradedBatch(target, factor, degrade),
        target,
      }));
    },
    encode: (parameters, steps) =>
      encodeUpscaling({
        info: {
          ...network,
          name: config.name,
          steps: run.stepsBefore + steps,
          config: JSON.stringify(config),
          licence: pairs.pairLicence(config),
        },
        parameters,
      }),
  };
}
