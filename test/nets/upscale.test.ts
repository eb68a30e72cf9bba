import { describe, expect, test } from 'vitest';
import { Graph, sizeOf, type Tensor, toModel } from '../../src/graph/index.js';
import {
  initialUpscaleParameters,
  UPSCALE_ARCHITECTURES,
  type UpscaleNetwork,
  upscale,
  upscaleSpecs,
} from '../../src/nets/upscale.js';
import { openSession } from '../../src/node/session.js';
import { openPairTrainer } from '../../src/train/pair-trainer.js';
import { readGolden, relativeError } from '../golden/read.js';
import { goldenPictures, goldenPixels, goldenState } from '../golden/values.js';

const golden = readGolden('upscale');
const cpu = { device: 'cpu', threads: 1 } as const;
const INPUTS: Record<number, number[]> = { 2: [2, 3, 12, 10], 4: [2, 3, 12, 10], 8: [1, 3, 6, 5] };

function goldenParameters(network: UpscaleNetwork) {
  const shapes = new Map(upscaleSpecs(network).map(({ name, shape }) => [name, shape]));
  const transposed = new Set([...shapes.keys()].filter((name) => name.startsWith('up')));
  const values = goldenState(shapes, transposed);
  return new Map([...shapes].map(([name, shape]) => [name, { shape, data: values.get(name)! }]));
}

describe.each(UPSCALE_ARCHITECTURES)('%s equals PyTorch', (architecture) => {
  test.each([2, 4, 8])('x%d', async (factor) => {
    const network = { architecture, factor, width: 4, blocks: 2 };
    const shape = INPUTS[factor]!;
    const graph = new Graph();
    const parameters = new Map<string, Tensor>();
    for (const [name, { shape, data }] of goldenParameters(network)) {
      parameters.set(name, graph.constant(data, shape, { name }));
    }
    const { image, running } = upscale(graph.input('image', shape), parameters, network, 'train');
    graph.output('upscaled', image);
    for (const [name, value] of running) graph.output(`running/${name}`, value);
    const session = await openSession(toModel(graph), cpu);
    const results = await session.run({
      image: { dtype: 'float32', shape, data: goldenPixels(sizeOf(shape), 7) },
    });
    await session.close();
    const expected = golden.tensors.get(`${architecture}/x${factor}`)!;
    expect(results.upscaled!.shape).toEqual(expected.shape);
    expect(relativeError(results.upscaled!.data as Float32Array, expected.data)).toBeLessThan(2e-5);
    if (architecture !== 'paper' || factor !== 4) return;
    const names = Object.keys(results).filter((name) => name.startsWith('running/'));
    expect(names).toHaveLength(14);
    for (const name of names) {
      const updated = golden.tensors.get(name.replace('running/', 'paper/updated/'))!.data;
      expect(relativeError(results[name]!.data as Float32Array, updated), name).toBeLessThan(1e-5);
    }
  });
});

test('three steps of Adam on the pixel loss equal PyTorch', async () => {
  const network: UpscaleNetwork = { architecture: 'modern', factor: 4, width: 4, blocks: 2 };
  const trainer = await openPairTrainer({
    network: {
      specs: upscaleSpecs(network),
      apply: (image, parameters, mode) => upscale(image, parameters, network, mode),
    },
    batch: 2,
    inputSize: [12, 10],
    losses: { pixel: 1, features: [], tv: 0, checkerboard: 0, spectrum: 0 },
    rate: { learningRate: 1e-3, schedule: 'constant' },
    init: goldenParameters(network),
    openSession,
    session: cpu,
  });
  const batch = { input: goldenPictures([2, 3, 12, 10], 7), target: goldenPictures([2, 3, 48, 40], 9) };
  const losses = [];
  for (let i = 0; i < 3; i++) losses.push((await trainer.step(batch, 0)).losses.pixel!);
  const stepped = (await trainer.parameters()).get('out.conv.weight')!.data;
  await trainer.close();
  expect(relativeError(losses, golden.tensors.get('modern/losses')!.data)).toBeLessThan(1e-4);
  expect(relativeError(stepped, golden.tensors.get('modern/stepped')!.data)).toBeLessThan(1e-4);
});

test('modern starts near the bicubic picture', async () => {
  const network: UpscaleNetwork = { architecture: 'modern', factor: 4, width: 16, blocks: 2 };
  const graph = new Graph();
  const parameters = new Map(
    [...initialUpscaleParameters(network, 0)].map(([name, { shape, data }]) => [
      name,
      graph.constant(data, shape, { name }),
    ]),
  );
  const image = graph.input('image', [1, 3, 8, 8]);
  graph.output('upscaled', upscale(image, parameters, network, 'apply').image);
  const session = await openSession(toModel(graph), cpu);
  const flat = new Float32Array(192).fill(100);
  const { upscaled } = await session.run({ image: { dtype: 'float32', shape: [1, 3, 8, 8], data: flat } });
  await session.close();
  const difference = (upscaled!.data as Float32Array).map((v) => Math.abs(v - 100));
  expect(Math.max(...difference)).toBeLessThan(10);
});
