import { basename, extname } from 'node:path';
import { TRAINING_DEFAULTS, type TrainingConfig, trainingConfigSchema } from '../train/config.js';

/** What stands in a command where the file does not know the user's own: a painting, a folder of photos. */
const PLACEHOLDERS = { painting: '<painting>', paintings: '<paintings>', photos: '<photos>' };

/** Training options whose flag has another name. */
const OTHER_FLAGS: Partial<Record<keyof TrainingConfig, string>> = { learningRate: '--lr' };

/** The flag of `fns train` for a training option: `--style-weight` for `styleWeight`. */
export function trainFlag(key: keyof TrainingConfig): string {
  return OTHER_FLAGS[key] ?? `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * The `fns train` command that gives this configuration, for a POSIX shell: every option that differs from the architecture's defaults. The
 * paintings and the photos, which a style file does not know, are placeholders; of a network of many the paintings' files have the paintings' names.
 */
export function trainLine(config: TrainingConfig): string {
  return ['fns', 'train', ...trainArguments(config)].map(shellQuoted).join(' ');
}

/** The arguments of `trainLine` after `fns train`. */
function trainArguments(config: TrainingConfig): string[] {
  const { name, paintings, size, sizeTo } = config;
  const defaults: Partial<TrainingConfig> = TRAINING_DEFAULTS[config.architecture];
  const styles = paintings?.map((p) => `${PLACEHOLDERS.paintings}/${p}.jpg`) ?? [PLACEHOLDERS.painting];
  const args = ['--style', ...styles, '--photos', PLACEHOLDERS.photos];
  const give = (key: keyof TrainingConfig, value: unknown) => {
    const text = String(value);
    // A value with a hyphen first would be read as the next option.
    args.push(...(text.startsWith('-') ? [`${trainFlag(key)}=${text}`] : [trainFlag(key), text]));
  };
  const out = `${name.replace(/^-|[/\\]/g, '_')}.onnx`;
  if (name !== basename(out, extname(out))) give('name', name);
  if (config.architecture !== 'modern') give('architecture', config.architecture);
  if (sizeTo !== undefined) give('size', `${size}..${sizeTo}`);
  else if (size !== defaults.size) give('size', size);
  if (config.styleSize !== size) give('styleSize', config.styleSize);
  const done = ['name', 'architecture', 'paintings', 'size', 'sizeTo', 'styleSize'];
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
