/** Training any change of pictures from pairs of them. */
import { relative, resolve } from 'node:path';
import { z } from 'zod';
import { badOption, failure, usage } from '../core/errors.js';
import { decodeStyle, encodeStyle, type Style } from '../files/style-file.js';
import { BLEED } from '../nets/architecture.js';
import { initialParameters, parameterSpecs } from '../nets/parameters.js';
import { transform } from '../nets/transform.js';
import { listPhotos } from '../node/media/folder.js';
import { openPhotos } from '../node/media/photos.js';
import { readStyleFile } from '../node/shipped.js';
import { greyBatch } from '../train/degrade.js';
import { pairLossWeights } from '../train/pair-config.js';
import {
  type PictureChangeConfig,
  pictureChangeConfig,
  pictureChangeConfigSchema,
} from '../train/picture-change-config.js';
import type { JobOptions } from './job.js';
import * as pairs from './pair-training.js';
import { type ResumeOptions, resumeTraining, withLength } from './resume.js';
import { listSha256, required, requireNewPlace, type TrainingPaths } from './training-files.js';
import type { TrainingResult } from './training-result.js';

/** Options of `trainPairs`. */
export interface TrainPairsOptions
  extends pairs.PairTrainingOptions,
    Omit<Partial<PictureChangeConfig>, 'lossSha256' | 'lossInput'> {
  /** The folder of the pictures as they should come out, those in its folders included (see `listPhotos`). */
  targets: string;
  /**
   * The folder of the pictures that go in, in the same folders and with the same file names (any extension); `degrade`
   * instead makes them of the targets.
   */
  inputs?: string;
  /** How an ONNX loss network wants its pictures. */
  lossInput?: string;
}

/** Everything that a training is made of but its parameters. It travels inside the checkpoint. Paths are absolute. */
const runSchema = z.strictObject({
  kind: z.literal('pairs'),
  config: pictureChangeConfigSchema,
  targets: z.string(),
  inputs: z.string().optional(),
  /** Of the names of the target pictures in their order. */
  picturesSha256: z.string(),
  ...pairs.pairRunShape,
});

type PairsRun = z.infer<typeof runSchema>;

/**
 * Learns any change of pictures from pairs: target pictures, and inputs of the same names in another folder or made on
 * the fly. The result is a style file.
 *
 * @throws FnsError when something is missing or makes no sense, a training is in the same place, or the training
 *   diverges.
 */
export async function trainPairs(options: TrainPairsOptions, job: JobOptions = {}): Promise<TrainingResult> {
  const { init, inputs, degrade } = options;
  const targets = resolve(required(options.targets, 'a folder of the pictures as they should come out'));
  if ((inputs === undefined) === (degrade === undefined)) {
    throw usage(
      'either a folder of the pictures that go in is needed, or the way to make them (degrade: grey)',
    );
  }
  const { paths, settings, runAfter } = await pairs.beginPairs(options, targets, ['targets', 'inputs']);
  const start = init === undefined ? undefined : await readStart(init);
  const config = pictureChangeConfig({
    ...(start && { architecture: start.info.architecture, width: start.info.width }),
    ...settings,
  });
  if (start && (start.info.architecture !== config.architecture || start.info.width !== config.width)) {
    throw badOption(
      'init',
      `${init} is ${start.info.architecture} of width ${start.info.width}, ` +
        `the training asks for ${config.architecture} of width ${config.width}`,
    );
  }
  if (paths) await requireNewPlace(paths, options.force);
  const run: PairsRun = {
    kind: 'pairs',
    config,
    targets,
    ...(inputs !== undefined && { inputs: resolve(inputs) }),
    picturesSha256: await listSha256(namesIn(targets, await listPhotos(targets))),
    ...runAfter(start?.info.steps),
  };
  return pairs.trainOnPairs(await lifeOf(run, paths, start), job);
}

