import { existsSync } from 'node:fs';
import { basename, extname, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { failure, usage } from '../core/errors.js';
import { decodeStyle, encodeStyle, type Style } from '../files/style-file.js';
import { BLEED } from '../nets/architecture.js';
import { initialParameters, parameterSpecs } from '../nets/parameters.js';
import { transform } from '../nets/transform.js';
import { requireFolderFor } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import { openPhotos } from '../node/media/photos.js';
import { readStyleFile } from '../node/shipped.js';
import { chooseLossNetwork, lossNetworkLicence } from '../node/weights/loss-network-file.js';
import { greyBatch } from '../train/degrade.js';
import { pairLossWeights } from '../train/pair-config.js';
import {
  type PictureChangeConfig,
  pictureChangeConfig,
  pictureChangeConfigSchema,
} from '../train/picture-change-config.js';
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

interface PairsFlags extends PairFlags {
  inputs?: string;
  targets?: string;
  degrade?: string;
  architecture?: PictureChangeConfig['architecture'];
  width?: number;
}

/** Everything that a training is made of but its parameters. It travels inside the checkpoint. Paths are absolute. */
const runSchema = z.strictObject({
  kind: z.literal('pairs'),
  config: pictureChangeConfigSchema,
  targets: z.string(),
  inputs: z.string().optional(),
  /** Of the names of the target pictures in their order. */
  picturesSha256: z.string(),
  ...pairRunShape,
});

type PairsRun = z.infer<typeof runSchema>;

/** `fns train-pairs`: learns from pairs of pictures. */
export function trainPairsCommand(): Command {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const command = new Command('train-pairs')
    .summary('learn from pairs of pictures, such as grey and coloured ones')
    .description(
      'Learn any change of pictures from pairs: a folder of target pictures, and inputs of the same names in another folder or made on the fly (--degrade grey: ' +
        'colourisation). The result is a style file that fns stylize applies. Ctrl-C ends early and keeps what is learned.',
    )
    .addOption(option('--targets <folder>', 'the pictures as they should come out (searched recursively)'))
    .addOption(option('--inputs <folder>', 'the pictures that go in: the same file names (any extension)'))
    .addOption(option('--degrade <how>', 'make the inputs from the targets: grey'))
    .addOption(option('--architecture <name>', 'source, paper or modern (default: paper)'))
    .addOption(option('--width <n>', 'channels at full resolution (default: 16)', whole('--width')));
  for (const shared of pairOptions()) command.addOption(shared);
  return command
    .addHelpText(
      'after',
      `
Examples:
  fns train-pairs --targets ~/Pictures --degrade grey -o colour.onnx && fns stylize old.jpg -s colour.onnx -o coloured.jpg
  fns train-pairs --inputs raw/ --targets edited/ --feature-weight 0.01 -o look.onnx
  fns train-pairs --resume colour.training`,
    )
    .action(beginsOrGoesOn(begin, goOn));
}

/** A new training. */
async function begin(flags: PairsFlags): Promise<void> {
  const out = requireOut(flags);
  const { inputs, degrade } = flags;
  if (flags.targets === undefined)
    throw usage('--targets is needed: a folder of the pictures as they should come out');
  if ((inputs === undefined) === (degrade === undefined)) {
    throw usage('give either --inputs, a folder of the pictures that go in, or --degrade grey');
  }
  if (degrade !== undefined && degrade !== 'grey') throw usage(`--degrade knows grey, got '${degrade}'`);
  const start = flags.init === undefined ? undefined : await readStart(flags.init);
  const loss = await chooseLossNetwork(flags);
  const config = pictureChangeConfig({
    ...(start && { architecture: start.info.architecture, width: start.info.width }),
    ...Object.fromEntries(
      Object.entries({ architecture: flags.architecture, width: flags.width, degrade }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
    ...pairSettings(flags, loss),
    name: flags.name ?? basename(out, extname(out)),
  });
  if (start && (start.info.architecture !== config.architecture || start.info.width !== config.width)) {
    throw usage(
      `${flags.init} is ${start.info.architecture} of width ${start.info.width}, the training asks for ${config.architecture} of width ${config.width}`,
    );
  }
  await requireFolderFor(out);
  const targets = resolve(flags.targets);
  const run: PairsRun = {
    kind: 'pairs',
    config,
    targets,
    ...(inputs === undefined ? {} : { inputs: resolve(inputs) }),
    picturesSha256: listDigest(namesIn(targets, await listPhotos(targets))),
    ...pairRunOf(flags, out, loss, start?.info.steps),
  };
  await executePairTraining(await jobOf(run, start));
}

/** A training that was stopped. */
async function goOn(flags: PairsFlags, folder: string): Promise<void> {
  const checkpoint = await readCheckpoint(folder);
  const found = runOf(checkpoint, runSchema, folder, 'train-pairs');
  const run = { ...found, config: pictureChangeConfig(withLength(found.config, flags)) };
  const note = `going on after step ${checkpoint.state.steps}`;
  await executePairTraining({ ...(await jobOf(run, undefined)), checkpoint, note });
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
      if (input === undefined || !existsSync(input)) {
        throw failure(`${relative(targets, file)} has no input: ${inputs} has no picture of this name`);
      }
      return [file, input];
    }),
  );
}

async function jobOf(run: PairsRun, start: Style | undefined): Promise<PairJob> {
  const { config, device, threads, out, weights, saveEvery, logEvery, inputs } = run;
  const { architecture, width, size, batch, seed } = config;
  const files = await listPhotos(run.targets);
  if (listDigest(namesIn(run.targets, files)) !== run.picturesSha256) {
    throw failure('the pictures are not those of before: the training can not go on with them');
  }
  const inputFiles = inputs === undefined ? undefined : await inputsOf(run.targets, inputs, files);
  return {
    command: 'train-pairs',
    network: {
      specs: parameterSpecs(architecture, width),
      apply: (image, parameters, mode) => transform(image, parameters, { architecture, mode }),
    },
    inputSize: [size, size],
    losses: pairLossWeights(config),
    outputRate: config.outputRate,
    ...(weights === undefined ? {} : { weights }),
    init: start?.parameters ?? initialParameters(architecture, width, seed),
    config,
    run,
    session: { device, threads },
    out,
    saveEvery,
    logEvery,
    async openSource(startAt, onSkip): Promise<PairSource> {
      const inputOf = inputFiles && ((path: string) => inputFiles.get(path)!);
      const photos = openPhotos({ files, size, batch, seed, startAt, onSkip, ...(inputOf && { inputOf }) });
      return {
        count: files.length,
        get position() {
          return photos.position;
        },
        async next() {
          const { pictures: target, inputs: given } = await photos.next();
          return { input: given ?? greyBatch(target), target };
        },
        close: () => photos.close(),
      };
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
          licence: config.featureWeight > 0 ? lossNetworkLicence(config.lossNetwork) : '',
          bleed: BLEED[architecture],
        },
        parameters,
      }),
  };
}
