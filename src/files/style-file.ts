import type { FloatTensor } from '../core/safetensors.js';
import {
  add,
  allSides,
  clip,
  crop,
  cropToMatch,
  floatsOf,
  Graph,
  type ModelDescription,
  matmul,
  mul,
  padToMultiple,
  readModel,
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
import { parameterConstants, parametersRead, parametersToWrite } from './parameters.js';
import { fromMetadata, type StyleInfo, styleSpecs, toMetadata } from './style-metadata.js';

export type { StyleInfo };

/** A style: its description and its parameters by name (`parameterSpecs`). */
export interface Style {
  info: StyleInfo;
  parameters: Map<string, FloatTensor>;
}

/** Options of `encodeStyle`. */
export interface EncodeStyleOptions {
  /** Store the parameters as half floats: half the size; they are widened when the file is loaded. */
  half?: boolean;
  /**
   * Take pictures of this size only, from 1x1 up, with every shape in the file a number: for runtimes that want it so.
   * Nothing in such a file depends on the picture's size.
   */
  size?: { width: number; height: number };
}

/**
 * Writes a style as an ONNX file that any ONNX runtime can use: input `image` float32 `[1, 3, H, W]`, RGB 0..255,
 * output `stylized` of the same size for every H and W from 1 up, clipped to 0..255. Inside, the picture is continued
 * to a multiple of 4 and by `info.bleed`, and cut back. A style of P paintings has a second input `mix` float32
 * `[1, P + 1]`: the share of each painting, and last that of the photo itself; see `mixVector`.
 *
 * @throws GraphError when a parameter is missing or has another shape.
 */
export function encodeStyle({ info, parameters }: Style, options: EncodeStyleOptions = {}): Uint8Array {
  const graph = new Graph();
  const { height = symbol('H'), width = symbol('W') } = options.size ?? {};
  const image = graph.input('image', [1, 3, height, width]);
  const checked = parametersToWrite('encodeStyle', styleSpecs(info), parameters);
  const constants = parameterConstants(graph, checked, options.half);
  const { architecture, bleed = 0 } = info;
  const picture = stylizedPicture(image, info, constants, (padded, parameters) => {
    const result = transform(reflectPad(padded, allSides(bleed)), parameters, {
      architecture,
      mode: 'apply',
    });
    return crop(result.image, allSides(bleed));
  });
  graph.output('stylized', picture);
  return toModel(graph, toMetadata(info));
}

/**
 * What a style makes of a picture `[1, 3, H, W]` of any size, clipped to 0..255: around the network the picture is
 * continued and cut back, and the paintings of a network of many are mixed by a further input, `mix`.
 *
 * @param constants the parameters in the graph that `styleSpecs` names
 * @param network the network, between two pictures of one size that it takes
 */
export function stylizedPicture(
  image: Tensor,
  info: StyleInfo,
  constants: ReadonlyMap<string, Tensor>,
  network: (padded: Tensor, parameters: ReadonlyMap<string, Tensor>) => Tensor,
): Tensor {
  const { multiple, minimum } = INPUT_RULES[info.architecture];
  const { bleed = 0 } = info;
  // Reflection needs more pixels than it adds.
  const { padded, size } = padToMultiple(image, multiple, Math.max(minimum, bleed + 1));
  const mixed = info.paintings && mixRows(image.graph, constants, info.paintings.length, info.width);
  const drawn = network(padded, mixed?.parameters ?? constants);
  const picture = mixed ? add(drawn, mul(padded, mixed.photo)) : drawn;
  return cropToMatch(clip(picture, 0, 255), image, size);
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

/**
 * Reads a style file of ours.
 *
 * @param label the name of the file in errors
 * @throws FnsError when the bytes are no style file of ours, are of a newer format, or lack a parameter.
 */
export function decodeStyle(bytes: Uint8Array, label: string): Style {
  return styleOfModel(readModel(bytes, label), label);
}

/** The style in a file of ours that was read; see `decodeStyle`. */
export function styleOfModel(model: ModelDescription, label: string): Style {
  const info = fromMetadata(model.metadata, label, 'an ONNX file');
  return { info, parameters: parametersRead(styleSpecs(info), model.weights, label, floatsOf) };
}
