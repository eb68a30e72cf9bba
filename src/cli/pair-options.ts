/** The options that `fns train-upscale` and `fns train-pairs` share. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { z } from 'zod';
import { failure, usage } from '../core/errors.js';
import type { ChosenLossNetwork } from '../node/weights/loss-network-file.js';
import { DEVICES, type Device, parseDevice } from '../runtime/session.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { listOption, lossNetworkOptions, numberOption, option } from './options.js';
import { LENGTH_KEYS } from './train-settings.js';

/** Values of the shared options. */
export interface PairFlags {
  out?: string;
  resume?: string;
  name?: string;
  size?: number;
  batch?: number;
  steps?: number;
  epochs?: number;
  minutes?: number;
  lr?: number;
  schedule?: 'constant' | 'cosine';
  pixelWeight?: number;
  featureWeight?: number;
  featureLayers?: string[];
  tvWeight?: number;
  checkerboardWeight?: number;
  spectrumWeight?: number;
  lossNetwork?: string;
  lossInput?: string;
  seed?: number;
  init?: string;
  weights?: string;
  device: Device;
  threads?: number;
  saveEvery: number;
  logEvery: number;
}

/** What the runs of these trainings have in common; in a checkpoint. Paths are absolute. */
export const pairRunShape = {
  out: z.string(),
  /** The ONNX file of the loss network, or VGG weights, when not the installed ones. */
  weights: z.string().optional(),
  device: z.enum(DEVICES as [Device, ...Device[]]),
  threads: z.number().int().positive(),
  saveEvery: z.number().int().min(0),
  logEvery: z.number().int().min(0),
  /** Steps behind the parameters that the training started from. */
  stepsBefore: z.number().int().min(0),
};

/** What the flags say of a run. */
export function pairRunOf(
  flags: PairFlags,
  out: string,
  { file: weights }: ChosenLossNetwork,
  stepsBefore = 0,
) {
  const { device, threads = availableParallelism(), saveEvery, logEvery } = flags;
  return {
    out,
    ...(weights === undefined ? {} : { weights }),
    ...{ device, threads, saveEvery, logEvery, stepsBefore },
  };
}

/** The shared options of commands that train on picture pairs. */
export function pairOptions(): Option[] {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const positive = (name: string) => numberOption(name, { above: true });
  const count = (name: string) => numberOption(name, { whole: true });
  return [
    option('-o, --out <file>', 'the file to write (.onnx)'),
    option('--resume <folder>', 'go on with a training that was stopped, from its folder NAME.training'),
    option('--name <name>', 'name of the network (the file name by default)'),
    option('--size <pixels>', 'side of the crops of the target pictures', whole('--size')),
    option('--batch <n>', 'pictures per step', whole('--batch')),
    option('--steps <n>', 'length of the training in steps', whole('--steps')),
    option('--epochs <n>', 'in passes over all pictures', positive('--epochs')),
    option('--minutes <n>', 'in minutes', positive('--minutes')),
    option('--pixel-weight <x>', 'weight of the pixel loss', numberOption('--pixel-weight')),
    option(
      '--feature-weight <x>',
      'weight of the feature loss (needs VGG weights or --loss-network FILE)',
      numberOption('--feature-weight'),
    ),
    option('--feature-layers <list>', 'layers of the feature loss (default: relu2_2)', listOption),
    option('--tv-weight <x>', 'weight of the total variation loss', numberOption('--tv-weight')),
    option(
      '--checkerboard-weight <x>',
      'weight of the checkerboard loss, against patterns that repeat from block to block',
      numberOption('--checkerboard-weight'),
    ),
    option(
      '--spectrum-weight <x>',
      'weight of the spectrum loss, against fine meshes in texture',
      numberOption('--spectrum-weight'),
    ),
    ...lossNetworkOptions(),
    option('--lr <x>', 'learning rate', positive('--lr')),
    option('--schedule <name>', 'learning rate: constant, or cosine (falls in the last 40 %)'),
    option('--seed <n>', 'seed of all randomness (default: 0)', count('--seed')),
    option('--init <file>', 'start from this network instead of random numbers'),
    option('--weights <file>', 'VGG weights (.safetensors or Keras .h5) instead of the installed ones'),
    option('--device <name>', 'auto, cpu, webgpu or cuda', parseDevice, 'auto'),
    option('--threads <n>', 'CPU threads (default: all cores)', whole('--threads')),
    option(
      '--save-every <n>',
      'steps between saved files and checkpoints: at most so many are lost',
      count('--save-every'),
      250,
    ),
    option(
      '--log-every <n>',
      'steps between lines of the log (TensorBoard and JSON lines in NAME.training); 0: no log',
      count('--log-every'),
      25,
    ),
  ];
}

/** The training options among the flags, by their names in a configuration. */
export function pairSettings(flags: PairFlags, { config }: ChosenLossNetwork) {
  const { size, batch, steps, epochs, minutes, schedule, seed } = flags;
  const { pixelWeight, featureWeight, featureLayers, tvWeight, checkerboardWeight, spectrumWeight } = flags;
  return {
    ...{ size, batch, steps, epochs, minutes, schedule, seed, ...config, learningRate: flags.lr },
    ...{ pixelWeight, featureWeight, featureLayers, tvWeight, checkerboardWeight, spectrumWeight },
  };
}

/**
 * The file to write, as an absolute path.
 *
 * @throws FnsError (usage) when it was not given or is no .onnx file.
 */
export function requireOut({ out }: PairFlags): string {
  if (out === undefined) throw usage('--out is needed: the .onnx file to write');
  if (!out.toLowerCase().endsWith('.onnx')) throw usage(`--out must end in .onnx, got '${out}'`);
  return resolve(out);
}

/** What such a command does: begins a training, or goes on with one, as the flags say. */
export function beginsOrGoesOn<Flags extends PairFlags>(
  begin: (flags: Flags) => Promise<void>,
  goOn: (flags: Flags, folder: string) => Promise<void>,
) {
  return async (flags: Flags, command: Command): Promise<void> => {
    if (flags.resume === undefined) return begin(flags);
    requireOnlyLength(flags, (name) => command.getOptionValueSource(name) === 'cli');
    return goOn(flags, flags.resume);
  };
}

/**
 * Checks that nothing but the length was given beside `--resume`.
 *
 * @throws FnsError (usage) naming the first other option.
 */
function requireOnlyLength(flags: object, given: (name: string) => boolean): void {
  const allowed: readonly string[] = ['resume', ...LENGTH_KEYS];
  const other = Object.keys(flags).find((name) => !allowed.includes(name) && given(name));
  if (other === undefined) return;
  const flag = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usage(
    `--resume goes on with the options of the training; only --steps, --epochs or --minutes may be new, not --${flag}`,
  );
}

/** A configuration with another length, where one is given. */
export function withLength<Config extends object>(config: Config, flags: PairFlags): Config {
  if (LENGTH_KEYS.every((key) => flags[key] === undefined)) return config;
  const lengths = Object.fromEntries(LENGTH_KEYS.map((key) => [key, flags[key]]));
  return { ...config, ...lengths };
}

/**
 * The run of a checkpoint.
 *
 * @throws FnsError when it is of another kind of training than that of `fns COMMAND`.
 */
export function runOf<Run>(
  checkpoint: Checkpoint,
  schema: z.ZodType<Run>,
  folder: string,
  command: string,
): Run {
  const found = schema.safeParse(checkpoint.run);
  if (found.success) return found.data;
  const { path, message } = found.error.issues[0]!;
  throw failure(
    `the checkpoint in ${folder} is of no training of fns ${command}: ${path.join('.')}: ${message}`,
  );
}