/** Options that may be new when a training of pairs goes on. */
export interface ResumePairsOptions extends ResumeOptions {
  /** Where the pictures are now. */
  targets?: string;
  inputs?: string;
}

/**
 * Goes on with a training of pairs, as `resumeStyle` does with one of a style.
 *
 * @throws FnsError when there is no checkpoint, or the pictures are others.
 */
export async function resumePairs(
  folder: string,
  options: ResumePairsOptions = {},
  job: JobOptions = {},
): Promise<TrainingResult> {
  const kind = { name: 'pairs', schema: runSchema };
  return resumeTraining(folder, options, kind, async ({ paths, checkpoint, run: old, moved, isNewPlace }) => {
    const now = async (given: string | undefined, before: string) =>
      given === undefined ? moved(before) : resolve(given);
    const run: PairsRun = {
      ...old,
      targets: await now(options.targets, old.targets),
      ...(old.inputs !== undefined && { inputs: await now(options.inputs, old.inputs) }),
      config: pictureChangeConfig(withLength(old.config, options)),
    };
    return pairs.trainOnPairs({ ...(await lifeOf(run, paths)), checkpoint, isNewPlace }, job);
  });
}

async function readStart(file: string): Promise<Style> {
  const { bytes, label } = await readStyleFile(file);
  const style = decodeStyle(bytes, label);
  if (style.info.paintings) throw usage(`${label} holds many paintings: pairs train a network of one`);
  return style;
}

function namesIn(folder: string, files: readonly string[]): string[] {
  return files.map((file) => relative(folder, file));
}

/** The input of each target: the file of the same name in the other folder, of whatever extension. */
async function inputsOf(
  targets: string,
  inputs: string,
  files: readonly string[],
): Promise<Map<string, string>> {
  const stem = (folder: string, file: string) => relative(folder, file).replace(/\.\w+$/, '');
  const known = new Map((await listPhotos(inputs)).map((file) => [stem(inputs, file), file]));
  return new Map(
    files.map((file) => {
      const input = known.get(stem(targets, file));
      if (input === undefined) {
        throw failure(`${relative(targets, file)} has no input: ${inputs} has no picture of this name`);
      }
      return [file, input];
    }),
  );
}

async function lifeOf(run: PairsRun, paths?: TrainingPaths, start?: Style): Promise<pairs.PairLife> {
  const { config, inputs } = run;
  const { architecture, width, size, batch, seed } = config;
  const files = await listPhotos(run.targets);
  if ((await listSha256(namesIn(run.targets, files))) !== run.picturesSha256) {
    throw pairs.otherPictures('pictures');
  }
  const inputFiles = inputs === undefined ? undefined : await inputsOf(run.targets, inputs, files);
  return {
    run,
    paths,
    config,
    network: {
      specs: parameterSpecs(architecture, width),
      apply: (image, parameters, mode) => transform(image, parameters, { architecture, mode }),
    },
    inputSize: [size, size],
    losses: pairLossWeights(config),
    outputRate: config.outputRate,
    init: start?.parameters ?? initialParameters(architecture, width, seed),
    pictures: files.length,
    openSource(startAt, onSkip) {
      const inputOf = inputFiles && ((path: string) => inputFiles.get(path)!);
      const photos = openPhotos({ files, size, batch, seed, startAt, onSkip, ...(inputOf && { inputOf }) });
      return pairs.pairSource(photos, ({ pictures: target, inputs: given }) => ({
        input: given ?? greyBatch(target),
        target,
      }));
    },
    encode: (parameters, steps) =>
      encodeStyle({
        info: {
          name: config.name,
          architecture,
          width,
          steps: run.stepsBefore + steps,
          seed,
          lossNetwork: config.featureWeight > 0 ? config.lossNetwork : '',
          config: JSON.stringify(config),
          licence: pairs.pairLicence(config),
          bleed: BLEED[architecture],
        },
        parameters,
      }),
  };
}
