import { failure } from '../core/errors.js';
import { floatsToHalves, halvesToFloats } from '../core/half.js';
import type { FloatTensor } from '../core/safetensors.js';
import {
  add,
  allSides,
  clip,
  crop,
  cropToMatch,
  describeModel,
  Graph,
  matmul,
  mul,
  padToMultiple,
  reflectPad,
  reshape,
  slice,
  symbol,
  type Tensor,
  toModel,
} from '../graph/index.js';
import { INPUT_RULES } from '../nets/architecture.js';
import { rowLength, rowParameters } from '../nets/rows.js';
import { transform } from '../nets/transform.js';
import { fromMetadata, type StyleInfo, toMetadata } from './style-metadata.js';
import { parametersRead, parametersToWrite } from './style-parameters.js';

export type { StyleInfo };

/** A style: what is known of it and its parameters by name (`parameterSpecs`). */
export interface Style {
  info: StyleInfo;
  parameters: Map<string, FloatTensor>;
}

/** How `encodeStyle` writes. */
export interface EncodeStyleOptions {
  /** Store the parameters as half floats: half the size; they are widened when the file is loaded. */
  half?: boolean;
  /**
   * Take pictures of this size only, from 1x1 up, with every shape in the file a number: for runtimes that want it so. Nothing in such a file
   * depends on the picture's size.
   */
  size?: { width: number; height: number };
}

/**
 * The style as an ONNX file: input `image` float32 `[1, 3, H, W]`, RGB 0..255, output `stylized` of the same size for every H and W
 * from 1 up (inside, the picture is continued to a multiple of 4 and by `info.bleed`, and cut back), clipped to 0..255. Any ONNX runtime can use it.
 * A style of P paintings has a second input `mix` float32 `[1, P + 1]`: the share of each painting, and last that of the photo itself; see
 * `mixVector`.
 */
export function encodeStyle({ info, parameters }: Style, options: EncodeStyleOptions = {}): Uint8Array {
  const graph = new Graph();
  const { height = symbol('H'), width = symbol('W') } = options.size ?? {};
  const image = graph.input('image', [1, 3, height, width]);
  const constants = new Map<string, Tensor>();
  for (const [name, value] of parametersToWrite('encodeStyle', info, parameters)) {
    const constant = options.half
      ? halfConstant(graph, name, value)
      : graph.constant(value.data, value.shape, { name });
    constants.set(name, constant);
  }
  const { multiple, minimum } = INPUT_RULES[info.architecture];
  const { bleed = 0 } = info;
  // Reflection needs more pixels than it adds.
  const { padded, size } = padToMultiple(image, multiple, Math.max(minimum, bleed + 1));
  const mixed = info.paintings && mixRows(graph, constants, info.paintings.length, info.width);
  const result = transform(reflectPad(padded, allSides(bleed)), mixed?.parameters ?? constants, {
    architecture: info.architecture,
    mode: 'apply',
  });
  const drawn = crop(result.image, allSides(bleed));
  const picture = mixed ? add(drawn, mul(padded, mixed.photo)) : drawn;
  graph.output('stylized', cropToMatch(clip(picture, 0, 255), image, size));
  return toModel(graph, toMetadata(info));
}

/** The parameters of a mixture of paintings, and the photo's own share in the picture `[1, 1, 1, 1]`. */
function mixRows(graph: Graph, constants: ReadonlyMap<string, Tensor>, paintings: number, width: number) {
  const mix = graph.input('mix', [1, paintings + 1]);
  const photo = slice(mix, 1, paintings, paintings + 1);
  const identity = reshape(constants.get('identity')!, [1, rowLength(width)]);
  // Products with ones and zeros are exact: a painting's picture does not depend on which others the network has.
  const rows = matmul(slice(mix, 1, 0, paintings), constants.get('rows')!);
  const row = add(rows, mul(identity, photo));
  return {
    parameters: new Map([...constants, ...rowParameters(row, width)]),
    photo: reshape(photo, [1, 1, 1, 1]),
  };
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
  const info = fromMetadata(model.metadata, label, 'an ONNX file');
  const parameters = parametersRead(info, model.weights, label, ({ dtype, data }, name) => {
    const floats = dtype === 'float16' ? halvesToFloats(data as Uint16Array) : data;
    if (!(floats instanceof Float32Array)) throw failure(`${label} is damaged: ${name} is ${dtype}`);
    return floats;
  });
  return { info, parameters };
}
