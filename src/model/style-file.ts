import { failure } from '../core/errors.js';
import { floatsToHalves, halvesToFloats } from '../core/half.js';
import type { FloatTensor } from '../core/safetensors.js';
import {
  clip,
  cropToMatch,
  describeModel,
  Graph,
  GraphError,
  padToMultiple,
  shapeText,
  symbol,
  type Tensor,
  toModel,
} from '../graph/index.js';
import { ARCHITECTURES, type Architecture, INPUT_RULES } from '../nets/architecture.js';
import { parameterSpecs } from '../nets/parameters.js';
import { transform } from '../nets/transform.js';

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
}

/** A style: what is known of it and its parameters by name (`parameterSpecs`). */
export interface Style {
  info: StyleInfo;
  parameters: Map<string, FloatTensor>;
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
} as const;

/**
 * The style as an ONNX file: input `image` float32 `[1, 3, H, W]`, RGB 0..255, output `stylized` of the same size for every H and W
 * from 1 up (inside, the picture is continued to a multiple of 4 and cut back), clipped to 0..255. Any ONNX runtime can use it.
 *
 * @param options.half store the parameters as half floats: half the size; they are widened when the file is loaded
 */
export function encodeStyle({ info, parameters }: Style, options: { half?: boolean } = {}): Uint8Array {
  const graph = new Graph();
  const image = graph.input('image', [1, 3, symbol('H'), symbol('W')]);
  const constants = new Map<string, Tensor>();
  for (const { name, shape } of parameterSpecs(info.architecture, info.width)) {
    const value = parameters.get(name);
    if (!value || shapeText(value.shape) !== shapeText(shape)) {
      throw new GraphError(
        `encodeStyle: ${name} must be ${shapeText(shape)}, got ${value && shapeText(value.shape)}`,
      );
    }
    constants.set(
      name,
      options.half ? halfConstant(graph, name, value) : graph.constant(value.data, shape, { name }),
    );
  }
  const { multiple, minimum } = INPUT_RULES[info.architecture];
  const { padded, size } = padToMultiple(image, multiple, minimum);
  const result = transform(padded, constants, { architecture: info.architecture, mode: 'apply' });
  graph.output('stylized', cropToMatch(clip(result.image, 0, 255), image, size));
  return toModel(graph, {
    [KEYS.version]: String(STYLE_FORMAT_VERSION),
    [KEYS.name]: info.name,
    [KEYS.architecture]: info.architecture,
    [KEYS.width]: String(info.width),
    [KEYS.steps]: String(info.steps),
    [KEYS.seed]: String(info.seed),
    [KEYS.lossNetwork]: info.lossNetwork,
    [KEYS.config]: info.config,
    [KEYS.licence]: info.licence,
  });
}

/** A constant stored as half floats and widened in the graph; runtimes fold this when they load the file. */
function halfConstant(graph: Graph, name: string, { shape, data }: FloatTensor): Tensor {
  const half = graph.constant(floatsToHalves(data), shape, { name, dtype: 'float16' });
  return graph.node('Cast', [half], shape, { dtype: 'float32', attributes: { to: { int: 1 } } });
}

/**
 * Reads a style file of ours.
 *
 * @param label what to call the file in errors
 * @throws FnsError when the bytes are no style file of ours, are of a newer format, or lack a parameter.
 */
export function decodeStyle(bytes: Uint8Array, label: string): Style {
  let model: ReturnType<typeof describeModel>;
  try {
    model = describeModel(bytes);
  } catch (error) {
    throw failure(`${label}: ${(error as Error).message}`, error);
  }
  const meta = (key: keyof typeof KEYS) => model.metadata[KEYS[key]];
  if (meta('version') === undefined) {
    throw failure(
      `${label} is an ONNX file, but not a style made by this program (fns.format_version is missing)`,
    );
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
  const parameters = new Map<string, FloatTensor>();
  for (const { name, shape } of parameterSpecs(architecture, width)) {
    const weight = model.weights.get(name);
    if (!weight || shapeText(weight.shape) !== shapeText(shape)) {
      throw failure(
        `${label} is damaged: the parameter ${name} ${shapeText(shape)} is missing or has another shape`,
      );
    }
    const data = weight.dtype === 'float16' ? halvesToFloats(weight.data as Uint16Array) : weight.data;
    if (!(data instanceof Float32Array)) throw failure(`${label} is damaged: ${name} is ${weight.dtype}`);
    parameters.set(name, { shape, data });
  }
  return {
    info: {
      name: meta('name') ?? 'unnamed',
      architecture,
      width,
      steps: Number(meta('steps') ?? 0),
      seed: Number(meta('seed') ?? 0),
      lossNetwork: meta('lossNetwork') ?? '',
      config: meta('config') ?? '{}',
      licence: meta('licence') ?? '',
    },
    parameters,
  };
}
