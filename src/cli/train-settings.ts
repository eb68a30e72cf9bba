import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { usage } from '../core/errors.js';
import { readFailure } from '../node/media/files.js';
import { chooseLossNetwork } from '../node/weights/loss-network-file.js';
import type { Device } from '../runtime/session.js';
import { type TrainingConfig, type TrainingOptions, trainingConfig } from '../train/config.js';
import { isOnnxFile } from '../train/loss-network-config.js';
import { isSourceConfig, readSourceConfig } from '../train/source-config.js';
import type { StartingPoint } from './train-start.js';

/** The options of `fns train`. */
export interface TrainFlags
  extends Omit<TrainingOptions, 'size' | 'sizeTo' | 'paintings' | 'lossInput' | 'lossSha256'> {
  lossInput?: string;
  style?: string[];
  blend?: number[];
  photos?: string;
  out?: string;
  config?: string;
  weights?: string;
  init?: string;
  resume?: string;
  size?: { from: number; to?: number };
  device: Device;
  threads?: number;
  previewEvery: number;
  checkpointEvery: number;
  logEvery: number;
  previewPhoto?: string;
}

/** What a configuration file says. */
export interface FileSettings {
  options: TrainingOptions;
  style?: string[];
  photos?: string;
  /** The ONNX file of the loss network, or VGG weights, when not the installed ones. */
  weights?: string;
}

/** A painting and the pictures that its style is taken from. */
export interface PaintingFiles {
  name: string;
  images: { path: string; weight: number }[];
}

/** What the command line and the configuration file say together. */
export interface Settings {
  config: TrainingConfig;
  paintings: PaintingFiles[];
  photos: string;
  out: string;
}

/** The training options that have a flag of the same name. */
const FLAG_KEYS = [
  'name',
  'architecture',
  'width',
  'styleSize',
  'batch',
  'optimizer',
  'learningRate',
  'outputRate',
  'normRate',
  'margin',
  'only',
  'schedule',
  'contentWeight',
  'styleWeight',
  'tvWeight',
  'pixelWeight',
  'contentLayers',
  'styleLayers',
  'lossNetwork',
  'lossInput',
  'normalisation',
  'crop',
  'seed',
] as const;

/** The flags that give the length of a training. */
export const LENGTH_KEYS = ['steps', 'epochs', 'minutes'] as const;

/** What a configuration file and the flags say, before it is known what the training starts from. The command line wins. */
export async function readOptions(flags: TrainFlags): Promise<FileSettings> {
  const file: FileSettings = flags.config === undefined ? { options: {} } : await readConfig(flags.config);
  const options: TrainingOptions = { ...file.options };
  for (const key of FLAG_KEYS) if (flags[key] !== undefined) Object.assign(options, { [key]: flags[key] });
  if (flags.size) Object.assign(options, { size: flags.size.from, sizeTo: flags.size.to });
  if (LENGTH_KEYS.some((key) => flags[key] !== undefined)) {
    for (const key of LENGTH_KEYS) Object.assign(options, { [key]: flags[key] });
  }
  const { config, file: weights } = await chooseLossNetwork({ ...options, weights: flags.weights });
  return {
    options: { ...options, ...config },
    style: flags.style ?? file.style,
    photos: flags.photos ?? file.photos,
    weights,
  };
}

/**
 * The whole settings of a new training.
 *
 * @param start what the training starts from: it gives the architecture and width where the user does not
 * @throws FnsError (usage) for what is missing or makes no sense.
 */
export function settings(flags: TrainFlags, read: FileSettings, start: StartingPoint | undefined): Settings {
  const { options, style, photos } = read;
  const { out } = flags;
  if (style === undefined) throw usage('--style is needed: the painting to learn from');
  if (photos === undefined) throw usage('--photos is needed: a folder of photos to learn on');
  if (out === undefined) throw usage('--out is needed: the style file to write (.onnx)');
  if (extname(out).toLowerCase() !== '.onnx') throw usage(`--out must end in .onnx, got '${out}'`);
  const name = options.name ?? basename(out, extname(out));
  const paintings = paintingsOf(style, flags.blend, name);
  const own = start?.adds ? (start.style.info.paintings ?? []) : [];
  const isMany = paintings.length > 1 || start?.adds === true;
  const names = isMany ? [...new Set([...own, ...paintings.map((p) => p.name)])] : undefined;
  const inherited = start && {
    architecture: start.style.info.architecture,
    width: start.style.info.width,
  };
  const config = trainingConfig({ ...inherited, ...options, name, paintings: names });
  return { config, paintings, photos: resolve(photos), out: resolve(out) };
}

function paintingsOf(style: string[], blend: number[] | undefined, name: string): PaintingFiles[] {
  const paths = style.map((path) => resolve(path));
  if (!blend) {
    return paths.map((path) => ({ name: paintingName(path), images: [{ path, weight: 1 }] }));
  }
  if (blend.length !== paths.length || !blend.some((w) => w > 0)) {
    throw usage(
      `--blend needs one weight for each picture of --style, not all 0: ${paths.length} pictures, ${blend.length} weights`,
    );
  }
  return [{ name: paintingName(name), images: paths.map((path, i) => ({ path, weight: blend[i]! })) }];
}

/** The name of a painting in a network of many: the file's, without what the names of mixtures can not hold. */
function paintingName(path: string): string {
  return basename(path, extname(path)).replace(/[:=,/\\\s]+/g, '-');
}

/**
 * Parses `256` or `256..512`.
 *
 * @throws FnsError (usage)
 */
export function parseSize(text: string): { from: number; to?: number } {
  const parts = /^(\d+)(?:\.\.(\d+))?$/.exec(text.trim());
  const from = Number(parts?.[1] ?? 0);
  if (!parts || from === 0) {
    throw usage(`--size needs a whole number above 0, or a range such as 256..512, got '${text}'`);
  }
  return parts[2] === undefined || Number(parts[2]) === from ? { from } : { from, to: Number(parts[2]) };
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
    return { options, style: [await firstReadable(found)] };
  }
  const { style, photos, ...options } = value as TrainingOptions & {
    style?: string | string[];
    photos?: string;
  };
  const styles = style === undefined ? undefined : [style].flat().map(beside);
  const { lossNetwork } = options;
  if (lossNetwork !== undefined && isOnnxFile(lossNetwork)) options.lossNetwork = beside(lossNetwork);
  return { options, style: styles, photos: photos && beside(photos) };
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
