/**
 * ONNX files of the pytorch/examples network, such as those of the ONNX model zoo (fast_neural_style: mosaic, candy,
 * ...). Names of weights vary from exporter to exporter, so they are read by walking the graph from its output back to
 * its input, which also checks that it is that network. Instance norms and upsampling may be written as operators of
 * their own or, as in gnsmrky/pytorch-fast-neural-style-for-web, with elementary ones.
 */
import { type FnsError, failure } from '../core/errors.js';
import { floatsOf, type Initializer, type ModelDescription, type ModelNode } from '../graph/index.js';
import type { ForeignTensor, ForeignTensors } from './tensor.js';

/** PyTorch's epsilon of instance norm, which `modern` has too. */
const EPSILON = 1e-5;

/**
 * The weights of an ONNX file under the names that pytorch/examples gives them. A bias that is not there is left out,
 * the output's is then 0.
 *
 * @param label the name of the file in errors
 * @throws FnsError naming the first operator, from the output back, that is not what the network has there.
 */
export function tensorsOfOnnxNetwork(model: ModelDescription, label: string): ForeignTensors {
  const walk = new Walk(model, label);
  let at = walk.skip(model.outputs[0]?.name ?? '', ['Clip']);
  at = walk.conv(at, 'deconv3', 9);
  for (const i of [2, 1]) {
    at = walk.norm(walk.relu(at), `in${i + 3}`);
    at = walk.enlarged(walk.conv(at, `deconv${i}`, 3));
  }
  for (const i of [5, 4, 3, 2, 1]) at = walk.residual(at, `res${i}`);
  for (const i of [3, 2, 1]) {
    at = walk.norm(walk.relu(at), `in${i}`);
    at = i === 1 ? walk.conv(at, 'conv1', 9) : walk.conv(at, `conv${i}`, 3, 2);
  }
  walk.requireInput(at);
  return walk.tensors;
}

/**
 * A walk through the graph from its output back, collecting weights. Each step takes the name of a tensor and returns
 * that of its input.
 */
class Walk {
  readonly tensors = new Map<string, ForeignTensor>();
  private readonly producers = new Map<string, ModelNode>();
  private readonly inputs: Set<string>;

  constructor(
    private readonly model: ModelDescription,
    private readonly label: string,
  ) {
    for (const node of model.nodes) for (const output of node.outputs) this.producers.set(output, node);
    this.inputs = new Set(model.inputs.map((i) => i.name));
  }

  private misfit(tensor: string, expected: string): FnsError {
    const node = this.producers.get(tensor);
    const found = node
      ? `is made by ${node.type}`
      : this.inputs.has(tensor)
        ? 'is the input'
        : 'comes from nowhere';
    return failure(
      `${this.label}: not the pytorch/examples network: tensor '${tensor}' ${found}, ${expected} was expected`,
    );
  }

  /** The node that makes a tensor, of one of the types. Copies in between do not count. */
  private node(tensor: string, types: readonly string[], expected = types.join(' or ')): ModelNode {
    const node = this.producers.get(this.skip(tensor));
    if (!node || !types.includes(node.type) || node.inputs.length === 0)
      throw this.misfit(this.skip(tensor), expected);
    return node;
  }

  /** The tensor behind operators that change nothing, and behind those of `types`. */
  skip(tensor: string, types: readonly string[] = []): string {
    const idle = ['Identity', 'Dropout', ...types];
    let at = tensor;
    // No chain is longer than the graph: a damaged one may run in a circle.
    for (let i = 0; i <= this.model.nodes.length; i++) {
      const node = this.producers.get(at);
      if (!node || !idle.includes(node.type) || node.inputs.length === 0) return at;
      at = node.inputs[0]!;
    }
    throw this.misfit(tensor, 'a graph without a circle');
  }

  /** A constant: an initializer or a Constant node, also behind operators that only give it another shape. */
  private constant(tensor: string | undefined): Initializer | undefined {
    const at = this.skip(tensor ?? '', ['Reshape', 'Unsqueeze', 'Squeeze']);
    const value = this.model.weights.get(at) ?? this.producers.get(at)?.attributes.get('value');
    return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  }

