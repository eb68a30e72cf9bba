import { describe, expect, test } from 'vitest';
import { Graph, instanceNorm, symbol, toModel } from '../../src/graph/index.js';
import { openSession } from '../../src/node/session.js';
import { goldenValues } from '../golden/values.js';
import { testDevices } from '../runtime/devices.js';

/** Pictures of `offset` +- `amplitude`. */
const CASES = [
  { offset: 0, amplitude: 1, epsilon: 1e-5 },
  { offset: 250, amplitude: 2, epsilon: 1e-5 },
  { offset: 1000, amplitude: 0.5, epsilon: 1e-5 },
  { offset: 250, amplitude: 2, epsilon: 1e-9 },
  { offset: 0, amplitude: 1e-4, epsilon: 1e-9 },
  { offset: 255, amplitude: 0, epsilon: 1e-5 },
  { offset: 255, amplitude: 0, epsilon: 1e-9 },
];

const [CHANNELS, HEIGHT, WIDTH] = [3, 40, 24];

/** The definition, in float64. */
function definition(x: Float32Array, epsilon: number): Float64Array {
  const pixels = HEIGHT * WIDTH;
  const y = new Float64Array(x.length);
  for (let c = 0; c < CHANNELS; c++) {
    const plane = x.subarray(c * pixels, (c + 1) * pixels);
    const mean = plane.reduce((sum, v) => sum + v, 0) / pixels;
    const variance = plane.reduce((sum, v) => sum + (v - mean) ** 2, 0) / pixels;
    plane.forEach((v, i) => {
      y[c * pixels + i] = (v - mean) / Math.sqrt(variance + epsilon);
    });
  }
  return y;
}

describe.each(testDevices())('fused instance norm on $name is the definition', ({ options }) => {
  test.each(CASES)('$offset +- $amplitude, epsilon $epsilon', async ({ offset, amplitude, epsilon }) => {
    const shape = [1, CHANNELS, HEIGHT, WIDTH];
    const data = goldenValues(CHANNELS * HEIGHT * WIDTH, 7).map((v) => offset + amplitude * v);
    const graph = new Graph();
    const x = graph.input('x', [1, CHANNELS, symbol('H'), symbol('W')]);
    graph.output('y', instanceNorm(x, { epsilon, form: 'fused' }));
    const session = await openSession(toModel(graph), options);
    const { y } = await session.run({ x: { dtype: 'float32', shape, data } });
    await session.close();
    const expected = definition(data, epsilon);
    const worst = (y!.data as Float32Array).reduce((w, v, i) => Math.max(w, Math.abs(v - expected[i]!)), 0);
    expect(worst).toBeLessThan(1e-3);
  });
});
