import { expect, test } from 'vitest';
import { uniformValues } from '../../src/core/random.js';
import type { FloatTensor } from '../../src/core/safetensors.js';
import { Graph, toModel } from '../../src/graph/index.js';
import { requireLayers, vgg } from '../../src/nets/vgg.js';
import { endpointName, parseLayer, VGG_STAGES, vggLayers } from '../../src/nets/vgg-layers.js';
import { openSession } from '../../src/node/session.js';

const CHANNELS = 4;

/** VGG16 with 4 channels everywhere and 10 classes: the whole network, small. */
function thinVgg16(): Map<string, FloatTensor> {
  const weights = new Map<string, FloatTensor>();
  const put = (name: string, shape: number[]) => {
    const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
    const values = uniformValues(shape[0]! * fanIn, weights.size, Math.sqrt(6 / fanIn));
    weights.set(`${name}.weight`, { shape, data: values });
    weights.set(`${name}.bias`, { shape: [shape[0]!], data: new Float32Array(shape[0]!).fill(0.1) });
  };
  let cin = 3;
  VGG_STAGES.vgg16.forEach((count, s) => {
    for (let i = 1; i <= count; i++) {
      put(`conv${s + 1}_${i}`, [CHANNELS, cin, 3, 3]);
      cin = CHANNELS;
    }
  });
  put('fc6', [8, CHANNELS, 7, 7]);
  put('fc7', [8, 8, 1, 1]);
  put('fc8', [10, 8, 1, 1]);
  return weights;
}

test('layers go by their TF-slim endpoints and by their short names', () => {
  expect(parseLayer('relu1_2', 'vgg16')).toBe('relu1_2');
  expect(parseLayer('conv3_3', 'vgg16')).toBe('relu3_3');
  expect(parseLayer('vgg_16/conv4/conv4_3', 'vgg16')).toBe('relu4_3');
  expect(parseLayer('vgg_16/pool5', 'vgg16')).toBe('pool5');
  expect(parseLayer('vgg_16/fc6', 'vgg16')).toBe('fc6');
  for (const layer of vggLayers('vgg19'))
    expect(parseLayer(endpointName(layer, 'vgg19'), 'vgg19')).toBe(layer);
  expect(() => parseLayer('relu3_4', 'vgg16')).toThrow(/unknown layer 'relu3_4' of vgg16/);
  expect(() => parseLayer('vgg_19/conv1/conv1_1', 'vgg16')).toThrow(/unknown layer/);
});

test('the networks have 13 and 16 convolutions and three fully connected layers', () => {
  const convolutions = (network: 'vgg16' | 'vgg19') =>
    vggLayers(network).filter((l) => l.startsWith('relu')).length;
  expect([convolutions('vgg16'), convolutions('vgg19')]).toEqual([13, 16]);
  expect(vggLayers('vgg16').slice(-4)).toEqual(['pool5', 'fc6', 'fc7', 'fc8']);
});

test('the whole network: a 224x224 picture becomes [1, classes], dropout halves and doubles', async () => {
  const graph = new Graph();
  const network = vgg(graph, 'vgg16', thinVgg16());
  const image = graph.input('image', [1, 3, 224, 224]);
  const plain = network.features(image, ['pool5', 'fc6', 'fc7', 'fc8']);
  expect(plain.get('pool5')!.shape).toEqual([1, CHANNELS, 7, 7]);
  expect(plain.get('fc7')!.shape).toEqual([1, 8, 1, 1]);
  expect(plain.get('fc8')!.shape).toEqual([1, 10]);
  const noise = { fc6: graph.input('n6', [1, 8, 1, 1]), fc7: graph.input('n7', [1, 8, 1, 1]) };
  const dropped = network.features(image, ['fc6'], { dropoutNoise: noise });
  graph.output('scores', plain.get('fc8')!);
  graph.output('fc6', plain.get('fc6')!);
  graph.output('dropped', dropped.get('fc6')!);
  const session = await openSession(toModel(graph), { device: 'cpu', threads: 1 });
  const n6 = Float32Array.of(0.1, 0.9, 0.4, 0.6, 0.49, 0.5, 0, 1);
  const results = await session.run({
    image: {
      dtype: 'float32',
      shape: [1, 3, 224, 224],
      data: uniformValues(3 * 224 * 224, 1, 127).map((v) => v + 128),
    },
    n6: { dtype: 'float32', shape: [1, 8, 1, 1], data: n6 },
    n7: { dtype: 'float32', shape: [1, 8, 1, 1], data: n6 },
  });
  await session.close();
  expect(results.scores!.shape).toEqual([1, 10]);
  const fc6 = results.fc6!.data as Float32Array;
  const kept = Array.from(fc6, (v, i) => (n6[i]! >= 0.5 ? 2 * v : 0));
  expect(Array.from(results.dropped!.data as Float32Array)).toEqual(kept);
});

test('a larger picture keeps its space after the classifier', () => {
  const graph = new Graph();
  const image = graph.input('image', [1, 3, 256, 288]);
  expect(vgg(graph, 'vgg16', thinVgg16()).features(image, ['fc8']).get('fc8')!.shape).toEqual([1, 10, 2, 3]);
});

test('weights that end early serve the layers they have, and name the first that is missing', () => {
  const weights = new Map<string, FloatTensor>();
  const shapes = { conv1_1: [64, 3, 3, 3], conv1_2: [64, 64, 3, 3] };
  for (const [name, shape] of Object.entries(shapes)) {
    weights.set(`${name}.weight`, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
    weights.set(`${name}.bias`, { shape: [64], data: new Float32Array(64) });
  }
  requireLayers('vgg16', weights, ['relu1_1', 'relu1_2']);
  expect(() => requireLayers('vgg16', weights, ['relu2_2'])).toThrow(/no conv2_1.*end at conv1_2/);
  weights.get('conv1_2.weight')!.shape = [64, 32, 3, 3];
  expect(() => requireLayers('vgg16', weights, ['relu1_2'])).toThrow(
    /conv1_2\.weight is \[64, 32, 3, 3\], expected \[64, 64, 3, 3\]/,
  );
});
