import { expect, test } from 'vitest';
import { Graph, gradients, toModel } from '../../src/graph/index.js';
import { checkerboardLoss } from '../../src/losses/checkerboard.js';
import { openSession } from '../../src/runtime/node.js';
import { goldenPixels } from '../golden/values.js';

const SHAPE = [2, 3, 6, 8];
const COUNT = 288;

/** The loss of a picture against another and its gradient to the picture. */
async function evaluate(picture: Float32Array, target: Float32Array) {
  const graph = new Graph();
  const [a, b] = [graph.input('a', SHAPE), graph.input('b', SHAPE)];
  const loss = checkerboardLoss(a, b);
  graph.output('loss', loss);
  graph.output('gradient', gradients(loss, [a])[0]!);
  const session = await openSession(toModel(graph), { device: 'cpu', threads: 1 });
  try {
    const tensor = (data: Float32Array) => ({ dtype: 'float32' as const, shape: SHAPE, data });
    const results = await session.run({ a: tensor(picture), b: tensor(target) });
    return {
      loss: Number(results.loss!.data[0]),
      gradient: results.gradient!.data as Float32Array,
    };
  } finally {
    await session.close();
  }
}

/** A picture whose value depends on the row and the column. */
function pattern(value: (row: number, column: number) => number): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, i) => value(Math.floor(i / 8) % 6, i % 8));
}

test.each([
  ['a checkerboard', (row: number, column: number) => 5 * (-1) ** (row + column)],
  ['stripes along rows', (row: number) => 5 * (-1) ** row],
  ['stripes along columns', (_: number, column: number) => 5 * (-1) ** column],
])('the checkerboard loss of %s is its amplitude squared', async (_, value) => {
  const target = goldenPixels(COUNT, 1);
  const added = pattern(value);
  const { loss } = await evaluate(
    target.map((v, i) => v + added[i]!),
    target,
  );
  expect(loss).toBeCloseTo(25, 3);
});

test('what varies evenly is no checkerboard, what varies slowly hardly one', async () => {
  const zeros = new Float32Array(COUNT);
  const even = pattern((row, column) => 3 * row - 7 * column + 11);
  expect((await evaluate(even, zeros)).loss).toBeLessThan(1e-9);
  const slow = pattern((row) => 20 * Math.cos((Math.PI / 4) * row));
  expect((await evaluate(slow, zeros)).loss).toBeLessThan(0.1);
});

test('the gradient of the checkerboard loss equals central differences', async () => {
  const [picture, target] = [goldenPixels(COUNT, 2), goldenPixels(COUNT, 3)];
  const { gradient } = await evaluate(picture, target);
  for (const i of [0, 9, 77, 150, 287]) {
    const moved = (by: number) => picture.map((v, k) => (k === i ? v + by : v));
    const [up, down] = [await evaluate(moved(4), target), await evaluate(moved(-4), target)];
    expect(gradient[i]).toBeCloseTo((up.loss - down.loss) / 8, 3);
  }
});
