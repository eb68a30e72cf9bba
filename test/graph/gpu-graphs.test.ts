import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../src/graph/dim.js';
import * as g from '../../src/graph/index.js';
import { openSession } from '../../src/node/session.js';
import { relativeError } from '../golden/read.js';
import { goldenValues } from '../golden/values.js';
import { testDevices } from '../runtime/devices.js';

type T = g.Tensor;

/**
 * Sums over enough pixels that a graph for a GPU cuts them. `ops.test.ts` compares the same operators with PyTorch,
 * uncut.
 */
const CASES: Record<string, { shapes: number[][]; apply: (xs: T[]) => T }> = {
  'convolution of three channels, whose horizontal taps are joined': {
    shapes: [
      [2, 3, 44, 36],
      [8, 3, 5, 5],
    ],
    apply: ([x, weight]) => g.conv2d(x!, weight!, { pad: 2 }),
  },
  'convolution of many channels': {
    shapes: [
      [1, 100, 24, 34],
      [7, 100, 3, 3],
    ],
    apply: ([x, weight]) => g.conv2d(x!, weight!, { pad: 1 }),
  },
  'convolution of stride 2': {
    shapes: [
      [3, 4, 48, 64],
      [6, 4, 3, 3],
    ],
    apply: ([x, weight]) => g.conv2d(x!, weight!, { pad: 1, stride: 2 }),
  },
  'convolution of a height that is prime': {
    shapes: [
      [1, 4, 37, 40],
      [6, 4, 1, 1],
    ],
    apply: ([x, weight]) => g.conv2d(x!, weight!),
  },
  'Gram matrices': { shapes: [[2, 5, 64, 48]], apply: ([x]) => g.channelProducts(x!) },
  'sum of all': { shapes: [[2, 3, 20, 30]], apply: ([x]) => g.mul(g.sum(x!, { keepDims: true }), x!) },
  'sum of squares': { shapes: [[2, 3, 20, 30]], apply: ([x]) => g.sumOfSquares(x!) },
};

describe.each(testDevices())('graphs for a GPU, on $name', ({ options }) => {
  test.each(Object.entries(CASES))(
    '%s: the values and gradients of graphs for a CPU',
    async (_, { shapes, apply }) => {
      const run = async (gpu: boolean) => {
        const graph = new g.Graph({ gpu });
        const xs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
        const y = apply(xs);
        graph.output('y', y);
        const shape = y.shape.map(Number);
        const weights = graph.constant(goldenValues(sizeOf(shape), 99), shape);
        g.gradients(g.sum(g.mul(y, weights)), xs).forEach((dx, i) => {
          graph.output(`dx${i}`, dx);
        });
        const feeds = Object.fromEntries(
          shapes.map((shape, i) => [
            `x${i}`,
            { dtype: 'float32' as const, shape, data: goldenValues(sizeOf(shape), i) },
          ]),
        );
        const session = await openSession(g.toModel(graph), gpu ? options : { device: 'cpu', threads: 1 });
        const results = await session.run(feeds);
        await session.close();
        return { results, nodes: graph.nodes.map(({ type }) => type) };
      };
      const [plain, cut] = [await run(false), await run(true)];
      expect(cut.nodes.length).toBeGreaterThan(plain.nodes.length);
      for (const [name, { data, shape }] of Object.entries(plain.results)) {
        const other = cut.results[name]!;
        expect([...other.shape], name).toEqual([...shape]);
        expect(relativeError(other.data as Float32Array, data as Float32Array), name).toBeLessThan(1e-5);
      }
    },
  );
});
