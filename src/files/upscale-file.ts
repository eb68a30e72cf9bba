/** A super-resolution network as a file. */
import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { clip, floatsOf, Graph, readModel, symbol, toModel } from '../graph/index.js';
import {
  UPSCALE_ARCHITECTURES,
  UPSCALE_FACTORS,
  type UpscaleArchitecture,
  type UpscaleNetwork,
  upscale,
  upscaleSpecs,
} from '../nets/upscale.js';
import { parameterConstants, parametersRead, parametersToWrite } from './parameters.js';

/** Version of the file format that this code writes. */
const UPSCALE_FORMAT_VERSION = 1;

/** The description of a super-resolution network. */
export interface UpscaleInfo extends UpscaleNetwork {
  name: string;
  /** Training steps behind the parameters. */
  steps: number;
  /** The whole training configuration, as JSON. */
  config: string;
  licence: string;
}

/** A super-resolution network: its description and its parameters by name (`upscaleSpecs`). */
export interface Upscaling {
  info: UpscaleInfo;
  parameters: Map<string, FloatTensor>;
}

const KEYS = {
  version: 'fns.upscale_format_version',
  name: 'fns.name',
  architecture: 'fns.architecture',
  factor: 'fns.factor',
  width: 'fns.width',
  blocks: 'fns.blocks',
  steps: 'fns.steps',
  config: 'fns.training_config',
  licence: 'fns.licence',
} as const;

/** Tells the metadata of a super-resolution network made by this program, of whatever format version. */
export function isUpscaleMetadata(metadata: Readonly<Record<string, string>>): boolean {
  return metadata[KEYS.version] !== undefined;
}

/** Options of `encodeUpscaling`. */
export interface EncodeUpscalingOptions {
  /** Store the parameters as half floats. */
  half?: boolean;
}

/**
 * Writes the network as an ONNX file that any ONNX runtime can use: input `image` float32 `[1, 3, H, W]`, RGB 0..255,
 * output `upscaled` `[1, 3, f H, f W]` for every H and W from 1 up, clipped to 0..255.
 *
 * @throws GraphError when a parameter is missing or has another shape.
 */
export function encodeUpscaling(
  { info, parameters }: Upscaling,
  { half = false }: EncodeUpscalingOptions = {},
): Uint8Array {
  const graph = new Graph();
  const image = graph.input('image', [1, 3, symbol('H'), symbol('W')]);
  const checked = parametersToWrite('encodeUpscaling', upscaleSpecs(info), parameters);
  const constants = parameterConstants(graph, checked, half);
  graph.output('upscaled', clip(upscale(image, constants, info, 'apply').image, 0, 255));
  return toModel(graph, {
    [KEYS.version]: String(UPSCALE_FORMAT_VERSION),
    [KEYS.name]: info.name,
    [KEYS.architecture]: info.architecture,
    [KEYS.factor]: String(info.factor),
    [KEYS.width]: String(info.width),
    [KEYS.blocks]: String(info.blocks),
    [KEYS.steps]: String(info.steps),
    [KEYS.config]: info.config,
    [KEYS.licence]: info.licence,
  });
}

/**
 * Reads a super-resolution network of ours.
 *
 * @param label the name of the file in errors
 * @throws FnsError when the bytes are no such network, are of a newer format, or lack a parameter.
 */
export function decodeUpscaling(bytes: Uint8Array, label: string): Upscaling {
  const model = readModel(bytes, label);
  const info = fromMetadata(model.metadata, label);
  return { info, parameters: parametersRead(upscaleSpecs(info), model.weights, label, floatsOf) };
}

function fromMetadata(metadata: Readonly<Record<string, string>>, label: string): UpscaleInfo {
  const meta = (key: keyof typeof KEYS) => metadata[KEYS[key]];
  if (!isUpscaleMetadata(metadata)) {
    throw failure(
      `${label} is an ONNX file, but no super-resolution network made by this program (${KEYS.version} is missing)`,
    );
  }
  if (Number(meta('version')) > UPSCALE_FORMAT_VERSION) {
    throw failure(
      `${label} was written by a newer version (format ${meta('version')}); this one reads ${UPSCALE_FORMAT_VERSION}`,
    );
  }
  const architecture = meta('architecture') as UpscaleArchitecture;
  const [factor, width, blocks] = (['factor', 'width', 'blocks'] as const).map((key) => Number(meta(key)));
  const isCount = (n: number | undefined, most: number) => Number.isInteger(n) && n! >= 1 && n! <= most;
  if (
    !UPSCALE_ARCHITECTURES.includes(architecture) ||
    !(UPSCALE_FACTORS as readonly number[]).includes(factor!) ||
    !isCount(width, 256) ||
    !isCount(blocks, 64)
  ) {
    throw failure(
      `${label} is damaged: architecture '${meta('architecture')}', factor '${meta('factor')}', ` +
        `width '${meta('width')}', blocks '${meta('blocks')}'`,
    );
  }
  return {
    architecture,
    factor: factor!,
    width: width!,
    blocks: blocks!,
    name: meta('name') ?? 'unnamed',
    steps: Number(meta('steps') ?? 0),
    config: meta('config') ?? '{}',
    licence: meta('licence') ?? '',
  };
}
