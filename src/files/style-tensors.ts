/** A style as a safetensors file: its parameters under our names, and the metadata of a style file. */
import { readSafetensors, type WriteSafetensorsOptions, writeSafetensors } from '../core/safetensors.js';
import { parametersRead, parametersToWrite } from './parameters.js';
import type { Style } from './style-file.js';
import { fromMetadata, styleSpecs, toMetadata } from './style-metadata.js';

/**
 * Writes a style as a safetensors file: the tensors of `parameterSpecs` in that order, float32 or half floats, and the
 * metadata of a style file (`fns.*`) as `__metadata__`. It holds no graph.
 *
 * @throws GraphError when a parameter is missing or has another shape.
 */
export function encodeStyleTensors(
  { info, parameters }: Style,
  options: WriteSafetensorsOptions = {},
): Uint8Array {
  const tensors = parametersToWrite('encodeStyleTensors', styleSpecs(info), parameters);
  return writeSafetensors(tensors, toMetadata(info), options);
}

/**
 * Reads what `encodeStyleTensors` wrote. Half floats are widened.
 *
 * @param label the name of the file in errors
 * @throws FnsError when the bytes are no safetensors file, no style of ours, of a newer format, or lack a parameter.
 */
export function decodeStyleTensors(bytes: Uint8Array, label: string): Style {
  const { tensors, metadata } = readSafetensors(bytes, label);
  const info = fromMetadata(metadata, label, 'a safetensors file');
  return { info, parameters: parametersRead(styleSpecs(info), tensors, label, ({ data }) => data) };
}
