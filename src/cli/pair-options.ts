import type { Option } from 'commander';
import type { z } from 'zod';
import { PAIR_INTERVALS } from '../jobs/pair-training.js';
import { option } from './options.js';
import { type SchemaOptions, schemaOptions } from './schema-options.js';
import { everyOption, machineOptions, placeOptions } from './training-options.js';

/**
 * The options of a training of pairs but those that name its pictures.
 *
 * @param what it makes: `the style file`
 */
export function pairOptions(
  what: string,
  { shape }: z.ZodObject,
  defaults: SchemaOptions['defaults'],
): Option[] {
  return [
    ...placeOptions(what),
    ...schemaOptions(shape, { defaults }),
    option('--init <file>', 'start from this network instead of random numbers'),
    ...machineOptions(),
    everyOption(
      'save-every',
      'steps between saved files and checkpoints: at most so many are lost',
      PAIR_INTERVALS.saveEvery,
    ),
    everyOption(
      'log-every',
      'steps between lines of the log (TensorBoard and JSON lines in NAME.training); 0: no log',
      PAIR_INTERVALS.logEvery,
    ),
  ];
}
