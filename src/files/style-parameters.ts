import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { GraphError, shapeText } from '../graph/index.js';
import { type ParameterSpec, parameterSpecs } from '../nets/parameters.js';
import type { StyleInfo } from './style-metadata.js';

/** The parameters that a style has, in their order. */
export function styleSpecs({ architecture, width, paintings }: StyleInfo): ParameterSpec[] {
  return parameterSpecs(architecture, width, paintings?.length);
}

/**
 * The parameters to write into a file, in their order.
 *
 * @param writer the function that writes, for the error
 * @throws GraphError when one is missing or has another shape.
 */
export function parametersToWrite(
  writer: string,
  info: StyleInfo,
  parameters: ReadonlyMap<string, FloatTensor>,
): Map<string, FloatTensor> {
  const checked = new Map<string, FloatTensor>();
  for (const { name, shape } of styleSpecs(info)) {
    const value = parameters.get(name);
    if (!value || shapeText(value.shape) !== shapeText(shape)) {
      throw new GraphError(
        `${writer}: ${name} must be ${shapeText(shape)}, got ${value && shapeText(value.shape)}`,
      );
    }
    checked.set(name, value);
  }
  return checked;
}

/**
 * The parameters in a file that was read, in their order.
 *
 * @param tensors what the file has, as `read` takes it
 * @param label what to call the file in errors
 * @throws FnsError when one is missing or has another shape.
 */
export function parametersRead<T extends { shape: readonly number[] }>(
  info: StyleInfo,
  tensors: ReadonlyMap<string, T>,
  label: string,
  read: (tensor: T, name: string) => Float32Array,
): Map<string, FloatTensor> {
  const parameters = new Map<string, FloatTensor>();
  for (const { name, shape } of styleSpecs(info)) {
    const found = tensors.get(name);
    if (!found || shapeText(found.shape) !== shapeText(shape)) {
      throw failure(
        `${label} is damaged: the parameter ${name} ${shapeText(shape)} is missing or has another shape`,
      );
    }
    parameters.set(name, { shape, data: read(found, name) });
  }
  return parameters;
}
