/** Files with the configuration of a training. */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { usage } from '../core/errors.js';
import { readFailure } from '../node/media/files.js';
import { isOnnxFile } from '../train/loss-network-config.js';
import { isSourceConfig, readSourceConfig } from '../train/source-config.js';
import type { TrainStyleOptions } from './train-style.js';
import { exists } from './training-files.js';

/** The contents of a configuration file; paths are as seen from the working folder. */
export type ConfigFile = Partial<TrainStyleOptions>;

/**
 * Reads a configuration in YAML or JSON: training options by their names, and `style` (or `painting`) and `photos`,
 * whose paths are relative to the file. The conf/*.yml of hzy46/fast-neural-style-tensorflow are read too.
 *
 * @throws FnsError when it cannot be read or is no such file.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw readFailure(path, error);
  });
  const { parse: parseYaml } = await import('yaml');
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
    const places = [styleImage, join(dirname(path), '..', styleImage), beside(styleImage)];
    return { ...options, painting: await firstThere(places) };
  }
  const { style, painting = style, photos, ...options } = value as ConfigFile & { style?: string | string[] };
  for (const [key, found] of Object.entries({ painting, photos, lossNetwork: options.lossNetwork })) {
    const isText = [found].flat().every((text) => text === undefined || typeof text === 'string');
    if (!isText) throw usage(`${path}: ${key}: the name of a file is needed, got ${JSON.stringify(found)}`);
  }
  const { lossNetwork } = options;
  if (lossNetwork !== undefined && isOnnxFile(lossNetwork)) options.lossNetwork = beside(lossNetwork);
  return {
    ...options,
    ...(painting !== undefined && { painting: [painting].flat().map(beside) }),
    ...(photos !== undefined && { photos: beside(photos) }),
  };
}

/** The first of some paths that is there; the first where none is. */
async function firstThere(paths: readonly string[]): Promise<string> {
  for (const path of paths) if (await exists(path)) return path;
  return paths[0]!;
}
