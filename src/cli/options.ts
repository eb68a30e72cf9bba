import type { Command } from 'commander';
import { usage } from '../core/errors.js';
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
