import { type Dim, type Shape, shapeText, sizeOf, staticShape } from './dim.js';

/** Element types that the graphs use. */
export type DType = 'float32' | 'float16' | 'int64' | 'uint8' | 'int8' | 'int32' | 'bool';

/** The values of a constant. Half floats are given as their 16 bits. */
export type ConstantData = Float32Array | BigInt64Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** A value in a graph: what an operator returns and takes. */
export interface Tensor {
  readonly graph: Graph;
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** The value of an ONNX attribute. Integers and floats look alike in JavaScript, so floats are marked. */
export type Attribute = { int: number } | { ints: readonly number[] } | { float: number } | { text: string };

/** One ONNX operator call. */
export interface GraphNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A named constant of the graph. */
export interface Initializer {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: ConstantData;
}

/**
 * Computes the gradients of an operator's inputs from `dy`, the gradient of its output `y`.
 * `needed[i]` says whether the gradient of input i is wanted; the others may be undefined.
 */
export type GradientRule = (
  dy: Tensor,
  y: Tensor,
  needed: readonly boolean[],
) => readonly (Tensor | undefined)[];

/** A differentiable operator call, as `gradients` walks it. */
export interface Operation {
  readonly operator: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly gradient: GradientRule;
}

/** A shape or type error of an operator: names the operator, what it got and what it needs. */
export class GraphError extends Error {
  override name = 'GraphError';
}

/** An ONNX graph under construction. Operators in `ops/` append to it. */
export class Graph {
  /**
   * The graph will run on a GPU, whose thousands of threads share a long sum only when it is cut into pieces. The
   * values are the same.
   */
  readonly gpu: boolean;
  readonly nodes: GraphNode[] = [];
  readonly initializers = new Map<string, Initializer>();
  readonly inputs: Tensor[] = [];
  readonly outputs: { name: string; tensor: Tensor }[] = [];
  readonly operations: Operation[] = [];
  private readonly names = new Set<string>();
  private readonly smallConstants = new Map<string, Tensor>();
  private counter = 0;
  private recording = true;

  constructor(options: { gpu?: boolean } = {}) {
    this.gpu = options.gpu ?? false;
  }

  /** A value that the caller gives at each run. */
  input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
    this.claim(name);
    const tensor = { graph: this, name, dtype, shape };
    this.inputs.push(tensor);
    return tensor;
  }

  /**
   * A constant, stored in the model file under `name` (or a made-up one).
   *
   * @throws GraphError when the number of values does not fit the shape.
   */
  constant(
    data: ConstantData,
    shape: readonly number[],
    options: { name?: string; dtype?: DType } = {},
  ): Tensor {
    if (data.length !== sizeOf(shape)) {
      throw new GraphError(`constant: got ${data.length} values for the shape ${shapeText(shape)}`);
    }
    const name = options.name ?? this.freshName('const');
    if (options.name !== undefined) this.claim(name);
    const dtype = options.dtype ?? dtypeOf(data);
    this.initializers.set(name, { name, dtype, shape: shape.slice(), data });
    return { graph: this, name, dtype, shape };
  }

  /** A float32 scalar, shared between all uses of the same value. */
  scalar(value: number): Tensor {
    return this.shared(`f${value}`, () => this.constant(Float32Array.of(value), []));
  }

  /** A one-dimensional int64 constant, shared between all uses of the same values. */
  ints(values: readonly number[]): Tensor {
    return this.shared(`i${values.join(',')}`, () =>
      this.constant(
        BigInt64Array.from(values, (v) => BigInt(v)),
        [values.length],
      ),
    );
  }

