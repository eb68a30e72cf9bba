/** The common part of commands that train: options, and ways to begin and to go on. */
import type { Command, Option } from 'commander';
import { usage } from '../core/errors.js';
import { shortPath } from '../jobs/short-path.js';
import type { TrainingResult } from '../jobs/training-result.js';
import { LENGTHS } from '../train/complete-config.js';
import { flagOf } from './flag.js';
import { deviceOptions, numberOption, option, weightsOption } from './options.js';
import { duration } from './progress.js';
import type { RunOptions } from './run-job.js';

/** A parser for a number of steps between two things. */
const every = (name: string) => numberOption(name, { whole: true });

/** `--out`, `--resume` and `--force`. */
export function placeOptions(what: string): Option[] {
  return [
    option('-o, --out <file>', `${what} to write (.onnx)`),
    option(
      '--resume <folder>',
      'go on with a training that was stopped, from its folder NAME.training, wherever that is now',
    ),
    option('--force', 'replace a training or a file that is there already'),
  ];
}

/** `--weights`, `--device` and `--threads`. */
export function machineOptions(): Option[] {
  return [weightsOption(), ...deviceOptions()];
}

/** An option for steps between two things. */
export function everyOption(name: string, what: string, byDefault: number): Option {
  return option(`--${name} <n>`, what, every(`--${name}`), byDefault);
}

/** `--init` of trainings of pairs. */
export function initOption(): Option {
  return option('--init <file>', 'start from this network instead of random numbers');
}

/** Checks a flag that may be left out only with --resume. */
export function given<T>(value: T | undefined, flag: string, what: string): T {
  if (value === undefined) throw usage(`${flag} is needed: ${what}`);
  return value;
}

/**
 * Checks that nothing was given beside `--resume` that belongs to the training itself.
 *
 * @param allowed the options that may be new: places, and the length
 * @throws FnsError (usage) naming the first other option.
 */
export function requireOnly(command: Command, flags: object, allowed: readonly string[]): void {
  const may: readonly string[] = [
    'resume',
    'out',
    'force',
    'weights',
    'device',
    'threads',
    ...LENGTHS,
    ...allowed,
  ];
  const other = Object.keys(flags).find(
    (name) => !may.includes(name) && command.getOptionValueSource(name) === 'cli',
  );
  if (other === undefined) return;
  const places = ['out', ...allowed, 'weights'].map(flagOf).join(', ');
  throw usage(
    `--resume goes on with the options of the training; only --steps, --epochs or --minutes, --device, --threads and the places (${places}) may be new, not ${flagOf(other)}`,
  );
}

/** The options among some that were typed, and not filled in by default. */
export function typedOnly<Flags extends object, Key extends keyof Flags & string>(
  command: Command,
  flags: Flags,
  keys: readonly Key[],
): Partial<Pick<Flags, Key>> {
  const typed = keys.filter((key) => command.getOptionValueSource(key) === 'cli');
  return Object.fromEntries(typed.map((key) => [key, flags[key]])) as Partial<Pick<Flags, Key>>;
}

/** How a command that trains ends. */
export function trainingEnd(command: string): RunOptions<TrainingResult> {
  return {
    stopping: 'stopping after this step',
    shortPaths: true,
    closing: ({ steps, seconds, device, stopped, losses, folder }) => {
      if (!losses) {
        return [
          `this training is finished after ${steps} steps: --steps, --epochs or --minutes make it longer`,
        ];
      }
      const how = `${steps} steps in ${duration(seconds)} on ${device}`;
      return stopped
        ? [`stopped after ${how}`, `to go on: fns ${command} --resume ${shortPath(folder!)}`]
        : [`trained ${how}`];
    },
  };
}
