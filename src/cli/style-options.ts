/** The options of `fns train` and `fns sweep` that describe the training of a style. */
import type { Option } from 'commander';
import { usage } from '../core/errors.js';
import { readConfigFile } from '../jobs/config-file.js';
import type { TrainStyleOptions } from '../jobs/train-style.js';
import { LENGTHS } from '../train/complete-config.js';
import { TRAINING_DEFAULTS, type TrainingOptions, trainingConfigSchema } from '../train/config.js';
import { numberListOption, option } from './options.js';
import { type SchemaOptions, schemaOptions } from './schema-options.js';
import { machineOptions } from './training-options.js';

/** The flags of the training of a style. */
export interface StyleFlags extends Omit<TrainStyleOptions, 'painting' | 'photos' | 'size'> {
  style?: string[];
  photos?: string;
  config?: string;
  size?: Pick<TrainingOptions, 'size' | 'sizeTo'>;
}

/**
 * The options that describe the training of a style.
 *
 * @param place the options for where it goes
 */
export function styleOptions(
  place: readonly Option[],
  changes: Pick<SchemaOptions, 'without' | 'withoutDefault' | 'texts' | 'parsers'> = {},
): Option[] {
  const { modern, ...others } = TRAINING_DEFAULTS;
  return [
    option('--style <painting...>', 'the painting; several make one network of many paintings'),
    option(
      '--photos <folder>',
      'photos to learn on (searched recursively; a few hundred do, thousands are better)',
    ),
    ...place,
    option(
      '--blend <weights>',
      'take one style from several pictures: their weights, such as 0.7,0.3',
      numberListOption('--blend'),
    ),
    option(
      '--config <file>',
      'configuration in YAML or JSON; options on the command line win. The source’s conf/*.yml work too',
    ),
    ...schemaOptions(trainingConfigSchema.shape, {
      defaults: { modern, ...others },
      ...changes,
      parsers: { size: parseSize, ...changes.parsers },
    }),
    option(
      '--init <style>',
      'start from this style; a file of many paintings gets the new one added, FILE:NAME starts a style from that painting, ' +
        'none from random numbers, start from the shipped start (default: the shipped start, which has learned many paintings, where the network fits)',
    ),
    option('--preview-photo <photo>', 'photo for the previews (default: the first training photo)'),
    ...machineOptions(),
  ];
}

/** The options of the training that flags and their configuration file say together; the flags win. */
export async function trainingOf({
  style,
  size,
  config,
  ...flags
}: StyleFlags): Promise<Partial<TrainStyleOptions>> {
  const file = config === undefined ? {} : await readConfigFile(config);
  const typed = { ...flags, ...size, ...(style && { painting: style }) };
  if (LENGTHS.some((key) => typed[key] !== undefined)) for (const key of LENGTHS) delete file[key];
  if (size) delete file.sizeTo;
  return { ...file, ...Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined)) };
}

/**
 * Parses `256` or `256..512`.
 *
 * @throws FnsError (usage)
 */
function parseSize(text: string): Pick<TrainingOptions, 'size' | 'sizeTo'> {
  const parts = /^(\d+)(?:\.\.(\d+))?$/.exec(text.trim());
  const size = Number(parts?.[1] ?? 0);
  if (!parts || size === 0) {
    throw usage(`--size needs a whole number above 0, or a range such as 256..512, got '${text}'`);
  }
  return parts[2] === undefined || Number(parts[2]) === size ? { size } : { size, sizeTo: Number(parts[2]) };
}
