import { type Command, Option } from 'commander';
import { usage } from '../core/errors.js';
import type { VggName } from '../nets/layers.js';
import { parseDevice } from '../runtime/session.js';

/**
 * A parser for a numeric option.
 *
 * @throws FnsError (usage) naming the option when the text is no number in the range.
 */
export function numberOption(name: string, { min = 0, above = false, whole = false } = {}) {
  return (text: string): number => {
    const value = Number(text);
    const fits = text.trim() !== '' && Number.isFinite(value) && (above ? value > min : value >= min);
    if (!fits || (whole && !Number.isInteger(value))) {
      const kind = whole ? 'a whole number' : 'a number';
      throw usage(`${name} needs ${kind} ${above ? 'above' : 'of at least'} ${min}, got '${text}'`);
    }
    return value;
  };
}

/** A parser for a list separated by commas. */
export function listOption(text: string): string[] {
  return text.split(',').filter((part) => part !== '');
}

/** A parser for a list of numbers, separated by commas, each as in `numberOption`. */
export function numberListOption(name: string, limits: Parameters<typeof numberOption>[1] = {}) {
  return (text: string): number[] => text.split(',').map(numberOption(name, limits));
}

/** An option whose text `parse` turns into its value. */
export function option(
  flags: string,
  description: string,
  parse?: (text: string) => unknown,
  byDefault?: unknown,
): Option {
  const made = new Option(flags, description);
  if (parse) made.argParser(parse);
  return byDefault === undefined ? made : made.default(byDefault);
}

/** `--loss-network` and `--loss-input`. The network is only filled in where a default is given; a configuration file may name another. */
export function lossNetworkOptions(byDefault?: VggName): Option[] {
  const what = 'vgg16, vgg19, or the .onnx file of any network of pictures';
  return [
    byDefault
      ? option('--loss-network <name>', what, undefined, byDefault)
      : option('--loss-network <name>', `${what} (default: vgg16)`),
    option(
      '--loss-input <name>',
      'how an .onnx loss network wants its pictures: imagenet, vgg (caffe), plain or unit (default: imagenet)',
    ),
  ];
}

/** Adds `--device` and `--threads`. */
export function withDeviceOptions(command: Command): Command {
  return command
    .option('--device <name>', 'auto, cpu, webgpu or cuda', parseDevice, 'auto')
    .option(
      '--threads <n>',
      'CPU threads (default: all cores)',
      numberOption('--threads', { above: true, whole: true }),
    );
}
