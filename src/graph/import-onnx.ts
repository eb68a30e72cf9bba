import { type Graph, GraphError, type Initializer, type Tensor } from './graph.js';
import { IMPORTED_OPERATORS, type ImportedCall, type ImportedConstant } from './imported-operators.js';
import { floatsOf, type ModelDescription, type ModelNode } from './model.js';

/** A network of an ONNX file in one graph. Its weights are constants, stored once however often it is applied. */
export interface ImportedNetwork {
  /**
   * Computes the tensors asked for, by their names in the file, of an input of any size with this project's operators,
   * differentiable in the input.
   *
   * @throws GraphError naming the node that cannot be imported.
   */
  apply(input: Tensor, wanted: readonly string[]): Map<string, Tensor>;
  /** Lists all tensors that can be computed, and of the others why not, in the file's order. */
  survey(input: Tensor): Map<string, Tensor | GraphError>;
}

/**
 * Imports the network of an ONNX file into a graph. The sizes that the file declares are not used.
 *
 * @param input the name of the file's input that is given at `apply`
 */
export function importNetwork(graph: Graph, model: ModelDescription, input: string): ImportedNetwork {
  const constants = modelConstants(model);
  const tensors = new Map<string, Tensor>();
  const made = (key: string, make: () => ImportedConstant): Tensor => {
    let tensor = tensors.get(key);
    if (!tensor) {
      const { values, shape } = make();
      tensor = graph.constant(values, shape);
      tensors.set(key, tensor);
    }
    return tensor;
  };

  const call = (node: ModelNode, known: ReadonlyMap<string, Tensor>): Tensor[] => {
    const rule = Object.hasOwn(IMPORTED_OPERATORS, node.type) ? IMPORTED_OPERATORS[node.type] : undefined;
    if (!rule) throw new GraphError('this operator is not supported');
    const constant = (i: number) => constants.get(node.inputs[i] ?? '');
    const arguments_: ImportedCall = {
      node,
      constant,
      tensor(i) {
        const name = node.inputs[i] ?? '';
        const found = known.get(name);
        if (found) return found;
        const value = constant(i);
        if (!value) throw new GraphError(`its input ${name || i} is missing`);
        return made(`file/${name}`, () => value);
      },
      made: (key, make) => made(`${node.outputs[0]}/${key}`, make),
    };
    return [rule(arguments_)].flat();
  };

  return {
    apply(given, wanted) {
      const needed = new Set(wanted);
      const nodes = model.nodes
        .slice()
        .reverse()
        .filter((node) => {
          if (!node.outputs.some((name) => needed.has(name))) return false;
          for (const name of node.inputs) needed.add(name);
          return !node.outputs.every((name) => constants.has(name));
        })
        .reverse();
      const known = new Map([[input, given]]);
      for (const node of nodes) {
        try {
          store(known, node, call(node, known));
        } catch (error) {
          throw importError(node, error as Error);
        }
      }
      return new Map(
        wanted.map((name) => {
          const tensor = known.get(name);
          if (!tensor) throw new GraphError(`the network computes no ${name}`);
          return [name, tensor];
        }),
      );
    },

    survey(given) {
      const known = new Map([[input, given]]);
      const found = new Map<string, Tensor | GraphError>();
      for (const node of model.nodes) {
        if (node.outputs.every((name) => constants.has(name))) continue;
        const missing = node.inputs.map((name) => found.get(name)).find((t) => t instanceof GraphError);
        let results: Tensor[] | GraphError;
        try {
          if (missing) throw missing;
          results = call(node, known);
        } catch (error) {
          results = error === missing ? (missing as GraphError) : importError(node, error as Error);
        }
        if (!(results instanceof GraphError)) store(known, node, results);
        for (const name of node.outputs) {
          if (name === '') continue;
          const unused = new GraphError(`the second output ${name} of ${node.type} is not supported`);
          found.set(name, results instanceof GraphError ? results : (known.get(name) ?? unused));
        }
      }
      return found;
    },
  };
}

function store(known: Map<string, Tensor>, node: ModelNode, results: readonly Tensor[]): void {
  results.forEach((tensor, i) => {
    const name = node.outputs[i];
    if (name) known.set(name, tensor);
  });
}

function importError({ type, outputs }: ModelNode, { message }: Error): GraphError {
  return new GraphError(`the operator ${type} of ${outputs[0]}: ${message}`);
}

/** The constants of a file as floats: its weights, its Constant nodes, and what only renames or reshapes them. */
function modelConstants(model: ModelDescription): Map<string, ImportedConstant> {
  const constants = new Map<string, ImportedConstant>();
  for (const [name, weight] of model.weights) constants.set(name, widened(weight));
  for (const node of model.nodes) {
    const value = node.type === 'Constant' ? constantOf(node) : reshaped(node, constants);
    if (value) constants.set(node.outputs[0]!, value);
  }
  return constants;
}

function widened(weight: Initializer): ImportedConstant {
  const values = floatsOf(weight) ?? Float32Array.from(weight.data as Iterable<number | bigint>, Number);
  return { shape: weight.shape, values };
}

function constantOf({ attributes }: ModelNode): ImportedConstant | undefined {
  const [value] = attributes.values();
  if (typeof value === 'number') return { shape: [], values: Float32Array.of(value) };
  if (Array.isArray(value)) return { shape: [value.length], values: Float32Array.from(value) };
  return typeof value === 'object' ? widened(value) : undefined;
}

/** The result of an operator that leaves the values of a constant as they are. */
function reshaped(
  { type, inputs, attributes }: ModelNode,
  constants: ReadonlyMap<string, ImportedConstant>,
): ImportedConstant | undefined {
  const value = constants.get(inputs[0] ?? '');
  if (!value) return undefined;
  if (type === 'Identity' || type === 'Cast') return value;
  const given = attributes.get('axes') ?? constants.get(inputs[1] ?? '')?.values;
  if (given === undefined || typeof given !== 'object' || 'dtype' in given) return undefined;
  const numbers = Array.from(given);
  const { shape, values } = value;
  if (type === 'Unsqueeze') {
    const rank = shape.length + numbers.length;
    const axes = numbers.map((axis) => (axis < 0 ? axis + rank : axis));
    const old = shape.slice();
    return { values, shape: Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : old.shift()!)) };
  }
  if (type === 'Reshape' && numbers.every((d) => d !== 0)) {
    const known = numbers.filter((d) => d > 0).reduce((a, b) => a * b, 1);
    return { values, shape: numbers.map((d) => (d < 0 ? values.length / known : d)) };
  }
  return undefined;
}
