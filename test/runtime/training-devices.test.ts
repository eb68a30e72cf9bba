import { describe, expect, test } from 'vitest';
import { openSession } from '../../src/api/node.js';
import { testDevices } from './devices.js';
import { lossDifference, parameterDifference, type SmallTraining, someSteps } from './small-training.js';

const CPU = { device: 'cpu', threads: 1 } as const;
const GPUS = testDevices().filter((d) => d.name !== 'cpu');

/** As small as each network takes. */
const TRAININGS: SmallTraining[] = [
  { architecture: 'source', size: 16, batch: 2 },
  { architecture: 'paper', size: 44, batch: 1 },
  { architecture: 'modern', size: 16, batch: 2 },
  { architecture: 'modern', size: 16, batch: 1, stabilityWeight: 5 },
];

describe.each(TRAININGS)('training $architecture, batch $batch', (training) => {
  test('the same seed twice gives the same losses and parameters to the last bit', async () => {
    const first = await someSteps(openSession, training, CPU, 2);
    const second = await someSteps(openSession, training, CPU, 2);
    expect(second).toEqual(first);
    expect(first.losses).toHaveLength(2);
  });

  // The GPU's sessions are strict: a node that must run on the CPU is an error.
  test.each(GPUS)(
    "no node leaves $name, and the losses are the CPU's",
    async ({ name, options }) => {
      const cpu = await someSteps(openSession, training, CPU);
      const gpu = await someSteps(openSession, training, options);
      expect(gpu.device).toBe(name);
      expect(lossDifference(cpu.losses, gpu.losses)).toBeLessThan(1e-4);
      expect(parameterDifference(cpu.parameters, gpu.parameters)).toBeLessThan(0.01);
    },
    300_000,
  );
});
