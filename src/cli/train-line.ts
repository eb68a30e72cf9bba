import { basename, extname } from 'node:path';
import type { StyleInfo } from '../files/style-metadata.js';
import { TRAINING_DEFAULTS, type TrainingConfig, trainingConfigSchema } from '../train/config.js';
import { flagOf } from './flag.js';

/** Placeholders in a command for what the file does not know: a painting, a folder of photos. */
const PLACEHOLDERS = { painting: '<painting>', paintings: '<paintings>', photos: '<photos>' };

/** The origin of a style, as far as its file knows. */
export type StyleOrigin = Pick<StyleInfo, 'start' | 'pictures' | 'blend'>;

/**
 * The `fns train` command that gives this configuration, for a POSIX shell: every option that differs from the
 * architecture's defaults, and what the training started from. The photos, which a style file does not know, are a
 * placeholder, and so are paintings that it does not know; of a network of many those have the paintings' names.
 */
export function trainLine(config: TrainingConfig, origin: StyleOrigin = {}): string {
  return ['fns', 'train', ...trainArguments(config, origin)].map(shellQuoted).join(' ');
}

/** The arguments of `trainLine` after `fns train`. */
function trainArguments(config: TrainingConfig, { start, pictures, blend }: StyleOrigin): string[] {
  const { name, paintings, size, sizeTo } = config;
  const defaults: Partial<TrainingConfig> = TRAINING_DEFAULTS[config.architecture];
  const unknown = paintings?.map((p) => `${PLACEHOLDERS.paintings}/${p}.jpg`) ?? [PLACEHOLDERS.painting];
  // A value with a hyphen first would be read as the next option.
  const styles = pictures?.map((file) => (file.startsWith('-') ? `./${file}` : file)) ?? unknown;
  const args = ['--style', ...styles];
  const option = (flag: string, text: string) => {
    args.push(...(text.startsWith('-') ? [`${flag}=${text}`] : [flag, text]));
  };
  const give = (key: keyof TrainingConfig, value: unknown) => option(flagOf(key), String(value));
  if (blend) option('--blend', blend.join(','));
  option('--photos', PLACEHOLDERS.photos);
  if (start !== undefined) option('--init', start);
  const out = `${name.replace(/^-|[/\\]/g, '_')}.onnx`;
  if (name !== basename(out, extname(out))) give('name', name);
  if (config.architecture !== 'modern') give('architecture', config.architecture);
  if (sizeTo !== undefined) give('size', `${size}..${sizeTo}`);
  else if (size !== defaults.size) give('size', size);
  // That of `modern` follows from the painting unless it is given.
  if (config.architecture === 'modern' || config.styleSize !== size) give('styleSize', config.styleSize);
  const done = ['name', 'architecture', 'paintings', 'size', 'sizeTo', 'styleSize', 'lossSha256'];
  for (const key of Object.keys(trainingConfigSchema.shape) as (keyof TrainingConfig)[]) {
    const value = config[key];
    if (done.includes(key) || value === undefined || String(value) === String(defaults[key])) continue;
    give(key, value);
  }
  return [...args, '-o', out];
}

/** The text as one word of a POSIX shell. */
function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
