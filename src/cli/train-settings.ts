import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { usage } from '../core/errors.js';
import { readFailure } from '../media/files.js';
import type { Device } from '../runtime/session.js';
import { type TrainingConfig, type TrainingOptions, trainingConfig } from '../train/config.js';
import { isSourceConfig, readSourceConfig } from '../train/source-config.js';

/** The options of `fns train`. */
export interface TrainFlags extends TrainingOptions {
  style?: string;
  photos?: string;
  out: string;
  config?: string;
  weights?: string;
  init?: string;
  device: Device;
  threads?: number;
  previewEvery: number;
  previewPhoto?: string;
}

/** What a configuration file says. */
interface FileSettings {
  options: TrainingOptions;
  style?: string;
  photos?: string;
}

/**
 * What the command line and the configuration file say together. The command line wins.
 *
 * @throws FnsError (usage) for what is missing or makes no sense.
 */
export async function settings(
  flags: TrainFlags,
): Promise<{ config: TrainingConfig; style: string; photos: string }> {
  const file: FileSettings = flags.config === undefined ? { options: {} } : await readConfig(flags.config);
  const style = flags.style ?? file.style;
  const photos = flags.photos ?? file.photos;
  if (style === undefined) throw usage('--style is needed: the painting to learn from');
  if (photos === undefined) throw usage('--photos is needed: a folder of photos to learn on');
  if (extname(flags.out).toLowerCase() !== '.onnx')
    throw usage(`--out must end in .onnx, got '${flags.out}'`);
  const given: TrainingOptions = { ...file.options };
  const keys = [
    'name',
    'architecture',
    'width',
    'size',
    'styleSize',
    'batch',
    'learningRate',
    'schedule',
    'contentWeight',
    'styleWeight',
    'tvWeight',
    'contentLayers',
    'styleLayers',
    'lossNetwork',
    'normalisation',
    'crop',
    'seed',
  ] as const;
  for (const key of keys) if (flags[key] !== undefined) Object.assign(given, { [key]: flags[key] });
  const lengths = ['steps', 'epochs', 'minutes'] as const;
  if (lengths.some((key) => flags[key] !== undefined)) {
    for (const key of lengths) Object.assign(given, { [key]: flags[key] });
  }
  const config = trainingConfig({ ...given, name: given.name ?? basename(flags.out, extname(flags.out)) });
  return { config, style, photos };
}

async function readConfig(path: string): Promise<FileSettings> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw readFailure(path, error);
  });
  let value: unknown;
  try {
    // Every JSON file is YAML too.
    value = parseYaml(text);
  } catch (error) {
    throw usage(`${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usage(`${path}: a configuration is a list of 'key: value' lines`);
  }
  const beside = (file: string) => (isAbsolute(file) ? file : join(dirname(path), file));
  if (isSourceConfig(value)) {
    const { options, styleImage } = readSourceConfig(value);
    // The source names its files from the folder above conf/.
    const found = [styleImage, join(dirname(path), '..', styleImage), beside(styleImage)];
    return { options, style: await firstReadable(found) };
  }
  const { style, photos, ...options } = value as TrainingOptions & { style?: string; photos?: string };
  return { options, style: style && beside(style), photos: photos && beside(photos) };
}

async function firstReadable(paths: string[]): Promise<string> {
  for (const path of paths)
    if (
      await readFile(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  return paths[0]!;
}