  private keep(name: string, tensor: string | undefined, user: string): void {
    const value = this.constant(tensor);
    if (!value) throw this.misfit(tensor ?? '', `a constant ${name} of ${user}`);
    this.tensors.set(name, {
      shape: value.shape,
      read: () => {
        const floats = floatsOf(value);
        if (!floats) throw failure(`${this.label}: ${name} is ${value.dtype}, float32 was expected`);
        return floats;
      },
    });
  }

  relu(tensor: string): string {
    return this.node(tensor, ['Relu']).inputs[0]!;
  }

  /** Reflection and a convolution without padding of its own. */
  conv(tensor: string, name: string, kernel: number, stride = 1): string {
    const node = this.node(tensor, ['Conv'], `the convolution ${name}`);
    const list = (key: string, otherwise: number) => {
      const value = node.attributes.get(key);
      return Array.isArray(value) ? value : [otherwise];
    };
    const fits =
      list('strides', 1).every((s) => s === stride) &&
      list('dilations', 1).every((d) => d === 1) &&
      list('pads', 0).every((p) => p === 0) &&
      list('kernel_shape', kernel).every((k) => k === kernel) &&
      (node.attributes.get('group') ?? 1) === 1;
    if (!fits)
      throw this.misfit(tensor, `${name}, ${kernel}x${kernel} of stride ${stride} without zeros around it,`);
    this.keep(`${name}.conv2d.weight`, node.inputs[1], name);
    if (node.inputs[2]) this.keep(`${name}.conv2d.bias`, node.inputs[2], name);
    else if (name === 'deconv3') {
      this.tensors.set('deconv3.conv2d.bias', { shape: [3], read: () => new Float32Array(3) });
    }
    return this.reflected(node.inputs[0]!, (kernel - 1) / 2);
  }

  private reflected(tensor: string, border: number): string {
    const expected = `a reflection of ${border} pixels`;
    const pad = this.node(tensor, ['Pad'], expected);
    if (pad.attributes.get('mode') !== 'reflect') throw this.misfit(tensor, expected);
    // Some exporters compute the widths in the graph; then the network's shapes alone tell them.
    const given = pad.attributes.get('pads') ?? this.constant(pad.inputs[1])?.data;
    const widths = typeof given === 'object' && 'length' in given ? Array.from(given, Number) : undefined;
    const fits = [0, 0, border, border, 0, 0, border, border];
    if (widths && (widths.length !== 8 || widths.some((w, i) => w !== fits[i])))
      throw this.misfit(tensor, expected);
    return pad.inputs[0]!;
  }

  /** Instance norm: the operator, or `Add(Mul(Div(x - mean, sqrt(variance + epsilon)), scale), shift)`. */
  norm(tensor: string, name: string): string {
    const expected = `the instance norm ${name}`;
    const node = this.node(tensor, ['InstanceNormalization', 'Add'], expected);
    if (node.type === 'InstanceNormalization') {
      this.requireEpsilon(tensor, node.attributes.get('epsilon') ?? EPSILON);
      this.keep(`${name}.weight`, node.inputs[1], name);
      this.keep(`${name}.bias`, node.inputs[2], name);
      return node.inputs[0]!;
    }
    const shifted = this.splitConstant(node);
    const scaled = this.splitConstant(this.node(shifted.variable, ['Mul'], expected));
    this.keep(`${name}.weight`, scaled.constant, name);
    this.keep(`${name}.bias`, shifted.constant, name);
    const division = this.node(scaled.variable, ['Div'], expected);
    const root = this.node(division.inputs[1] ?? '', ['Sqrt'], expected);
    const raised = this.splitConstant(this.node(root.inputs[0]!, ['Add'], expected));
    const epsilon = this.constant(raised.constant)?.data[0];
    this.requireEpsilon(root.inputs[0]!, typeof epsilon === 'number' ? epsilon : Number.NaN);
    this.node(raised.variable, ['ReduceMean'], expected);
    const centred = this.node(division.inputs[0]!, ['Sub'], expected);
    this.node(centred.inputs[1] ?? '', ['ReduceMean'], expected);
    return centred.inputs[0]!;
  }

