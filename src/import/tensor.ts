import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { shapeText } from '../graph/index.js';
import type { Architecture } from '../nets/architecture.js';

/**
 * A tensor of a file that another program wrote. Its numbers are read only when a network wants them: a file may hold
 * much more than the network (an optimizer's state), or claim sizes that it does not have.
 */
export interface ForeignTensor {
  readonly shape: readonly number[];
  /**
   * The numbers in row-major order as float32.
   *
   * @throws FnsError when they are cut off or damaged.
   */
  read(): Float32Array;
}

/** The tensors of a file by their names in it, in its order. */
export type ForeignTensors = ReadonlyMap<string, ForeignTensor>;

/** A network of ours, made of another's tensors. */
export interface Converted {
  architecture: Architecture;
  width: number;
  parameters: Map<string, FloatTensor>;
  /** Names of the paintings of a network of many. */
  paintings?: string[];
  /** The tensors had our own names: the network is of this program, for RGB 0..255. */
  own?: true;
}

/** The network that tensors are read for, for errors. */
export interface Reading {
  /** The name of the file. */
  label: string;
  /** The name of the network: `the pytorch/examples network`. */
  network: string;
}

/**
 * The numbers of one tensor.
 *
 * @throws FnsError when it is missing, of another shape, or holds numbers that are not finite.
 */
export function takeTensor(
  tensors: ForeignTensors,
  name: string,
  shape: readonly number[],
  { label, network }: Reading,
): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor)
    throw failure(`${label}: ${network} needs a tensor ${name} ${shapeText(shape)}, which is missing`);
  if (shapeText(tensor.shape) !== shapeText(shape)) {
    throw failure(
      `${label}: ${name} has the shape ${shapeText(tensor.shape)}, ${network} needs ${shapeText(shape)}`,
    );
  }
  const data = tensor.read();
  if (!data.every(Number.isFinite)) throw failure(`${label}: ${name} holds numbers that are not finite`);
  return data;
}

/**
 * The width of a network, from an axis of one of its tensors.
 *
 * @throws FnsError when the tensor is missing or the axis is no width from 1 to 256.
 */
export function takeWidth(
  tensors: ForeignTensors,
  name: string,
  axis: number,
  { label, network }: Reading,
): number {
  const tensor = tensors.get(name);
  if (!tensor) throw failure(`${label}: ${network} needs a tensor ${name}, which is missing`);
  const width = tensor.shape[axis];
  if (tensor.shape.length !== 4 || width === undefined || width < 1 || width > 256) {
    throw failure(
      `${label}: ${name} has the shape ${shapeText(tensor.shape)}, ${network} needs four axes and 1 to 256 channels`,
    );
  }
  return width;
}
