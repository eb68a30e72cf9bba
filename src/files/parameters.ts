/** The parameters of a network in a file: checked, half floats, in the order of their specifications. */
import { failure } from '../core/errors.js';
import { floatsToHalves } from '../core/half.js';
import type { FloatTensor } from '../core/safetensors.js';
import { type Graph, GraphError, shapeText, type Tensor } from '../graph/index.js';

/** The name and shape of a parameter that a network has. */
interface Spec {
  name: string;
  shape: readonly number[];
}

/**
 * The parameters to write into a file, in the order of `specs`.
 *
 * @param writer the function that writes, for the error
 * @throws GraphError when one is missing or has another shape.
 */
export function parametersToWrite(
  writer: string,
  specs: readonly Spec[],
  parameters: ReadonlyMap<string, FloatTensor>,
): Map<string, FloatTensor> {
  const checked = new Map<string, FloatTensor>();
  for (const { name, shape } of specs) {
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
 * Parameters as constants of a graph, by name.
 *
 * @param half store them as half floats, which are widened in the graph; runtimes fold this when they load the file
 */
export function parameterConstants(
  graph: Graph,
  parameters: ReadonlyMap<string, FloatTensor>,
  half = false,
): Map<string, Tensor> {
  const constant = (name: string, { shape, data }: FloatTensor): Tensor => {
    if (!half) return graph.constant(data, shape, { name });
    const stored = graph.constant(floatsToHalves(data), shape, { name, dtype: 'float16' });
    return graph.node('Cast', [stored], shape, { dtype: 'float32', attributes: { to: { int: 1 } } });
  };
  return new Map([...parameters].map(([name, value]) => [name, constant(name, value)]));
}

/**
 * The parameters in a file that was read, in the order of `specs`.
 *
 * @param tensors the file's tensors by name
 * @param label the name of the file in errors
 * @param read the numbers of a tensor, undefined when they are no floating point numbers
 * @throws FnsError when one is missing, has another shape or another type.
 */
export function parametersRead<T extends { shape: readonly number[] }>(
  specs: readonly Spec[],
  tensors: ReadonlyMap<string, T>,
  label: string,
  read: (tensor: T) => Float32Array | undefined,
): Map<string, FloatTensor> {
  const parameters = new Map<string, FloatTensor>();
  for (const { name, shape } of specs) {
    const found = tensors.get(name);
    const data = found && shapeText(found.shape) === shapeText(shape) ? read(found) : undefined;
    if (!data) {
      throw failure(
        `${label} is damaged: the parameter ${name} ${shapeText(shape)} is missing or has another shape or type`,
      );
    }
    parameters.set(name, { shape: [...shape], data });
  }
  return parameters;
}
