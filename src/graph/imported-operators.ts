/** How each ONNX operator of an imported network is written with the differentiable operators of this project. */
import { GraphError, numericShape, type Tensor } from './graph.js';
import type { ModelNode } from './model.js';
import { add, div, mul, scale, square, sub } from './ops/arithmetic.js';
import { concat } from './ops/concat.js';
import { conv2d } from './ops/conv.js';
import { abs, clip, exp, leakyRelu, log, relu, sigmoid, sqrt, tanh } from './ops/elementwise.js';
import { frozenConv2d } from './ops/frozen-conv.js';
import { mean } from './ops/mean.js';
import { edgePad, reflectPad, zeroPad } from './ops/pad.js';
import { avgPoolWindows, maxPoolWindows } from './ops/pool-windows.js';
import { transpose } from './ops/reshape.js';
import { type Sides, slice } from './ops/slice.js';

/** A constant of an imported network. Half floats are widened. */
export interface ImportedConstant {
  shape: readonly number[];
  values: Float32Array;
}

/** One node of an imported network, and what it reads. */
export interface ImportedCall {
  node: ModelNode;
  /** The node's input i as a tensor, computed or constant. */
  tensor(i: number): Tensor;
  /** The node's input i as a constant; undefined when it is left out or computed. */
  constant(i: number): ImportedConstant | undefined;
  /** A constant made of the file's. The same key gives the same tensor. */
  made(key: string, make: () => ImportedConstant): Tensor;
}

/** The node's outputs in their order (those that networks read). */
type Rule = (call: ImportedCall) => Tensor | Tensor[];

const number = ({ node }: ImportedCall, name: string, otherwise: number): number => {
  const value = node.attributes.get(name);
  return typeof value === 'number' ? value : otherwise;
};

const numbers = ({ node }: ImportedCall, name: string): number[] | undefined => {
  const value = node.attributes.get(name);
  return Array.isArray(value) ? value : undefined;
};

const text = ({ node }: ImportedCall, name: string, otherwise: string): string => {
  const value = node.attributes.get(name);
  return typeof value === 'string' ? value : otherwise;
};

/** Numbers that are an attribute in older opsets and an input in newer ones. */
const numbersOrInput = (call: ImportedCall, name: string, i: number): number[] | undefined =>
  numbers(call, name) ?? (call.constant(i) && Array.from(call.constant(i)!.values));

const numberOrInput = (call: ImportedCall, name: string, i: number, otherwise: number): number =>
  call.constant(i)?.values[0] ?? number(call, name, otherwise);

const required = (call: ImportedCall, i: number, what: string): ImportedConstant => {
  const found = call.constant(i);
  if (!found) throw new GraphError(`its ${what} is no constant of the file`);
  return found;
};

const pair = (values: number[] | undefined): [number, number] => {
  const [a = 1, b = 1] = values ?? [];
  if (values && values.length !== 2) throw new GraphError('it is not over two axes of pixels');
  return [a, b];
};

/** `[top, left, bottom, right]` and `auto_pad`, which depends on the picture's size. */
function sidesOf(
  call: ImportedCall,
  kernel: readonly [number, number],
  strides: readonly [number, number],
): Sides {
  const [top, left, bottom, right] = numbers(call, 'pads') ?? [0, 0, 0, 0];
  const auto = text(call, 'auto_pad', 'NOTSET');
  if (!auto.startsWith('SAME')) {
    return auto === 'VALID'
      ? { top: 0, left: 0, bottom: 0, right: 0 }
      : { top: top!, left: left!, bottom: bottom!, right: right! };
  }
  const shape = numericShape(call.node.type, call.tensor(0));
  const side = (i: number) => {
    const size = shape[2 + i]!;
    const total = Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + kernel[i]! - size);
    const small = Math.floor(total / 2);
    return auto === 'SAME_UPPER' ? [small, total - small] : [total - small, small];
  };
  const [rows, columns] = [side(0), side(1)];
  return { top: rows[0]!, bottom: rows[1]!, left: columns[0]!, right: columns[1]! };
}

