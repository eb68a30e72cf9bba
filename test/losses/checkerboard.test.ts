import { expect, test } from 'vitest';
import { checkerboardLoss } from '../../src/losses/checkerboard.js';
import { goldenPixels } from '../golden/values.js';
import { comparison } from './comparison.js';

const SHAPE = [2, 3, 16, 24];
const COUNT = 2304;

const evaluate = comparison((a, b) => checkerboardLoss(a, b, 4), SHAPE);

/** A picture whose value depends on the row and the column. */
function pattern(value: (row: number, column: number) => number): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, i) => value(Math.floor(i / 24) % 16, i % 24));
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

test('what is even, and what repeats with another period, is no checkerboard', async () => {
  const zeros = new Float32Array(COUNT);
  expect((await evaluate(new Float32Array(COUNT).fill(40), zeros)).loss).toBeLessThan(1e-9);
  // Every place of a block meets every value of a period of 16 equally often.
  const other = pattern((row) => 20 * Math.cos((Math.PI / 8) * row));
  expect((await evaluate(other, zeros)).loss).toBeLessThan(1e-6);
});

test('a pattern of period 4 counts by its mean square, and noise hardly', async () => {
  const zeros = new Float32Array(COUNT);
  const repeated = pattern((row, column) => (row % 4 === 1 && column % 4 === 2 ? 16 : 0));
  // Mean square 16, of which the mean of all places is 1 squared.
  expect((await evaluate(repeated, zeros)).loss).toBeCloseTo(15, 3);
  const noise = goldenPixels(COUNT, 5).map((v) => (v - 127.5) / 10);
  const square = noise.reduce((sum, v) => sum + v * v, 0) / COUNT;
  expect((await evaluate(noise, zeros)).loss).toBeLessThan(square / 8);
});

test('the gradient of the checkerboard loss equals central differences', async () => {
  const [picture, target] = [goldenPixels(COUNT, 2), goldenPixels(COUNT, 3)];
  const { gradient } = await evaluate(picture, target);
  for (const i of [0, 9, 777, 1500, 2303]) {
    const moved = (by: number) => picture.map((v, k) => (k === i ? v + by : v));
    const [up, down] = [await evaluate(moved(4), target), await evaluate(moved(-4), target)];
    expect(gradient[i]).toBeCloseTo((up.loss - down.loss) / 8, 4);
  }
});
