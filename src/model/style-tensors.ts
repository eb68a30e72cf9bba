/** A style as a safetensors file: its parameters under our names, and what a style file says about itself. */
import { failure } from '../core/errors.js';
import {
  type FloatTensor,
  readSafetensors,
  type WriteSafetensorsOptions,
  writeSafetensors,
} from '../core/safetensors.js';
import { GraphError, shapeText } from '../graph/index.js';
import { parameterSpecs } from '../nets/parameters.js';
import { fromMetadata, toMetadata } from './metadata.js';
import type { Style } from './style-file.js';

/**
 * The style as a safetensors file: the tensors of `parameterSpecs` in that order, float32 or half floats, and the metadata of a style file
 * (`fns.*`) as `__metadata__`. For other programs and for reading back with `decodeStyleTensors`; it holds no graph.
 *
 * @throws GraphError when a parameter is missing or has another shape.
 */
export function encodeStyleTensors(
  { info, parameters }: Style,
  options: WriteSafetensorsOptions = {},
): Uint8Array {
  const tensors = new Map<string, FloatTensor>();
  for (const { name, shape } of parameterSpecs(info.architecture, info.width, info.paintings?.length)) {
    const value = parameters.get(name);
    if (!value || shapeText(value.shape) !== shapeText(shape)) {
      throw new GraphError(
        `encodeStyleTensors: ${name} must be ${shapeText(shape)}, got ${value && shapeText(value.shape)}`,
      );
    }
    tensors.set(name, value);
  }
  return writeSafetensors(tensors, toMetadata(info), options);
}

/**
 * Reads what `encodeStyleTensors` wrote. Half floats are widened.
 *
 * @param label what to call the file in errors
 * @throws FnsError when the bytes are no safetensors file, no style of ours, of a newer format, or lack a parameter.
 */
export function decodeStyleTensors(bytes: Uint8Array, label: string): Style {
  const { tensors, metadata } = readSafetensors(bytes, label);
  const info = fromMetadata(metadata, label, 'a safetensors file');
  const parameters = new Map<string, FloatTensor>();
  for (const { name, shape } of parameterSpecs(info.architecture, info.width, info.paintings?.length)) {
    const value = tensors.get(name);
    if (!value || shapeText(value.shape) !== shapeText(shape)) {
      throw failure(
        `${label} is damaged: the parameter ${name} ${shapeText(shape)} is missing or has another shape`,
      );
    }
    parameters.set(name, value);
  }
  return { info, parameters };
}
