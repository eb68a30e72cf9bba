/** A super-resolution network as a file. */
import { failure } from '../core/errors.js';
import { floatsToHalves, halvesToFloats } from '../core/half.js';
import type { FloatTensor } from '../core/safetensors.js';
import { clip, describeModel, Graph, shapeText, symbol, toModel } from '../graph/index.js';
import {
  UPSCALE_ARCHITECTURES,
  UPSCALE_FACTORS,
  type UpscaleArchitecture,
  type UpscaleNetwork,
  upscale,
  upscaleSpecs,
} from '../nets/upscale.js';

/** Version of the file format that this code writes. */
const UPSCALE_FORMAT_VERSION = 1;

/** What the file of a super-resolution network knows about itself. */
export interface UpscaleInfo extends UpscaleNetwork {
  name: string;
  /** Training steps behind the parameters. */
  steps: number;
  /** The whole training configuration, as JSON. */
  config: string;
  licence: string;
}

/** A super-resolution network: what is known of it and its parameters by name (`upscaleSpecs`). */
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

/** Whether metadata is that of a super-resolution network made by this program, of whatever format version. */
export function isUpscaleMetadata(metadata: Readonly<Record<string, string>>): boolean {
  return metadata[KEYS.version] !== undefined;
}

/** How `encodeUpscaling` writes. */
export interface EncodeUpscalingOptions {
  /** Store the parameters as half floats. */
  half?: boolean;
}

/**
 * The network as an ONNX file: input `image` float32 `[1, 3, H, W]`, RGB 0..255, output `upscaled` `[1, 3, f H, f W]` for every H and W from 1
 * up, clipped to 0..255. Any ONNX runtime can use it.
 */
export function encodeUpscaling(
  { info, parameters }: Upscaling,
  { half = false }: EncodeUpscalingOptions = {},
): Uint8Array {
  const graph = new Graph();
  const image = graph.input('image', [1, 3, symbol('H'), symbol('W')]);
  const constants = new Map(
    upscaleSpecs(info).map(({ name, shape }) => {
      const value = parameters.get(name);
      if (!value || shapeText(value.shape) !== shapeText(shape)) {
        throw new Error(`encodeUpscaling: ${name} must be ${shapeText(shape)}`);
      }
      if (!half) return [name, graph.constant(value.data, shape, { name })];
      const stored = graph.constant(floatsToHalves(value.data), shape, { name, dtype: 'float16' });
      const attributes = { to: { int: 1 } };
      return [name, graph.node('Cast', [stored], shape, { dtype: 'float32', attributes })];
    }),
  );
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
 * @param label what to call the file in errors
 * @throws FnsError when the bytes are no such network, are of a newer format, or lack a parameter.
 */
export function decodeUpscaling(bytes: Uint8Array, label: string): Upscaling {
  let model: ReturnType<typeof describeModel>;
  try {
    model = describeModel(bytes);
  } catch (error) {
    throw failure(`${label}: ${(error as Error).message}`, error);
  }
  const info = fromMetadata(model.metadata, label);
  const parameters = new Map<string, FloatTensor>();
  for (const { name, shape } of upscaleSpecs(info)) {
    const found = model.weights.get(name);
    const data = found?.dtype === 'float16' ? halvesToFloats(found.data as Uint16Array) : found?.data;
    if (!found || !(data instanceof Float32Array) || shapeText(found.shape) !== shapeText(shape)) {
      throw failure(
        `${label} is damaged: the parameter ${name} ${shapeText(shape)} is missing or has another shape`,
      );
    }
    parameters.set(name, { shape, data });
  }
  return { info, parameters };
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
