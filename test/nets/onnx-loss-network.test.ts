import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FnsError } from '../../src/core/errors.js';
import { floatsToHalves } from '../../src/core/half.js';
import * as g from '../../src/graph/index.js';
import { type LossInput, onnxNetwork, parseLossInput } from '../../src/nets/onnx-loss-network.js';
import { openSession } from '../../src/node/session.js';
import type { SessionOptions } from '../../src/runtime/session.js';
import { readGolden, relativeError } from '../golden/read.js';
import { goldenPixels, goldenValues } from '../golden/values.js';
import { mutated } from '../mutation.js';
import { testDevices } from '../runtime/devices.js';

const CPU: SessionOptions = { device: 'cpu', threads: 1 };

function file(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../golden/loss_networks/${name}.onnx`, import.meta.url)));
}

/** A layer's features of pixels `[1, 3, h, w]`, and the gradient of their products with golden values to the pixels. */
async function featuresAndGradient(
  network: ReturnType<typeof onnxNetwork>,
  layer: string,
  pixels: { height: number; width: number; data: Float32Array },
  seed: number,
  options: SessionOptions,
) {
  const graph = new g.Graph();
  const shape = [1, 3, pixels.height, pixels.width];
  const image = graph.input('image', shape);
  const y = network.inGraph(graph).features(image, [layer]).get(layer)!;
  const count = (y.shape as number[]).reduce((a, b) => a * b, 1);
  const gy = graph.constant(goldenValues(count, seed), y.shape as number[]);
  const total = g.sum(g.mul(y, gy));
  graph.output('y', y);
  graph.output('total', total);
  graph.output('grad', g.gradients(total, [image])[0]!);
  const session = await openSession(g.toModel(graph), options);
  try {
    const results = await session.run({ image: { dtype: 'float32', shape, data: pixels.data } });
    return {
      shape: y.shape,
      y: results.y!.data as Float32Array,
      grad: results.grad!.data as Float32Array,
      total: Number(results.total!.data[0]),
    };
  } finally {
    await session.close();
  }
}

const golden = readGolden('loss_networks');
const networks = JSON.parse(golden.metadata.networks!) as Record<
  string,
  { layers: string[]; height: number; width: number }
>;

describe.each(testDevices())('networks that PyTorch exported, on $name', ({ options }) => {
  test.each(Object.entries(networks))(
    '%s: features and gradients of a picture of another size than the file’s equal PyTorch',
    async (name, { layers, height, width }) => {
      const network = onnxNetwork(file(name), { name: `${name}.onnx` });
      network.requireLayers(layers);
      const data = goldenPixels(3 * height * width, 400);
      for (const [k, layer] of layers.entries()) {
        const found = await featuresAndGradient(network, layer, { height, width, data }, 410 + k, options);
        const expected = golden.tensors.get(`${layer}/y`)!;
        expect(found.shape, layer).toEqual(expected.shape);
        expect(network.channels(layer)).toBe(expected.shape[1]);
        expect(relativeError(found.y, expected.data), layer).toBeLessThan(1e-5);
        expect(
          relativeError(found.grad, golden.tensors.get(`${layer}/grad`)!.data),
          `${layer} gradient`,
        ).toBeLessThan(1e-4);
      }
    },
  );
});

/** A small network written with operators by their ONNX names. */
class Writer {
  readonly graph = new g.Graph();
  private seed = 500;

  /** Input `data` of pixels. */
  picture(shape: readonly number[]): g.Tensor {
    return this.graph.input('data', shape);
  }

  weight(shape: readonly number[], scale = 0.5): g.Tensor {
    const count = shape.reduce((a, b) => a * b, 1);
    return this.graph.constant(
      goldenValues(count, this.seed++).map((v) => scale * v),
      shape,
    );
  }

  /** A node; its shape is only known to ONNX Runtime. */
  node(
    type: string,
    inputs: readonly (g.Tensor | undefined)[],
    attributes: Record<string, object> = {},
    shape: readonly number[] = [1, 1, 1, 1],
  ) {
    return this.graph.node(type, inputs, shape, { attributes: attributes as never });
  }

  /** A layer under a name of its own. */
  layer(name: string, tensor: g.Tensor): g.Tensor {
    this.graph.output(name, tensor);
    return tensor;
  }
}

/** The layers of the file itself, run by ONNX Runtime. */
async function byOnnxRuntime(bytes: Uint8Array, shape: number[], data: Float32Array) {
  const session = await openSession(bytes, CPU);
  try {
    return await session.run({ data: { dtype: 'float32', shape, data } });
  } finally {
    await session.close();
  }
}

const [H, W] = [13, 16];
const picture = { height: H, width: W, data: goldenPixels(3 * H * W, 31).map((v) => v / 100) };

/** One operator each after a convolution: what it makes of the picture. */
const OPERATORS: Record<string, (w: Writer, x: g.Tensor) => g.Tensor> = {
  LRN: (w, x) =>
    w.node('LRN', [x], {
      size: { int: 3 },
      alpha: { float: 0.3 },
      beta: { float: 0.6 },
      bias: { float: 1.5 },
    }),
  PRelu: (w, x) => w.node('PRelu', [x, w.weight([6, 1, 1])]),
  Elu: (w, x) => w.node('Elu', [x], { alpha: { float: 0.7 } }),
  HardSigmoid: (w, x) => w.node('HardSigmoid', [x], { alpha: { float: 0.3 } }),
  Tanh: (w, x) => w.node('Tanh', [x]),
  Abs: (w, x) => w.node('Abs', [w.node('Neg', [x])]),
  'Exp, Sqrt': (w, x) => w.node('Sqrt', [w.node('Exp', [x])]),
  'Sub and Div by a constant': (w, x) =>
    w.node('Div', [w.node('Sub', [x, w.weight([1, 6, 1, 1])]), w.graph.constant(Float32Array.of(1.5), [1])]),
  'Max, Min and Sum of three': (w, x) => {
    const y = w.node('Mul', [x, w.weight([6, 1, 1], 2)]);
    return w.node('Sum', [w.node('Max', [x, y]), w.node('Min', [x, y]), y]);
  },
  'Clip without an upper limit': (w, x) => w.node('Clip', [x, w.graph.scalar(0.25)]),
  'Split and Concat': (w, x) => {
    w.graph.nodes.push({
      type: 'Split',
      domain: '',
      inputs: [x.name, w.graph.ints([2, 4]).name],
      outputs: ['part/0', 'part/1'],
      attributes: { axis: { int: 1 } },
    });
    const part = (i: number) => ({ ...x, name: `part/${i}` });
    return w.node('Concat', [part(1), part(0), x], { axis: { int: -3 } });
  },
  'Pad with zeros': (w, x) => w.node('Pad', [x, w.graph.ints([0, 0, 1, 2, 0, 0, 3, 0])]),
  'Pad by reflection': (w, x) =>
    w.node('Pad', [x, w.graph.ints([0, 0, 1, 2, 0, 0, 3, 0])], { mode: { text: 'reflect' } }),
  'Pad with the edge': (w, x) =>
    w.node('Pad', [x, w.graph.ints([0, 0, 1, 2, 0, 0, 3, 0])], { mode: { text: 'edge' } }),
  'AveragePool that counts padding': (w, x) =>
    w.node('AveragePool', [x], {
      kernel_shape: { ints: [3, 3] },
      strides: { ints: [2, 2] },
      pads: { ints: [1, 1, 1, 1] },
      count_include_pad: { int: 1 },
    }),
  'AveragePool that does not, with ceil': (w, x) =>
    w.node('AveragePool', [x], {
      kernel_shape: { ints: [3, 3] },
      strides: { ints: [2, 2] },
      pads: { ints: [0, 0, 1, 1] },
      ceil_mode: { int: 1 },
    }),
  'MaxPool with SAME_UPPER': (w, x) =>
    w.node('MaxPool', [x], {
      kernel_shape: { ints: [3, 3] },
      strides: { ints: [2, 2] },
      auto_pad: { text: 'SAME_UPPER' },
    }),
  'MaxPool with ceil': (w, x) =>
    w.node('MaxPool', [x], {
      kernel_shape: { ints: [3, 2] },
      strides: { ints: [2, 2] },
      ceil_mode: { int: 1 },
    }),
  'Conv with SAME_LOWER': (w, x) =>
    w.node('Conv', [x, w.weight([4, 6, 4, 4])], {
      kernel_shape: { ints: [4, 4] },
      strides: { ints: [2, 2] },
      auto_pad: { text: 'SAME_LOWER' },
    }),
  'Conv with VALID': (w, x) => w.node('Conv', [x, w.weight([4, 6, 3, 3])], { auto_pad: { text: 'VALID' } }),
  'BatchNormalization, Dropout, Identity': (w, x) => {
    const positive = w.graph.constant(Float32Array.of(1, 2, 0.5, 1, 3, 0.7), [6]);
    const normed = w.node('BatchNormalization', [x, w.weight([6]), w.weight([6]), w.weight([6]), positive]);
    return w.node('Identity', [w.node('Dropout', [normed])]);
  },
  'ReduceMean, GlobalAveragePool': (w, x) =>
    w.node('Mul', [
      w.node('Mul', [x, w.node('ReduceMean', [x], { axes: { ints: [-1] } })]),
      w.node('GlobalAveragePool', [x]),
    ]),
  'constants that are reshaped': (w, x) => {
    const column = w.node('Unsqueeze', [w.weight([6]), w.graph.ints([1, 2])]);
    return w.node('Add', [x, w.node('Reshape', [column, w.graph.ints([1, -1, 1, 1])])]);
  },
  'half floats': (w, x) => {
    const half = w.graph.constant(floatsToHalves(goldenValues(6 * 4, 77)), [4, 6, 1, 1]);
    const whole = w.graph.node('Cast', [half], [4, 6, 1, 1], {
      dtype: 'float32',
      attributes: { to: { int: 1 } },
    });
    return w.node('Conv', [x, whole]);
  },
};

test.each(Object.entries(OPERATORS))(
  '%s: features equal ONNX Runtime’s, the gradient is that of differences',
  async (_, make) => {
    const w = new Writer();
    const data = w.picture([1, 3, H, W]);
    const x = w.node('Conv', [data, w.weight([6, 3, 3, 3]), w.weight([6])], {
      pads: { ints: [1, 1, 1, 1] },
    });
    w.layer('some/layer:0', make(w, x));
    const bytes = g.toModel(w.graph);
    const network = onnxNetwork(bytes, { name: 'small.onnx', input: 'plain' });
    const layer = 'some/layer:0';
    const { y, grad } = await featuresAndGradient(network, layer, picture, 60, CPU);
    const expected = await byOnnxRuntime(bytes, [1, 3, H, W], picture.data);
    expect(relativeError(y, expected[layer]!.data as Float32Array)).toBeLessThan(1e-5);

    const direction = goldenValues(picture.data.length, 61);
    const step = 1e-3;
    const moved = async (sign: number) => {
      const data = picture.data.map((v, i) => v + sign * step * direction[i]!);
      const { y } = await featuresAndGradient(network, layer, { ...picture, data }, 60, CPU);
      const weights = goldenValues(y.length, 60);
      return y.reduce((sum, v, i) => sum + v * weights[i]!, 0);
    };
    const slope = ((await moved(1)) - (await moved(-1))) / (2 * step);
    const along = grad.reduce((sum, v, i) => sum + v * direction[i]!, 0);
    // Kinks of a piecewise function within the step cost about as much.
    const size = Math.hypot(...grad) * Math.hypot(...direction);
    expect(Math.abs(slope - along) / size).toBeLessThan(1e-3);
  },
);

test.each<[LossInput, (rgb: number[]) => number[]]>([
  ['plain', (rgb) => rgb],
  ['unit', (rgb) => rgb.map((v) => v / 255)],
  ['vgg', ([r, gr, b]) => [b! - 103.939, gr! - 116.779, r! - 123.68]],
  ['imagenet', (rgb) => rgb.map((v, c) => (v / 255 - [0.485, 0.456, 0.406][c]!) / [0.229, 0.224, 0.225][c]!)],
])('the input %s', async (input, expected) => {
  const w = new Writer();
  w.layer('same', w.node('Identity', [w.picture([1, 3, 1, 1])]));
  const network = onnxNetwork(g.toModel(w.graph), { name: 'same.onnx', input });
  const pixel = [200, 100, 20];
  const of = { height: 1, width: 1, data: Float32Array.from(pixel) };
  const { y } = await featuresAndGradient(network, 'same', of, 1, CPU);
  expected(pixel).forEach((value, c) => {
    expect(y[c]).toBeCloseTo(value, 4);
  });
});

test('a network that takes its channels last, as TensorFlow’s do', async () => {
  const w = new Writer();
  const data = w.picture([1, 8, 8, 3]);
  const x = w.node('Transpose', [data], { perm: { ints: [0, 3, 1, 2] } });
  w.layer('first', w.node('Relu', [w.node('Conv', [x, w.weight([4, 3, 3, 3])])]));
  const bytes = g.toModel(w.graph);
  const network = onnxNetwork(bytes, { name: 'tf.onnx', input: 'plain' });
  const pixels = goldenPixels(3 * 64, 5);
  const { y, shape } = await featuresAndGradient(
    network,
    'first',
    { height: 8, width: 8, data: pixels },
    1,
    CPU,
  );
  expect(shape).toEqual([1, 4, 6, 6]);
  const last = Float32Array.from({ length: 192 }, (_, i) => pixels[(i % 3) * 64 + Math.floor(i / 3)]!);
  const { first } = await byOnnxRuntime(bytes, [1, 8, 8, 3], last);
  expect(relativeError(y, first!.data as Float32Array)).toBeLessThan(1e-5);
});

describe('what cannot be used', () => {
  const network = onnxNetwork(file('squeeze'), { name: 'squeeze.onnx' });

  test('an unknown layer: the error names some that exist', () => {
    expect(() => network.requireLayers(['squeeze/first', 'relu3_3'])).toThrow(
      /^unknown layer 'relu3_3' of squeeze\.onnx: layers that can be used: squeeze\/first, .*, squeeze\/fifth/,
    );
    expect(network.layers()).toContain('/network/fire2/Concat_output_0');
  });

  test('an operator that is not supported: the error names it, its tensor, and the layers before it', () => {
    expect(() => network.requireLayers(['scores'])).toThrow(
      /^the layer scores of squeeze\.onnx cannot be used: the operator Flatten of scores: this operator is not supported; layers that can be used: squeeze\/first, /,
    );
  });

  test('what is no layer of pictures', () => {
    const residual = onnxNetwork(file('mobile'), { name: 'mobile.onnx' });
    expect(() => residual.requireLayers(['scores'])).toThrow(/it has no height and width/);
  });

  test('a picture that is too small says so', () => {
    const graph = new g.Graph();
    const image = graph.input('image', [1, 3, 2, 2]);
    expect(() => network.inGraph(graph).features(image, ['squeeze/third'])).toThrow(
      /^squeeze\.onnx cannot take pictures of 2x2: the operator Conv of .*: frozenConv2d: the kernel 3x3 is larger/,
    );
  });

  test('a file that is no network of pictures', () => {
    expect(() => onnxNetwork(new Uint8Array([1, 2, 3]), { name: 'x.onnx' })).toThrow(
      /^x\.onnx: not an ONNX model/,
    );
    const w = new Writer();
    w.layer('y', w.node('Relu', [w.picture([5, 7])]));
    expect(() => onnxNetwork(g.toModel(w.graph), { name: 'rows.onnx' })).toThrow(
      /^rows\.onnx is no network of pictures: one input \[N, 3, H, W\] is needed, it has data \[5, 7\]/,
    );
  });

  test('a network of grey pictures', () => {
    const w = new Writer();
    w.layer('y', w.node('Conv', [w.picture([1, 1, 28, 28]), w.weight([4, 1, 3, 3])]));
    const grey = onnxNetwork(g.toModel(w.graph), { name: 'grey.onnx' });
    expect(() => grey.requireLayers(['y'])).toThrow(
      /cannot be used: the operator Conv of y: .* needs 1 input channels, got \[1, 3, .*; no layer of it can be used$/,
    );
  });
});

test('a damaged file is used or refused in one line', () => {
  const whole = file('residual');
  let refused = 0;
  for (let seed = 0; seed < 300; seed++) {
    try {
      const network = onnxNetwork(mutated(whole, seed), { name: 'damaged.onnx' });
      network.requireLayers(['residual/second']);
      const graph = new g.Graph();
      network.inGraph(graph).features(graph.input('image', [1, 3, 40, 40]), ['residual/second']);
    } catch (error) {
      expect(error, `seed ${seed}`).toBeInstanceOf(FnsError);
      expect((error as Error).message).not.toContain('\n');
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(100);
});

test('inputs go by their names; caffe is vgg', () => {
  expect(parseLossInput('caffe')).toBe('vgg');
  expect(() => parseLossInput('bgr')).toThrow(/imagenet, vgg \(caffe\), plain or unit is needed/);
});
