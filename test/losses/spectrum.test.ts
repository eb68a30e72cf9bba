import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/index.js';
import { spectrumLoss } from '../../src/losses/spectrum.js';
import { goldenPixels } from '../golden/values.js';
import { comparison } from './comparison.js';

const [H, W] = [48, 64];
const SHAPE = [1, 3, H, W];
const COUNT = 3 * H * W;

const evaluate = comparison(spectrumLoss, SHAPE);

/** A wave of so many waves per pixel down and across, the same in all channels. */
function wave(amplitude: number, down: number, across: number, phase = 0): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, i) => {
    const [row, column] = [Math.floor(i / W) % H, i % W];
    return amplitude * Math.cos(2 * Math.PI * (down * row + across * column) + phase);
  });
}

const zeros = new Float32Array(COUNT);

test.each([
  [0.36, 0.19, 0],
  [-0.36, 0.19, 1],
  [0.41, 0.03, 2],
  [0.02, 0.33, 0.5],
])('a wave of %s down and %s across counts by half of its squared amplitude', async (down, across, phase) => {
  const { loss } = await evaluate(wave(6, down, across, phase), zeros);
  // The root of the least power, which is taken off at each of the many frequencies, takes a few per cent.
  expect(loss).toBeGreaterThan(18 * 0.95);
  expect(loss).toBeLessThan(18 * 1.01);
});

test('waves at the ends of the axes, which a spectrum holds once, count by their whole mean square', async () => {
  expect((await evaluate(wave(6, 0.5, 0.5), zeros)).loss / 36).toBeCloseTo(0.98, 1);
  expect((await evaluate(wave(6, 0.5, 0), zeros)).loss / 36).toBeCloseTo(0.98, 1);
});

test('slow waves, the same wave at another phase and less than the target cost nothing', async () => {
  expect((await evaluate(wave(40, 0.1, 0.1), zeros)).loss).toBeLessThan(0.01);
  expect((await evaluate(wave(6, 0.36, 0.19, 1), wave(6, 0.36, 0.19, 0))).loss).toBeLessThan(0.01);
  expect((await evaluate(zeros, wave(6, 0.36, 0.19))).loss).toBeLessThan(1e-6);
});

test('a mesh costs more than the same energy spread as noise, where the target has noise', async () => {
  const noise = (seed: number) => goldenPixels(COUNT, seed).map((v) => (v - 127.5) / 10);
  const target = noise(1);
  const square = target.reduce((sum, v) => sum + v * v, 0) / COUNT;
  const spread = (await evaluate(noise(2), target)).loss;
  const mesh = (await evaluate(wave(Math.sqrt(2 * square), 0.36, 0.19), target)).loss;
  expect(mesh).toBeGreaterThan(3 * spread);
});

test('the gradient of the spectrum loss equals central differences', async () => {
  const target = goldenPixels(COUNT, 3).map((v) => v / 64);
  const picture = goldenPixels(COUNT, 2).map((v) => v / 16);
  const { gradient } = await evaluate(picture, target);
  const steepest = [0, 1, 2].map((c) => {
    const channel = gradient.subarray(c * H * W, (c + 1) * H * W).map(Math.abs);
    return c * H * W + channel.indexOf(Math.max(...channel));
  });
  for (const i of steepest) {
    const moved = (by: number) => picture.map((v, k) => (k === i ? v + by : v));
    const [up, down] = [await evaluate(moved(1), target), await evaluate(moved(-1), target)];
    const difference = (up.loss - down.loss) / 2;
    expect(Math.abs(difference)).toBeGreaterThan(1e-4);
    expect(Math.abs(gradient[i]! / difference - 1)).toBeLessThan(0.03);
  }
});

test('sizes that do not fit are told', () => {
  const graph = new Graph();
  const small = graph.input('a', [1, 3, 16, 64]);
  expect(() => spectrumLoss(small, graph.input('b', [1, 3, 16, 64]))).toThrow(
    /multiples of 16 and at least 32/,
  );
});