function windowsOf(call: ImportedCall) {
  const kernel = pair(numbers(call, 'kernel_shape'));
  const strides = pair(numbers(call, 'strides'));
  if (numbers(call, 'dilations')?.some((d) => d !== 1)) throw new GraphError('its windows are dilated');
  return { kernel, strides, pad: sidesOf(call, kernel, strides), ceil: number(call, 'ceil_mode', 0) === 1 };
}

const conv: Rule = (call) => {
  const { shape } = required(call, 1, 'weight');
  const dilations = pair(numbers(call, 'dilations'));
  const strides = pair(numbers(call, 'strides'));
  const [, , kh = 1, kw = 1] = shape;
  const reach: [number, number] = [dilations[0] * (kh - 1) + 1, dilations[1] * (kw - 1) + 1];
  const hasBias = call.node.inputs[2] !== undefined && call.node.inputs[2] !== '';
  if (hasBias) required(call, 2, 'bias');
  return frozenConv2d(call.tensor(0), call.tensor(1), {
    ...(hasBias && { bias: call.tensor(2) }),
    strides,
    dilations,
    pad: sidesOf(call, reach, strides),
    group: number(call, 'group', 1),
  });
};

/** With constant statistics: x times scale / sqrt(variance + epsilon) plus a shift, by channel. */
const batchNormalization: Rule = (call) => {
  const [gamma, beta, means, variances] = ['scale', 'shift', 'mean', 'variance'].map(
    (what, i) => required(call, i + 1, what).values,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const epsilon = number(call, 'epsilon', 1e-5);
  const factors = gamma.map((g, i) => g / Math.sqrt(variances[i]! + epsilon));
  const column = (values: Float32Array) => ({ shape: [1, values.length, 1, 1], values });
  const factor = call.made('factor', () => column(factors));
  const shift = call.made('shift', () => column(beta.map((b, i) => b - means[i]! * factors[i]!)));
  return add(mul(call.tensor(0), factor), shift);
};

/**
 * x (bias + alpha / size times the sum of squares over neighbouring channels) ^ -beta; the sum is a convolution with a
 * band of ones.
 */
const lrn: Rule = (call) => {
  const x = call.tensor(0);
  const c = numericShape('LRN', x)[1]!;
  const size = number(call, 'size', 1);
  const weight = call.made(`band ${c}`, () => {
    const values = new Float32Array(c * c);
    const alpha = number(call, 'alpha', 1e-4) / size;
    for (let o = 0; o < c; o++) {
      const first = Math.max(0, o - Math.floor((size - 1) / 2));
      const last = Math.min(c - 1, o + Math.ceil((size - 1) / 2));
      values.fill(alpha, o * c + first, o * c + last + 1);
    }
    return { shape: [c, c, 1, 1], values };
  });
  const offset = x.graph.scalar(number(call, 'bias', 1));
  const sums = add(conv2d(square(x), weight), offset);
  return mul(x, exp(scale(log(sums), -number(call, 'beta', 0.75))));
};

const pad: Rule = (call) => {
  const x = call.tensor(0);
  const mode = text(call, 'mode', 'constant');
  const rank = x.shape.length;
  const given = numbersOrInput(call, 'pads', 1) ?? numbers(call, 'paddings');
  const axes = call.constant(3) && Array.from(call.constant(3)!.values, (a) => (a < 0 ? a + rank : a));
  if (!given) throw new GraphError('its sides are computed');
  const of = (axis: number, end: 0 | 1): number => {
    const place = axes ? axes.indexOf(axis) : axis;
    return place < 0 ? 0 : given[place + end * (given.length / 2)]!;
  };
  if (rank !== 4 || [0, 1].some((axis) => of(axis, 0) !== 0 || of(axis, 1) !== 0)) {
    throw new GraphError('it pads other axes than height and width');
  }
  if (numberOrInput(call, 'value', 2, 0) !== 0) throw new GraphError('it pads with another value than 0');
  const sides = { top: of(2, 0), bottom: of(2, 1), left: of(3, 0), right: of(3, 1) };
  if (mode === 'constant') return zeroPad(x, sides);
  if (mode === 'reflect') return reflectPad(x, sides);
  if (mode === 'edge') return edgePad(x, sides);
  throw new GraphError(`it has the mode ${mode}`);
};

const averaged = (call: ImportedCall, axes: number[] | undefined, keepDims: boolean): Tensor => {
  const x = call.tensor(0);
  const places = axes?.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  return mean(x, { ...(places && { axes: places }), keepDims });
};

const split: Rule = (call) => {
  const x = call.tensor(0);
  const axis = axisOf(call, x, 0);
  const size = numericShape('Split', x)[axis]!;
  const count = call.node.outputs.length;
  const each = Math.ceil(size / count);
  const sizes =
    numbersOrInput(call, 'split', 1) ??
    Array.from({ length: count }, (_, i) => Math.min(each, size - i * each));
  let start = 0;
  return sizes.map((length) => {
    start += length;
    return slice(x, axis, start - length, start);
  });
};

const axisOf = (call: ImportedCall, x: Tensor, otherwise: number): number => {
  const axis = number(call, 'axis', otherwise);
  return axis < 0 ? axis + x.shape.length : axis;
};

const all = (call: ImportedCall): Tensor[] => call.node.inputs.map((_, i) => call.tensor(i));
const joined =
  (join: (a: Tensor, b: Tensor) => Tensor): Rule =>
  (call) =>
    all(call).reduce(join);
const of =
  (operator: (x: Tensor) => Tensor): Rule =>
  (call) =>
    operator(call.tensor(0));
const same = of((x) => x);

/** x limited to 0..1 after `alpha x + beta`. */
const hardSigmoid = (x: Tensor, alpha: number, beta: number): Tensor =>
  clip(add(scale(x, alpha), x.graph.scalar(beta)), 0, 1);

/** min(x, 0). */
const negativePart = (x: Tensor): Tensor => scale(relu(scale(x, -1)), -1);

const LARGEST = 3.4028234663852886e38;

/** The operators that can be imported. */
export const IMPORTED_OPERATORS: Readonly<Record<string, Rule>> = {
  Conv: conv,
  BatchNormalization: batchNormalization,
  LRN: lrn,
  Relu: of(relu),
  LeakyRelu: (call) => leakyRelu(call.tensor(0), number(call, 'alpha', 0.01)),
  PRelu: (call) => {
    const x = call.tensor(0);
    return add(relu(x), mul(negativePart(x), call.tensor(1)));
  },
  Elu: (call) => {
    const x = call.tensor(0);
    const below = sub(exp(negativePart(x)), x.graph.scalar(1));
    return add(relu(x), scale(below, number(call, 'alpha', 1)));
  },
  Clip: (call) => {
    const [min, max] = [numberOrInput(call, 'min', 1, -LARGEST), numberOrInput(call, 'max', 2, LARGEST)];
    return clip(call.tensor(0), min, max);
  },
  Sigmoid: of(sigmoid),
  HardSigmoid: (call) => hardSigmoid(call.tensor(0), number(call, 'alpha', 0.2), number(call, 'beta', 0.5)),
  HardSwish: of((x) => mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  Tanh: of(tanh),
  Abs: of(abs),
  Exp: of(exp),
  Sqrt: of(sqrt),
  Neg: of((x) => scale(x, -1)),
  Add: joined(add),
  Sub: joined(sub),
  Mul: joined(mul),
  Div: joined(div),
  Sum: joined(add),
  Max: joined((a, b) => add(b, relu(sub(a, b)))),
  Min: joined((a, b) => sub(a, relu(sub(a, b)))),
  Concat: (call) => concat(all(call), axisOf(call, call.tensor(0), 1)),
  Split: split,
  Transpose: (call) => {
    const x = call.tensor(0);
    return transpose(x, numbers(call, 'perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i));
  },
  MaxPool: (call) => maxPoolWindows(call.tensor(0), windowsOf(call)),
  AveragePool: (call) =>
    avgPoolWindows(call.tensor(0), windowsOf(call), number(call, 'count_include_pad', 0) === 1),
  GlobalAveragePool: (call) => averaged(call, [2, 3], true),
  ReduceMean: (call) => averaged(call, numbersOrInput(call, 'axes', 1), number(call, 'keepdims', 1) === 1),
  Pad: pad,
  Identity: same,
  Dropout: same,
  Cast: same,
};

/** Operators whose outputs are the layers that losses look at. */
export const ACTIVATIONS: ReadonlySet<string> = new Set([
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Clip',
  'HardSwish',
  'Sigmoid',
  'Tanh',
  'Concat',
]);
