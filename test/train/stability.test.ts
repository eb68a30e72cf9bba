/** Trainings with a stability loss: its draws, its value, its effect, and going on from a state. */
import { describe, expect, test } from 'vitest';
import { vggNetwork } from '../../src/nets/vgg.js';
import { openSession } from '../../src/node/session.js';
import { type TrainingOptions, trainingConfig } from '../../src/train/config.js';
import { lossTags } from '../../src/train/loss-tags.js';
import { drawStability, motionReach } from '../../src/train/stability-draws.js';
import { openStyleTrainer } from '../../src/train/style-trainer.js';
import type { TrainerState } from '../../src/train/trainer.js';
import { goldenPictures, goldenPixels } from '../golden/values.js';
import { PLAIN, smallVgg } from '../runtime/small-training.js';

const lossNetwork = vggNetwork('vgg16', smallVgg());
const style = { width: 32, height: 32, data: goldenPixels(3 * 32 * 32, 1) };

function configOf(options: TrainingOptions) {
  return trainingConfig({
    ...{ ...PLAIN, name: 'x', width: 4, size: 32, styleSize: 32, batch: 2, steps: 6, seed: 5, tvWeight: 0 },
    ...{ contentLayers: ['relu2_2'], styleLayers: ['relu1_2', 'relu2_2'] },
    ...options,
  });
}

const trainer = (options: TrainingOptions, resume?: TrainerState) =>
  openStyleTrainer({
    ...{ config: configOf(options), style, lossNetwork, openSession, resume },
    session: { device: 'cpu', threads: 1 },
  });

const batch = (step: number, side = 32) => goldenPictures([2, 3, side, side], 40 + step);

describe('the motion and the noise of a step', () => {
  const shape = [2, 3, 32, 32];
  test('follow from the seed and the step alone', () => {
    expect(drawStability(3, 7, shape)).toEqual(drawStability(3, 7, shape));
    const draws = [drawStability(3, 7, shape), drawStability(3, 8, shape), drawStability(4, 7, shape)];
    expect(new Set(draws.map(({ motion }) => motion.data.join())).size).toBe(3);
    expect(new Set(draws.map(({ noise }) => noise.data.slice(0, 9).join())).size).toBe(3);
  });

  test('are small: no pixel comes from farther than it may, the noise has the size that was drawn', () => {
    for (const side of [32, 256]) {
      const reached = Array.from({ length: 200 }, (_, step) => {
        const [a, b, c, d, e, f] = drawStability(1, step, [1, 3, 1, side]).motion.data;
        const [x, y] = [(side - 1) / 2, (1 - side) / 2];
        return Math.max(Math.abs(a! * x + b! * y + c! - x), Math.abs(d! * x + e! * y + f! - y));
      });
      expect(Math.max(...reached) + 2).toBeLessThan(motionReach(side));
      expect(Math.max(...reached)).toBeGreaterThan(motionReach(side) / 3);
    }
    const sizes = Array.from({ length: 100 }, (_, step) => {
      const { data } = drawStability(2, step, shape).noise;
      return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
    });
    expect(Math.max(...sizes)).toBeLessThan(8.5);
    expect(sizes.reduce((a, b) => a + b) / 100).toBeGreaterThan(3);
    expect(sizes.reduce((a, b) => a + b) / 100).toBeLessThan(5);
  });
});

test('a weight of 0 computes no such loss; with one it is a part of the total and of the log', async () => {
  const [without, with3] = [await trainer({}), await trainer({ stabilityWeight: 3 })];
  const [a, b] = [(await without.step(batch(0), 0)).losses, (await with3.step(batch(0), 0)).losses];
  await Promise.all([without.close(), with3.close()]);
  expect(a.stability).toBeUndefined();
  expect(b.stability).toBeGreaterThan(0);
  expect(Math.abs((b.total! - a.total!) / (3 * b.stability!) - 1)).toBeLessThan(0.01);
  const tags = lossTags(b, configOf({ stabilityWeight: 3 }));
  expect(tags['losses/stability_loss']).toBeCloseTo(b.stability!, 3);
  expect(tags['weighted_losses/weighted_stability_loss']).toBeCloseTo(3 * b.stability!, 2);
});

test.each([
  ['modern', {}],
  ['a margin', { margin: 8 }],
  ['source', { architecture: 'source', styleWeight: 1 }],
  ['muon', { optimizer: 'muon' }],
] as const)(
  'a training that goes on from a state is that which never stopped, bit for bit: %s',
  async (_, options) => {
    const given = { ...options, stabilityWeight: 0.5 };
    const side = 32 + 2 * ('margin' in options ? options.margin : 0);
    const whole = await trainer(given);
    const losses = [];
    let state: TrainerState | undefined;
    for (let step = 0; step < 4; step++) {
      if (step === 2) state = await whole.state();
      losses.push((await whole.step(batch(step, side), step / 4)).losses);
    }
    const parameters = await whole.parameters();
    await whole.close();
    const resumed = await trainer(given, state);
    const again = [];
    for (let step = 2; step < 4; step++) again.push((await resumed.step(batch(step, side), step / 4)).losses);
    expect(again).toEqual(losses.slice(2));
    expect(await resumed.parameters()).toEqual(parameters);
    await resumed.close();
  },
);

test('training on it alone makes the picture of a moved photo the moved picture', async () => {
  // The content keeps the picture from becoming one colour, which would be steady too.
  const options = { styleWeight: 0, contentWeight: 0, pixelWeight: 1, learningRate: 3e-3, batch: 2 };
  const lastOf = async (stabilityWeight: number) => {
    const training = await trainer({ ...options, stabilityWeight });
    const values: number[] = [];
    for (let step = 0; step < 60; step++) values.push((await training.step(batch(0), 0)).losses.stability!);
    await training.close();
    return values.slice(-20).reduce((a, b) => a + b) / 20;
  };
  const [hardly, much] = [await lastOf(1e-9), await lastOf(3)];
  expect(much).toBeLessThan(0.6 * hardly);
});

test('a network of many paintings learns with it too', async () => {
  const config = configOf({ paintings: ['a', 'b'], stabilityWeight: 1 });
  const paintings = ['a', 'b'].map((name) => ({ name, style }));
  const training = await openStyleTrainer({ config, paintings, lossNetwork, openSession });
  const { losses } = await training.step(batch(0), 0);
  await training.close();
  expect(losses.stability).toBeGreaterThan(0);
});