  /** Appends an ONNX node with one output and returns that output. */
  node(
    type: string,
    inputs: readonly (Tensor | undefined)[],
    shape: Shape,
    options: { attributes?: Record<string, Attribute>; dtype?: DType; domain?: string } = {},
  ): Tensor {
    const dtype = options.dtype ?? inputs[0]?.dtype ?? 'float32';
    const output = { graph: this, name: this.freshName(type), dtype, shape };
    this.nodes.push({
      type,
      domain: options.domain ?? '',
      inputs: inputs.map((t) => t?.name ?? ''),
      outputs: [output.name],
      attributes: options.attributes ?? {},
    });
    return output;
  }

  /**
   * Applies a differentiable operator: appends the nodes of its value by `forward`, and registers the rule of its
   * gradient. The operators that `forward` itself applies are not registered, because this rule stands for them. An
   * operator that had nothing to do gives an input back and has no rule.
   */
  operator(name: string, inputs: readonly Tensor[], forward: () => Tensor, gradient: GradientRule): Tensor {
    const output = this.unrecorded(forward);
    if (this.recording && !inputs.includes(output)) {
      this.operations.push({ operator: name, inputs, output, gradient });
    }
    return output;
  }

  /** Runs `append` without registering the operators that it applies: what they compute has no gradient. */
  unrecorded<T>(append: () => T): T {
    const before = this.recording;
    this.recording = false;
    try {
      return append();
    } finally {
      this.recording = before;
    }
  }

  /** Makes a tensor an output of the model under the given name. */
  output(name: string, tensor: Tensor): void {
    if (this.outputs.some((o) => o.name === name)) throw new GraphError(`two outputs are named ${name}`);
    this.outputs.push({ name, tensor });
  }

  /** The values of a constant tensor, or undefined when the tensor is computed or an input. */
  constantData(tensor: Tensor): Float32Array | undefined {
    const data = this.initializers.get(tensor.name)?.data;
    return data instanceof Float32Array ? data : undefined;
  }

  private shared(key: string, make: () => Tensor): Tensor {
    let tensor = this.smallConstants.get(key);
    if (!tensor) {
      tensor = make();
      this.smallConstants.set(key, tensor);
    }
    return tensor;
  }

  private freshName(prefix: string): string {
    let name: string;
    do name = `${prefix}_${this.counter++}`;
    while (this.names.has(name));
    this.names.add(name);
    return name;
  }

  private claim(name: string): void {
    if (this.names.has(name)) throw new GraphError(`the name ${name} is used twice in one graph`);
    this.names.add(name);
  }
}

function dtypeOf(data: ConstantData): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint16Array) return 'float16';
  return 'uint8';
}

/**
 * The shape of an operator's argument in plain numbers.
 *
 * @throws GraphError when an axis is symbolic.
 */
export function numericShape(operator: string, x: Tensor): number[] {
  const shape = staticShape(x.shape);
  if (!shape) throw new GraphError(`${operator}: needs a shape in numbers, got ${shapeText(x.shape)}`);
  return shape;
}

/**
 * Checks that an argument has the given number of axes and is float32.
 *
 * @throws GraphError otherwise.
 */
export function requireRank(operator: string, what: string, x: Tensor, rank: number, layout: string): void {
  if (x.shape.length !== rank) {
    throw new GraphError(`${operator}: ${what} must be ${layout}, got the shape ${shapeText(x.shape)}`);
  }
  requireFloat(operator, what, x);
}

/**
 * Checks that an argument is float32.
 *
 * @throws GraphError otherwise.
 */
export function requireFloat(operator: string, what: string, x: Tensor): void {
  if (x.dtype !== 'float32')
    throw new GraphError(`${operator}: ${what} must be float32, got ${x.dtype} ${shapeText(x.shape)}`);
}

/**
 * The channel count of an `[N, C, H, W]` tensor.
 *
 * @throws GraphError when it is symbolic.
 */
export function channelsOf(operator: string, x: Tensor): number {
  const c: Dim = x.shape[1]!;
  if (typeof c !== 'number')
    throw new GraphError(`${operator}: the number of channels must be known, got ${shapeText(x.shape)}`);
  return c;
}
