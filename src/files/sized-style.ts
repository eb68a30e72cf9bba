/**
 * Styles as graphs for pictures of one size on one device. A style file computes the sizes inside itself and runs
 * everywhere; these are made when a picture comes, run there, and are thrown away.
 */
import type { Size } from '../core/sizes.js';
import { allSides, crop, Graph, reflectPad, type Tensor, toModel } from '../graph/index.js';
import { channels } from '../nets/architecture.js';
import { BLOCKED_MARGIN, blockedTransform } from '../nets/blocked-transform.js';
import { transform } from '../nets/transform.js';
import { parameterConstants, parametersToWrite } from './parameters.js';
import { type Style, stylizedPicture } from './style-file.js';
import { styleSpecs } from './style-metadata.js';

/** Where a graph for one size runs. */
export interface SizedDevice {
  device: 'cpu' | 'webgpu' | 'cuda';
  /** Channels in a block of ONNX Runtime's layout on this CPU (`blockSizeModel`), if it has one. */
  block?: number;
}

/**
 * Writes a style as an ONNX model for pictures of one size, with every shape a number: inputs and output as in a style
 * file (`encodeStyle`), and the same pictures but for rounding.
 *
 * @throws GraphError when a parameter is missing or has another shape.
 */
export function encodeSizedStyle(
  { info, parameters }: Style,
  { width, height }: Size,
  { device, block }: SizedDevice,
): Uint8Array {
  const graph = new Graph({ gpu: device !== 'cpu' });
  const image = graph.input('image', [1, 3, height, width]);
  const checked = parametersToWrite('encodeSizedStyle', styleSpecs(info), parameters);
  const constants = parameterConstants(graph, checked);
  const { architecture, bleed = 0 } = info;
  const fitsBlocks =
    device === 'cpu' &&
    block !== undefined &&
    architecture === 'modern' &&
    bleed >= BLOCKED_MARGIN &&
    channels(info.width)[0] % block === 0;
  const network = (padded: Tensor, own: ReadonlyMap<string, Tensor>): Tensor => {
    const continued = reflectPad(padded, allSides(bleed));
    if (fitsBlocks) return crop(blockedTransform(continued, own, block), allSides(bleed - BLOCKED_MARGIN));
    const mode = device === 'cpu' ? 'apply-on-cpu' : 'apply';
    return crop(transform(continued, own, { architecture, mode }).image, allSides(bleed));
  };
  graph.output('stylized', stylizedPicture(image, info, constants, network));
  return toModel(graph);
}
