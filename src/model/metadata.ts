/** What a style file says about itself, as texts by key: an ONNX file's metadata, or a safetensors file's. */
import { failure } from '../core/errors.js';
import { ARCHITECTURES, type Architecture } from '../nets/architecture.js';

/** Version of the style file format that this code writes. */
export const STYLE_FORMAT_VERSION = 1;

/** What a style file knows about itself. */
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
} as const;

/** Whether metadata is that of a style made by this program, of whatever format version. */
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
  };
}

/**
 * The inverse of `toMetadata`. Keys that only inform (name, steps, seed, ...) may be missing.
 *
 * @param label what to call the file in errors
 * @param kind what the file is besides, for the error when it is no style: `an ONNX file`
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
  return {
    name: meta('name') ?? 'unnamed',
    architecture,
    width,
    steps: Number(meta('steps') ?? 0),
    seed: Number(meta('seed') ?? 0),
    lossNetwork: meta('lossNetwork') ?? '',
    config: meta('config') ?? '{}',
    licence: meta('licence') ?? '',
    ...(meta('paintings') === undefined
      ? {}
      : { paintings: paintingsOf(meta('paintings')!, architecture, label) }),
  };
}

const MOST_PAINTINGS = 10_000;

function paintingsOf(text: string, architecture: Architecture, label: string): string[] {
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch {
    names = undefined;
  }
  const fits = Array.isArray(names) && names.length > 0 && names.length <= MOST_PAINTINGS;
  if (
    !fits ||
    architecture !== 'modern' ||
    (names as unknown[]).some((n) => typeof n !== 'string' || n === '')
  ) {
    throw failure(`${label} is damaged: ${KEYS.paintings} is no list of names`);
  }
  return names as string[];
}