  private requireEpsilon(tensor: string, epsilon: unknown): void {
    if (typeof epsilon !== 'number' || !(Math.abs(epsilon - EPSILON) < 1e-7)) {
      throw this.misfit(tensor, `an instance norm with epsilon ${EPSILON} instead of ${epsilon}`);
    }
  }

  /** The constant and the other input of a sum or product of two. */
  private splitConstant(node: ModelNode): { constant: string; variable: string } {
    const [a = '', b = ''] = node.inputs;
    if (this.constant(b)) return { constant: b, variable: a };
    if (this.constant(a)) return { constant: a, variable: b };
    throw this.misfit(node.outputs[0] ?? '', 'a constant beside the picture');
  }

  /**
   * Nearest enlargement by 2: the operator, or each column and then each row twice (Reshape and Concat with itself).
   */
  enlarged(tensor: string): string {
    const expected = 'nearest enlargement by 2';
    const node = this.node(tensor, ['Upsample', 'Resize', 'Reshape'], expected);
    if (node.type === 'Reshape') {
      const columns = this.twice(this.twice(tensor, expected), expected);
      return this.skip(columns, ['Reshape']);
    }
    const mode = node.attributes.get('mode') ?? 'nearest';
    const attribute = node.attributes.get('scales');
    const inputs = node.inputs.slice(1).map((name) => this.constant(name)?.data);
    const scales = Array.isArray(attribute)
      ? attribute
      : inputs.find((d) => d instanceof Float32Array && d.length === 4);
    const fits = !scales || [1, 1, 2, 2].every((s, i) => Math.abs(Number(scales[i]) - s) < 1e-3);
    if (mode !== 'nearest' || !fits) throw this.misfit(tensor, expected);
    return node.inputs[0]!;
  }

  /** The tensor behind Reshape(Concat(x, x + 0)). */
  private twice(tensor: string, expected: string): string {
    const concat = this.node(this.skip(tensor, ['Reshape']), ['Concat'], expected);
    const [first = '', second = ''] = concat.inputs.map((name) => this.behindZero(name));
    if (concat.inputs.length !== 2 || first !== second) throw this.misfit(tensor, expected);
    return first;
  }

  private behindZero(tensor: string): string {
    const at = this.skip(tensor);
    const node = this.producers.get(at);
    if (node?.type !== 'Add') return at;
    const zero = this.constant(node.inputs[1])?.data;
    return zero?.length === 1 && Number(zero[0]) === 0 ? this.skip(node.inputs[0]!) : at;
  }

  /** x + norm(conv(relu(norm(conv(x))))). */
  residual(tensor: string, name: string): string {
    const sum = this.node(tensor, ['Add'], `the sum of the residual block ${name}`);
    const isNorm = (input: string) => {
      const node = this.producers.get(this.skip(input));
      if (node?.type === 'InstanceNormalization') return true;
      return node?.type === 'Add' && node.inputs.some((i) => this.constant(i) !== undefined);
    };
    const [branch, skipped] = isNorm(sum.inputs[0]!) ? sum.inputs : [sum.inputs[1], sum.inputs[0]];
    let at = this.conv(this.norm(branch ?? '', `${name}.in2`), `${name}.conv2`, 3);
    at = this.conv(this.norm(this.relu(at), `${name}.in1`), `${name}.conv1`, 3);
    if (this.skip(at) !== this.skip(skipped ?? ''))
      throw this.misfit(tensor, `${name} with its own input added`);
    return at;
  }

  requireInput(tensor: string): void {
    if (!this.inputs.has(this.skip(tensor))) throw this.misfit(tensor, "the network's input");
  }
}
