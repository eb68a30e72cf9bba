/** Options that commands that train have in common. */
import type { Option } from 'commander';
import { usage } from '../core/errors.js';
import { deviceOptions, numberOption, option, weightsOption } from './options.js';

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

/** Checks a flag that may be left out only with --resume. */
export function given<T>(value: T | undefined, flag: string, what: string): T {
  if (value === undefined) throw usage(`${flag} is needed: ${what}`);
  return value;
}
