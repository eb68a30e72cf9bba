import { describe, expect, test } from 'vitest';
import type { FloatTensor } from '../../src/core/tensor.js';
import { trainingConfig } from '../../src/train/config.js';
import { type LoopOptions, plannedSteps, runTraining } from '../../src/train/loop.js';
import { learningRateAt } from '../../src/train/schedule.js';
import type { Trainer } from '../../src/train/trainer.js';

/** A trainer that counts: each step takes ten seconds of made-up time. */
function countingTrainer() {
  const clock = { now: 0, steps: 0, shares: [] as number[] };
  const trainer = {
    step: async (_: FloatTensor, share: number) => {
      clock.now += 10_000;
      clock.steps++;
      clock.shares.push(share);
      return { losses: { total: 1 }, learningRate: 0.001 };
    },
    get steps() {
      return clock.steps;
    },
  } as unknown as Trainer;
  return { clock, trainer };
}

function options(config: Parameters<typeof trainingConfig>[0], clock: { now: number }): LoopOptions {
  return {
    config: trainingConfig(config),
    photos: 10,
    nextBatch: async () => ({ shape: [0], data: new Float32Array(0) }),
    now: () => clock.now,
  };
}

describe('the length of a training', () => {
  test('steps, epochs and minutes', async () => {
    for (const [given, steps] of [
      [{ steps: 7 }, 7],
      // 3 epochs of 10 photos in batches of 4: 7.5 batches.
      [{ epochs: 3, batch: 4 }, 8],
      // Ten seconds a step.
      [{ minutes: 1 }, 6],
    ] as const) {
      const { clock, trainer } = countingTrainer();
      const last = await runTraining(trainer, options({ name: 'x', ...given }, clock));
      expect([clock.steps, last!.step, last!.progress]).toEqual([steps, steps, 1]);
    }
  });

  test('the paper trains 40,000 steps, the source two epochs', () => {
    expect(plannedSteps(trainingConfig({ name: 'x', architecture: 'paper' }), 80_000)).toBe(40_000);
    expect(plannedSteps(trainingConfig({ name: 'x', architecture: 'source' }), 80_000)).toBe(40_000);
  });

  test('a checkpoint that fails does not keep the style file from being written, and is told', async () => {
    const { clock, trainer } = countingTrainer();
    const written: number[] = [];
    const run = runTraining(trainer, {
      ...options({ name: 'x', steps: 4 }, clock),
      onCheckpoint: async () => {
        throw new Error('no space');
      },
      onSnapshot: async (p) => void written.push(p.step),
    });
    await expect(run).rejects.toThrow('no space');
    expect(written).toEqual([4]);
  });

  test('an abort ends after the step, with a last snapshot', async () => {
    const { clock, trainer } = countingTrainer();
    const stop = new AbortController();
    const snapshots: number[] = [];
    await runTraining(trainer, {
      ...options({ name: 'x', steps: 100 }, clock),
      signal: stop.signal,
      snapshotEvery: 4,
      onStep: (p) => p.step === 9 && stop.abort(),
      onSnapshot: async (p) => void snapshots.push(p.step),
    });
    expect(snapshots).toEqual([4, 8, 9]);
  });

  test('time left follows from the steps so far', async () => {
    const { clock, trainer } = countingTrainer();
    const left: number[] = [];
    await runTraining(trainer, {
      ...options({ name: 'x', steps: 4 }, clock),
      onStep: (p) => left.push(p.secondsLeft),
    });
    expect(left).toEqual([30, 20, 10, 0]);
  });
});

test('the cosine schedule holds for 60 %, then falls to zero', () => {
  const config = trainingConfig({ name: 'x', schedule: 'cosine', learningRate: 2 });
  expect([0, 0.6, 0.8, 1].map((p) => learningRateAt(config, p))).toEqual([
    2,
    2,
    expect.closeTo(1),
    expect.closeTo(0),
  ]);
});

describe('a configuration', () => {
  test('takes the defaults of its architecture', () => {
    expect(trainingConfig({ name: 'x', architecture: 'source' })).toMatchObject({
      width: 32,
      batch: 4,
      styleWeight: 220,
      normalisation: 'source',
      tvWeight: 0,
      epochs: 2,
      learningRate: 1e-3,
    });
    expect(trainingConfig({ name: 'x', size: 128, architecture: 'paper' }).styleSize).toBe(128);
    expect(trainingConfig({ name: 'x', size: 128 }).styleSize).toBe(256);
  });

  test.each([
    [{ size: 30 }, /multiple of 4/],
    [{ architecture: 'paper', size: 40 }, /at least 44/],
    [{ steps: 1, minutes: 1 }, /one of steps, epochs and minutes/],
    [{ styleWeight: 0, contentWeight: 0 }, /nothing to learn/],
    [{ batch: 0 }, /batch/],
    [{ styleLayer: ['relu1_2'] }, /^styleLayer: no such option/],
    [{ contentLayers: ['relu7_1'] }, /unknown layer/],
  ])('%j is refused in one line', (given, message) => {
    expect(() => trainingConfig({ name: 'x', ...(given as object) })).toThrow(message);
  });
});
