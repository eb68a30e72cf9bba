import { describe, expect, test } from 'vitest';
import { initialParameters, parameterSpecs } from '../../src/nets/parameters.js';
import { transform } from '../../src/nets/transform.js';
import { openSession } from '../../src/node/session.js';
import { OPTIMIZERS, type OptimizerName } from '../../src/optimizers/choice.js';
import { openPairTrainer } from '../../src/train/pair-trainer.js';
import type { TrainerState } from '../../src/train/trainer.js';
import { goldenPictures } from '../golden/values.js';

const WIDTH = 4;
const RATE = 1e-3;
const SHAPE = [2, 3, 16, 16];
const init = initialParameters('modern', WIDTH, 1);
const specs = parameterSpecs('modern', WIDTH);

/** A training of `modern` on pairs. */
const open = (optimizer?: OptimizerName, resume?: TrainerState, size = 16) =>
  openPairTrainer({
    network: {
      specs,
      apply: (image, own, mode) => transform(image, own, { architecture: 'modern', mode }),
    },
    batch: 2,
    inputSize: [size, size],
    losses: { pixel: 1, features: [], tv: 0, checkerboard: 0, spectrum: 0 },
    optimizer,
    outputRate: 16,
    rate: { learningRate: RATE, schedule: 'constant' },
    init,
    resume,
    openSession,
    session: { device: 'cpu', threads: 1 },
  });

const batch = (seed: number) => ({
  input: goldenPictures(SHAPE, seed),
  target: goldenPictures(SHAPE, seed + 50),
});

/** The parameters after one step. */
async function afterOneStep(optimizer: OptimizerName) {
  const trainer = await open(optimizer);
  await trainer.step(batch(1), 0);
  const [parameters, { tensors }] = [await trainer.parameters(), await trainer.state()];
  await trainer.close();
  return { parameters, tensors };
}

describe('a training of pairs', () => {
  test('Muon trains the convolutions inside, and Adam the rest as it does alone', async () => {
    const [adam, muon] = [await afterOneStep('adam'), await afterOneStep('muon')];
    let inside = 0;
    for (const { name, shape, role, group } of specs) {
      const { data } = muon.parameters.get(name)!;
      if (role !== 'weight' || group === 'output') {
        expect(data, name).toEqual(adam.parameters.get(name)!.data);
        expect(muon.tensors.has(`adam.v/${name}`), name).toBe(true);
        continue;
      }
      inside++;
      expect(muon.tensors.has(`adam.v/${name}`), name).toBe(false);
      // The update is a semi-orthogonal matrix of min(R, C) directions: singular values about 1, by 0.2 sqrt(max(R,
      // C)).
      const [rows, columns] = [shape[0]!, shape[1]! * shape[2]! * shape[3]!];
      const unit = RATE * 0.2 * Math.sqrt(Math.max(rows, columns));
      const squares = data.reduce((sum, v, i) => sum + ((init.get(name)!.data[i]! - v) / unit) ** 2, 0);
      expect(squares / Math.min(rows, columns), name).toBeGreaterThan(0.5);
      expect(squares / Math.min(rows, columns), name).toBeLessThan(1.5);
    }
    expect(inside).toBe(15);
  });

  test.each(OPTIMIZERS)('the loss falls with %s, and a state goes on bit by bit', async (optimizer) => {
    const run = async (from: number, to: number, resume?: TrainerState) => {
      const trainer = await open(optimizer, resume);
      const losses: number[] = [];
      for (let i = from; i < to; i++) losses.push((await trainer.step(batch(1 + (i % 2)), 0)).losses.total!);
      const state = await trainer.state();
      await trainer.close();
      return { losses, state };
    };
    const whole = await run(0, 20);
    expect(whole.losses.at(-1)).toBeLessThan(0.9 * whole.losses[0]!);
    const first = await run(0, 3);
    const second = await run(3, 20, first.state);
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(second.state).toEqual(whole.state);
  });

  test('gives its pictures when asked, and says which batch fits', async () => {
    const trainer = await open();
    const { generated } = await trainer.step(batch(1), 0, { pictures: true });
    expect(generated!.shape).toEqual(SHAPE);
    expect((await trainer.step(batch(1), 0)).generated).toBeUndefined();
    const other = { input: goldenPictures([2, 3, 20, 16], 1), target: goldenPictures([2, 3, 20, 16], 2) };
    await expect(trainer.step(other, 0)).rejects.toThrow(
      'a batch of inputs [2, 3, 20, 16] does not fit: [2, 3, 16, 16] is needed',
    );
    await trainer.close();
  });
});
