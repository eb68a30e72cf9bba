import { describe, expect, test } from 'vitest';
import { startTraining } from '../../src/node.js';
import { testDevices } from './devices.js';
import { lossDifference, threeSteps } from './small-training.js';

const devices = testDevices();
const CPU = { device: 'cpu', threads: 1 } as const;

describe.each(['source', 'paper', 'modern'] as const)('training %s', (architecture) => {
  test('the same seed twice gives the same losses and parameters to the last bit', async () => {
    const first = await threeSteps(startTraining, architecture, CPU);
    const second = await threeSteps(startTraining, architecture, CPU);
    expect(second).toEqual(first);
    expect(first.losses).toHaveLength(3);
    expect(first.losses[2]!.total).toBeLessThan(first.losses[0]!.total!);
  });

  // The GPU's sessions are strict: an operator without a kernel there would be an error.
  test.each(devices.filter((d) => d.name !== 'cpu'))(
    "no node leaves $name, and the losses are the CPU's",
    async ({ name, options }) => {
      const cpu = await threeSteps(startTraining, architecture, CPU);
      const gpu = await threeSteps(startTraining, architecture, options);
      expect(gpu.device).toBe(name);
      expect(lossDifference(cpu.losses, gpu.losses)).toBeLessThan(1e-3);
    },
  );
});
