import { expect, test } from 'vitest';
import * as g from '../../src/graph/index.js';
import { openSession } from '../../src/node/session.js';

/** The values of tensors without inputs. */
async function valuesOf(graph: g.Graph, tensors: readonly g.Tensor[]): Promise<number[][]> {
  tensors.forEach((tensor, i) => {
    graph.output(`out${i}`, tensor);
  });
  const session = await openSession(g.toModel(graph));
  try {
    const results = await session.run({});
    return tensors.map((_, i) => Array.from(results[`out${i}`]!.data as Float32Array));
  } finally {
    await session.close();
  }
}

test('the operators of a backward pass are not recorded: nothing of it is walked or kept', () => {
  const graph = new g.Graph();
  const x = graph.input('x', [2, 3, 8, 8]);
  const weight = graph.input('w', [4, 3, 3, 3]);
  const y = g.relu(g.instanceNorm(g.conv2d(g.reflectPad(x, g.allSides(1)), weight), { epsilon: 1e-5 }));
  const loss = g.mean(g.square(g.maxPool2d(y, 2)));
  const before = graph.operations.slice();
  expect(before.map((o) => o.operator)).toEqual([
    'reflectPad',
    'conv2d',
    'instanceNorm',
    'relu',
    'maxPool2d',
    'square',
    'mean',
  ]);
  g.gradients(loss, [x, weight]);
  expect(graph.operations).toEqual(before);
});

test('a rule may apply any operator, and stands for those of the forward value', async () => {
  const graph = new g.Graph();
  const x = graph.constant(Float32Array.of(2, 3), [2]);
  const cube = graph.operator(
    'cube',
    [x],
    () => g.mul(g.square(x), x),
    (dy) => [g.mul(dy, g.scale(g.square(x), 3))],
  );
  expect(graph.operations.map((o) => o.operator)).toEqual(['cube']);
  const [gradient] = g.gradients(g.sum(cube), [x]);
  expect(await valuesOf(graph, [gradient!])).toEqual([[12, 27]]);
});

test('an operator with nothing to do gives its input back, whose gradient counts once', async () => {
  const graph = new g.Graph();
  const x = graph.constant(Float32Array.of(1, 2), [1, 1, 1, 2]);
  expect(g.concat([x], 1)).toBe(x);
  expect(g.zeroPad(x, g.allSides(0))).toBe(x);
  expect(g.sum(x, { axes: [] })).toBe(x);
  expect(graph.operations).toEqual([]);
  const [gradient] = g.gradients(g.sum(g.scale(g.concat([x], 1), 5)), [x]);
  expect(await valuesOf(graph, [gradient!])).toEqual([[5, 5]]);
});

test('the gradient of a padding is the inner part, of any axes and with any value', async () => {
  const graph = new g.Graph();
  const x = graph.constant(Float32Array.of(1, 2, 3), [3, 1]);
  const padded = g.pad(x, [1, 0], [0, 2], 7);
  const factors = graph.constant(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [4, 3],
  );
  const [gradient] = g.gradients(g.sum(g.mul(padded, factors)), [x]);
  expect(await valuesOf(graph, [padded, gradient!])).toEqual([
    [7, 7, 7, 1, 7, 7, 2, 7, 7, 3, 7, 7],
    [3, 6, 9],
  ]);
});

test('an error inside an unrecorded part does not leave recording off', () => {
  const graph = new g.Graph();
  const x = graph.input('x', [2]);
  expect(() =>
    graph.unrecorded(() => {
      throw new Error('no');
    }),
  ).toThrow('no');
  g.relu(x);
  expect(graph.operations).toHaveLength(1);
});
