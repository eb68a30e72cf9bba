import { describe, expect, test } from 'vitest';
import { encodeStyle } from '../../src/files/style-file.js';
import { Graph, type Tensor, toModel } from '../../src/graph/index.js';
import { ARCHITECTURES, type Architecture } from '../../src/nets/architecture.js';
import { initialParameters, parameterSpecs } from '../../src/nets/parameters.js';
import { transform } from '../../src/nets/transform.js';
import { openSession } from '../../src/node/session.js';
import type { HostTensor } from '../../src/runtime/session.js';
import { readGolden } from '../golden/read.js';
import { GOLDEN_WIDTH, goldenParameters } from '../golden/state.js';
import { goldenPixels } from '../golden/values.js';

const golden = readGolden('networks');
const cpu = { device: 'cpu', threads: 1 } as const;

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  return actual.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i]!)), 0);
}

async function run(architecture: Architecture, mode: 'train' | 'apply', replaced: Map<string, Float32Array>) {
  const shape = JSON.parse(golden.metadata[`image_${architecture}`]!) as number[];
  const graph = new Graph();
  const image = graph.input('image', shape);
  const parameters = new Map<string, Tensor>();
  for (const [name, { shape, data }] of goldenParameters(architecture)) {
    parameters.set(name, graph.constant(replaced.get(name) ?? data, shape, { name }));
  }
  const result = transform(image, parameters, { architecture, mode });
  graph.output('stylized', result.image);
  for (const [name, value] of result.running) graph.output(`running/${name}`, value);
  const session = await openSession(toModel(graph), cpu);
  const size = shape.reduce((a, b) => a * b, 1);
  const feeds: Record<string, HostTensor> = {
    image: { dtype: 'float32', shape, data: goldenPixels(size, 7) },
  };
  const results = await session.run(feeds);
  await session.close();
  return results;
}

describe('transform networks equal PyTorch', () => {
  // PyTorch's own float32 is up to 1.1e-3 of 255 away from the float64 reference.
  test.each(ARCHITECTURES)('%s, training mode', async (architecture) => {
    const results = await run(architecture, 'train', new Map());
    const expected = golden.tensors.get(`${architecture}/stylized`)!.data;
    expect(largestDifference(results.stylized!.data as Float32Array, expected)).toBeLessThan(5e-3);
  });

  test.each(['source', 'modern'] as const)('%s, fused normalisation', async (architecture) => {
    const results = await run(architecture, 'apply', new Map());
    const expected = golden.tensors.get(`${architecture}/stylized`)!.data;
    expect(largestDifference(results.stylized!.data as Float32Array, expected)).toBeLessThan(5e-3);
  });

  test('paper, running statistics after one batch', async () => {
    const results = await run('paper', 'train', new Map());
    const names = Object.keys(results).filter((n) => n.startsWith('running/'));
    expect(names).toHaveLength(30);
    for (const name of names) {
      const expected = golden.tensors.get(name.replace('running/', 'paper/updated/'))!.data;
      expect(largestDifference(results[name]!.data as Float32Array, expected), name).toBeLessThan(2e-3);
    }
  });

  test('paper, with running statistics', async () => {
    const settled = new Map(
      parameterSpecs('paper', GOLDEN_WIDTH)
        .filter((s) => s.role === 'mean' || s.role === 'variance')
        .map((s) => [s.name, golden.tensors.get(`paper/settled/${s.name}`)!.data]),
    );
    const results = await run('paper', 'apply', settled);
    const expected = golden.tensors.get('paper/inference-settled')!.data;
    expect(largestDifference(results.stylized!.data as Float32Array, expected)).toBeLessThan(5e-3);
  });
});

describe('parameters', () => {
  // 1,679,235 is jcjohnson's network with affine instance norms; the biases before norms cancel and are left out here.
  test('modern of width 32 has the published count without the cancelled biases', () => {
    const count = parameterSpecs('modern', 32).reduce((n, s) => n + s.shape.reduce((a, b) => a * b, 1), 0);
    const cancelled = 32 + 64 + 128 + 10 * 128 + 64 + 32;
    expect(count).toBe(1_679_235 - cancelled);
  });

  test('starting values have the stated spread', () => {
    const source = initialParameters('source', 8, 1).get('res1.conv1.weight')!.data;
    expect(Math.max(...source.map(Math.abs))).toBeLessThanOrEqual(0.2);
    // A normal cut at two sigma has a standard deviation of 0.8796 sigma.
    const deviation = Math.sqrt(source.reduce((s, v) => s + v * v, 0) / source.length);
    expect(deviation).toBeCloseTo(0.08796, 2);
    const modern = initialParameters('modern', 8, 1).get('res1.conv1.weight')!.data;
    expect(Math.max(...modern.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(32 * 9));
  });
});

describe('style files', () => {
  test.each(ARCHITECTURES)('%s keeps every size from 1x1 up', async (architecture) => {
    const bytes = encodeStyle({
      info: {
        name: 'test',
        architecture,
        width: 4,
        steps: 0,
        seed: 0,
        lossNetwork: 'vgg16',
        config: '{}',
        licence: '',
      },
      parameters: initialParameters(architecture, 4, 3),
    });
    const session = await openSession(bytes, cpu);
    for (const [h, w] of [
      [1, 1],
      [1, 40],
      [7, 3],
      [16, 16],
      [17, 33],
      [50, 21],
      [64, 61],
    ] as const) {
      const data = goldenPixels(3 * h * w, 5);
      const { stylized } = await session.run({ image: { dtype: 'float32', shape: [1, 3, h, w], data } });
      expect(stylized!.shape).toEqual([1, 3, h, w]);
      expect((stylized!.data as Float32Array).every((v) => v >= 0 && v <= 255)).toBe(true);
    }
    await session.close();
  });

  test('a picture whose sides are multiples of 4 gets what the bare network gives', async () => {
    const parameters = goldenParameters('modern');
    const bytes = encodeStyle({
      info: {
        name: 't',
        architecture: 'modern',
        width: 4,
        steps: 0,
        seed: 0,
        lossNetwork: '',
        config: '{}',
        licence: '',
      },
      parameters,
    });
    const session = await openSession(bytes, cpu);
    const data = goldenPixels(2 * 3 * 32 * 32, 7).subarray(0, 3 * 32 * 32);
    const { stylized } = await session.run({
      image: { dtype: 'float32', shape: [1, 3, 32, 32], data: data.slice() },
    });
    await session.close();
    const expected = golden.tensors.get('modern/stylized')!.data.slice(0, data.length);
    const clipped = expected.map((v) => Math.min(255, Math.max(0, v)));
    expect(largestDifference(stylized!.data as Float32Array, clipped)).toBeLessThan(5e-3);
  });
});
