import { basename, extname, resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { failure, usage } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { decodeUpscaling, encodeUpscaling, type UpscaleInfo } from '../files/upscale-file.js';
import { initialUpscaleParameters, upscale, upscaleSpecs } from '../nets/upscale.js';
import { requireFolderFor } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import { openPhotos } from '../node/media/photos.js';
import { readUpscalerFile } from '../node/shipped.js';
import { chooseLossNetwork, lossNetworkLicence } from '../node/weights/loss-network-file.js';
import { degradedBatch } from '../train/degrade.js';
import { pairLossWeights } from '../train/pair-config.js';
import {
  networkOf,
  type UpscaleConfig,
  type UpscaleOptions,
  upscaleConfig,
  upscaleConfigSchema,
} from '../train/upscale-config.js';
import { numberOption, option } from './options.js';
import {
  beginsOrGoesOn,
  type PairFlags,
  pairOptions,
  pairRunOf,
  pairRunShape,
  pairSettings,
  requireOut,
  runOf,
  withLength,
} from './pair-options.js';
import { executePairTraining, type PairJob, type PairSource } from './pair-run.js';
import { listDigest, readCheckpoint } from './train-files.js';

interface UpscaleTrainFlags extends PairFlags {
  photos?: string[];
  architecture?: UpscaleConfig['architecture'];
  factor?: number;
  width?: number;
  blocks?: number;
  degrade?: UpscaleConfig['degrade'];
}

/** Everything that a training is made of but its parameters. It travels inside the checkpoint. Paths are absolute. */
const runSchema = z.strictObject({
  kind: z.literal('upscale'),
  config: upscaleConfigSchema,
  photos: z.array(z.string()).min(1),
  /** Of the paths of the photos in their order. */
  photosSha256: z.string(),
  ...pairRunShape,
});

type UpscaleRun = z.infer<typeof runSchema>;

/** `fns train-upscale`: trains a super-resolution network. */
export function trainUpscaleCommand(): Command {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const command = new Command('train-upscale')
    .summary('train a network that enlarges photos')
    .description(
      'Train a super-resolution network on photos, which are made small and should come out as they were. The pixel loss alone needs nothing else; ' +
        'the feature loss (--feature-weight) needs VGG weights and gives sharper pictures. Ctrl-C ends early and keeps what is learned.',
    )
    .addOption(
      option('--photos <folder...>', 'sharp photos to learn on, larger than --size (searched recursively)'),
    )
    .addOption(option('--architecture <name>', 'paper or modern (default: modern)'))
    .addOption(option('-x, --factor <n>', 'how much larger: 2, 4 or 8 (default: 4)', whole('--factor')))
    .addOption(option('--width <n>', 'channels inside (default: 64)', whole('--width')))
    .addOption(option('--blocks <n>', 'residual blocks (default: 8; paper 4)', whole('--blocks')))
    .addOption(
      option('--degrade <name>', 'how the small pictures are made: bicubic, or paper (blurred first)'),
    );
  for (const shared of pairOptions()) command.addOption(shared);
  return command
    .addHelpText(
      'after',
      `
Examples:
  fns train-upscale --photos ~/Pictures -o mine.onnx
  fns train-upscale --photos ~/Pictures --init mine.onnx --feature-weight 1 --pixel-weight 0.1 --steps 2000 -o sharp.onnx
  fns train-upscale --photos coco/train2014 --architecture paper -x 8 -o paper-x8.onnx
  fns train-upscale --resume mine.training`,
    )
    .action(beginsOrGoesOn(begin, goOn));
}

/** A new training. */
async function begin(flags: UpscaleTrainFlags): Promise<void> {
  const out = requireOut(flags);
  const loss = await chooseLossNetwork(flags);
  if (!flags.photos) throw usage('--photos is needed: a folder of sharp photos');
  const start = flags.init === undefined ? undefined : await readStart(flags.init);
  const { architecture, factor, width, blocks, degrade } = flags;
  const config = upscaleConfig({
    ...(start && { ...networkInfo(start.info) }),
    ...defined({ architecture, factor, width, blocks }),
    degrade,
    ...pairSettings(flags, loss),
    name: flags.name ?? basename(out, extname(out)),
  } as UpscaleOptions & { name: string });
  if (start) requireSameNetwork(start.info, config, flags.init!);
  await requireFolderFor(out);
  const photos = flags.photos.map((folder) => resolve(folder));
  const run: UpscaleRun = {
    kind: 'upscale',
    config,
    photos,
    photosSha256: listDigest(await photoFiles(photos)),
    ...pairRunOf(flags, out, loss, start?.info.steps),
  };
  await executePairTraining(await jobOf(run, { init: start?.parameters }));
}

/** A training that was stopped. */
async function goOn(flags: UpscaleTrainFlags, folder: string): Promise<void> {
  const checkpoint = await readCheckpoint(folder);
  const found = runOf(checkpoint, runSchema, folder, 'train-upscale');
  const run = { ...found, config: upscaleConfig(withLength(found.config, flags)) };
  const note = `going on after step ${checkpoint.state.steps}`;
  await executePairTraining({ ...(await jobOf(run, {})), checkpoint, note });
}

async function readStart(file: string) {
  const { bytes, label } = await readUpscalerFile(file);
  return decodeUpscaling(bytes, label);
}

/** The form of the network that a file holds. */
function networkInfo({ architecture, factor, width, blocks }: UpscaleInfo) {
  return { architecture, factor, width, blocks };
}

function requireSameNetwork(info: UpscaleInfo, config: UpscaleConfig, file: string): void {
  const [own, wanted] = [networkInfo(info), networkOf(config)];
  const different = (Object.keys(own) as (keyof typeof own)[]).find((key) => own[key] !== wanted[key]);
  if (different !== undefined) {
    throw usage(
      `${file} has ${different} ${own[different]}, the training asks for ${wanted[different]}: leave --${different} out`,
    );
  }
}

/** Only what is given. */
function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

async function photoFiles(folders: readonly string[]): Promise<string[]> {
  return (await Promise.all(folders.map(listPhotos))).flat();
}

async function jobOf(
  run: UpscaleRun,
  { init }: { init?: ReadonlyMap<string, FloatTensor> },
): Promise<PairJob> {
  const { config, device, threads, out, weights, saveEvery, logEvery } = run;
  const network = networkOf(config);
  const { size, factor, degrade, batch, seed } = config;
  const files = await photoFiles(run.photos);
  if (listDigest(files) !== run.photosSha256) {
    throw failure('the photos are not those of before: the training can not go on with them');
  }
  return {
    command: 'train-upscale',
    network: {
      specs: upscaleSpecs(network),
      apply: (image, parameters, mode) => upscale(image, parameters, network, mode),
    },
    inputSize: [size / factor, size / factor],
    losses: pairLossWeights(config),
    ...(weights === undefined ? {} : { weights }),
    init: init ?? initialUpscaleParameters(network, seed),
    config,
    run,
    session: { device, threads },
    out,
    saveEvery,
    logEvery,
    async openSource(startAt, onSkip): Promise<PairSource> {
      const photos = openPhotos({ files, size, batch, seed, crop: 'own', startAt, onSkip });
      return {
        count: files.length,
        get position() {
          return photos.position;
        },
        async next() {
          const { pictures: target } = await photos.next();
          return { input: degradedBatch(target, factor, degrade), target };
        },
        close: () => photos.close(),
      };
    },
    encode: (parameters, steps) =>
      encodeUpscaling({
        info: {
          ...network,
          name: config.name,
          steps: run.stepsBefore + steps,
          config: JSON.stringify(config),
          licence: config.featureWeight > 0 ? lossNetworkLicence(config.lossNetwork) : '',
        },
        parameters,
      }),
  };
}
