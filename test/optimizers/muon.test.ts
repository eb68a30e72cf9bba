import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Graph, type Tensor, toModel } from '../../src/graph/index.js';
import { openSession } from '../../src/node/session.js';
import { muonOptimizer, orthogonalised } from '../../src/optimizers/muon.js';
import { goldenValues } from '../golden/values.js';
import { type TestDevice, testDevices } from '../runtime/devices.js';

/** Made by singular values: golden/muon.py. */
const golden = JSON.parse(readFileSync(new URL('../golden/muon.json', import.meta.url), 'utf8')) as Record<
  string,
  number[]
>;

type Feeds = Record<string, { shape: number[]; data: Float32Array }>;

/** The outputs of a small graph. */
async function run(
  device: TestDevice,
  build: (input: (name: string, shape: number[]) => Tensor) => Record<string, Tensor>,
  feeds: Feeds,
) {
  const graph = new Graph();
  for (const [name, tensor] of Object.entries(build((name, shape) => graph.input(name, shape)))) {
    graph.output(`next/${name}`, tensor);
  }
  const session = await openSession(toModel(graph), device.options);
  try {
    const inputs = Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      { dtype: 'float32' as const, shape, data },
    ]);
    return await session.run(Object.fromEntries(inputs));
  } finally {
    await session.close();
  }
}

function expectNear(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i]! - value)).toBeLessThan(tolerance);
  });
}

test.each(testDevices())('Muon orthogonalises as singular values say, on $name', async (device) => {
  for (const [rows, columns] of [
    [6, 10],
    [10, 6],
    [5, 5],
  ] as const) {
    const { 'next/y': y } = await run(
      device,
      (input) => ({ y: orthogonalised(input('m', [rows, columns])) }),
      {
        m: { shape: [rows, columns], data: goldenValues(rows * columns, 1) },
      },
    );
    expectNear(y!.data as Float32Array, golden[`orthogonalised/${rows}x${columns}`]!, 1e-4);
  }
});

test.each(testDevices())('three updates of Muon are those of singular values, on $name', async (device) => {
  const shape = [4, 3, 3, 3];
  let parameter = goldenValues(108, 2);
  let m = new Float32Array(108);
  for (const seed of [3, 4, 5]) {
    const results = await run(
      device,
      (input) => {
        const state = { parameter: input('p', shape), slots: [input('m', shape)] };
        const next = muonOptimizer.update(state, input('g', shape), { scalar: (name) => input(name, []) });
        return { parameter: next.parameter, m: next.slots[0]! };
      },
      {
        p: { shape, data: parameter },
        m: { shape, data: m },
        g: { shape, data: goldenValues(108, seed) },
        learning_rate: { shape: [], data: Float32Array.of(muonOptimizer.scalars(0.01, 1).learning_rate!) },
      },
    );
    parameter = results['next/parameter']!.data as Float32Array<ArrayBuffer>;
    m = results['next/m']!.data as Float32Array<ArrayBuffer>;
  }
  expectNear(parameter, golden.update!, 1e-5);
});
