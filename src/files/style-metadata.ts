/** The description of a style inside its file, as texts by key: an ONNX file's metadata, or a safetensors file's. */
import { failure } from '../core/errors.js';
import { ARCHITECTURES, type Architecture, INPUT_RULES } from '../nets/architecture.js';
import { type ParameterSpec, parameterSpecs } from '../nets/parameters.js';

/** Version of the style file format that this code writes. */
export const STYLE_FORMAT_VERSION = 1;

/** The description of a style. */
export interface StyleInfo {
  name: string;
  architecture: Architecture;
  width: number;
  /** Training steps behind the parameters. */
  steps: number;
  seed: number;
  lossNetwork: string;
  /** The whole training configuration, as JSON. */
  config: string;
  licence: string;
  /** Names of the paintings in a network of many, in the order of its rows. */
  paintings?: string[];
  /** The start of the training, without folders: `none`, `start`, `wave.onnx`, `many:mean`. */
  start?: string;
  /**
   * File names, without folders, of the pictures that the style was learned from: one for each painting that was
   * trained, or those of a blend.
   */
  pictures?: string[];
  /** The weight of each picture, when they make one style together. */
  blend?: number[];
  /** Pixels drawn beyond the picture on every side and cut off, see `BLEED`; 0 by default. */
  bleed?: number;
}

/** The parameters that a style has, in their order. */
export function styleSpecs({ architecture, width, paintings }: StyleInfo): ParameterSpec[] {
  return parameterSpecs(architecture, width, paintings?.length);
}

const KEYS = {
  version: 'fns.format_version',
  name: 'fns.style',
  architecture: 'fns.architecture',
  width: 'fns.width',
  steps: 'fns.steps',
  seed: 'fns.seed',
  lossNetwork: 'fns.loss_network',
  config: 'fns.training_config',
  licence: 'fns.licence',
  paintings: 'fns.paintings',
  start: 'fns.start',
  pictures: 'fns.pictures',
  blend: 'fns.blend',
  bleed: 'fns.bleed',
} as const;

/** Tells the metadata of a style made by this program, of whatever format version. */
export function isStyleMetadata(metadata: Readonly<Record<string, string>>): boolean {
  return metadata[KEYS.version] !== undefined;
}

/** The metadata of a style file: every key starts with `fns.`, `fns.format_version` among them. */
export function toMetadata(info: StyleInfo): Record<string, string> {
  return {
    [KEYS.version]: String(STYLE_FORMAT_VERSION),
    [KEYS.name]: info.name,
    [KEYS.architecture]: info.architecture,
    [KEYS.width]: String(info.width),
    [KEYS.steps]: String(info.steps),
    [KEYS.seed]: String(info.seed),
    [KEYS.lossNetwork]: info.lossNetwork,
    [KEYS.config]: info.config,
    [KEYS.licence]: info.licence,
    ...(info.paintings ? { [KEYS.paintings]: JSON.stringify(info.paintings) } : {}),
    ...(info.start === undefined ? {} : { [KEYS.start]: info.start }),
    ...(info.pictures ? { [KEYS.pictures]: JSON.stringify(info.pictures) } : {}),
    ...(info.blend ? { [KEYS.blend]: JSON.stringify(info.blend) } : {}),
    ...(info.bleed ? { [KEYS.bleed]: String(info.bleed) } : {}),
  };
}

/**
 * Reads what `toMetadata` wrote. Keys that only inform (name, steps, seed, ...) may be missing.
 *
 * @param label the name of the file in errors
 * @param kind the kind of file, for the error when it is no style: `an ONNX file`
 * @throws FnsError when this is no style of ours, of a newer format, or of an impossible network.
 */
export function fromMetadata(
  metadata: Readonly<Record<string, string>>,
  label: string,
  kind: string,
): StyleInfo {
  const meta = (key: keyof typeof KEYS) => metadata[KEYS[key]];
  if (!isStyleMetadata(metadata)) {
    throw failure(`${label} is ${kind}, but not a style made by this program (${KEYS.version} is missing)`);
  }
  if (Number(meta('version')) > STYLE_FORMAT_VERSION) {
    throw failure(
      `${label} was written by a newer version (format ${meta('version')}); this one reads ${STYLE_FORMAT_VERSION}`,
    );
  }
  const architecture = meta('architecture') as Architecture;
  const width = Number(meta('width'));
  if (!ARCHITECTURES.includes(architecture) || !Number.isInteger(width) || width < 1 || width > 256) {
    throw failure(`${label} is damaged: architecture '${meta('architecture')}', width '${meta('width')}'`);
  }
  const list = <T>(key: keyof typeof KEYS, kind: string, isElement: (value: unknown) => value is T) =>
    meta(key) === undefined
      ? undefined
      : listOf(meta(key)!, `${label} is damaged: ${KEYS[key]} is no list of ${kind}`, isElement);
  const bleed = Number(meta('bleed') ?? 0);
  if (!isBleed(bleed, architecture)) {
    throw failure(`${label} is damaged: ${KEYS.bleed} is '${meta('bleed')}'`);
  }
  const start = meta('start');
  const paintings = list('paintings', 'names', isName);
  const pictures = list('pictures', 'names', isName);
  const blend = list('blend', 'weights', isWeight);
  if (paintings && architecture !== 'modern') {
    throw failure(`${label} is damaged: ${KEYS.paintings} in a network of the architecture ${architecture}`);
  }
  return {
    name: meta('name') ?? 'unnamed',
    architecture,
    width,
    steps: Number(meta('steps') ?? 0),
    seed: Number(meta('seed') ?? 0),
    lossNetwork: meta('lossNetwork') ?? '',
    config: meta('config') ?? '{}',
    licence: meta('licence') ?? '',
    ...(paintings ? { paintings } : {}),
    ...(start === undefined ? {} : { start }),
    ...(pictures ? { pictures } : {}),
    ...(blend ? { blend } : {}),
    ...(bleed ? { bleed } : {}),
  };
}

/** The most pixels that a style file continues a picture by. */
export const MOST_BLEED = 64;

/** Tells a number of pixels that a style file of an architecture can continue pictures by. */
export function isBleed(bleed: number, architecture: Architecture): boolean {
  return bleed >= 0 && bleed <= MOST_BLEED && bleed % INPUT_RULES[architecture].multiple === 0;
}

const MOST_PAINTINGS = 10_000;

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isWeight = (value: unknown): value is number => typeof value === 'number' && value >= 0;

/** A list in the metadata, as JSON. */
function listOf<T>(text: string, damaged: string, isElement: (value: unknown) => value is T): T[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw failure(damaged);
  }
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_PAINTINGS || !list.every(isElement)) {
    throw failure(damaged);
  }
  return list;
}
