import { beforeAll, describe, expect, test } from 'vitest';
import type { Planes } from '../../src/core/planes.js';
import type { FloatTensor } from '../../src/core/safetensors.js';
import type { LossNetwork } from '../../src/nets/loss-network.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { identityRow, packRow, rowLength, unpackRow } from '../../src/nets/rows.js';
import { vggNetwork } from '../../src/nets/vgg.js';
import { openSession } from '../../src/node/session.js';
import { OPTIMIZERS } from '../../src/optimizers/choice.js';
import { type TrainingOptions, trainingConfig } from '../../src/train/config.js';
import { openStyleTrainer, type StyleTrainerOptions } from '../../src/train/style-trainer.js';
import { goldenPictures, goldenPixels } from '../golden/values.js';
import { testDevices } from '../runtime/devices.js';
import { PLAIN, parameterDifference, smallVgg } from '../runtime/small-training.js';

const WIDTH = 4;
const SIZE = 16;
const R = rowLength(WIDTH);
const CPU = { device: 'cpu', threads: 1 } as const;

const config = (more: TrainingOptions = {}) =>
  trainingConfig({
    ...PLAIN,
    name: 'small',
    width: WIDTH,
    size: SIZE,
    styleSize: SIZE,
    batch: 1,
    steps: 6,
    contentLayers: ['relu2_2'],
    styleLayers: ['relu1_2', 'relu2_2'],
    learningRate: 1e-3,
    seed: 3,
    ...more,
  });

function picture(seed: number): Planes {
  return { width: SIZE, height: SIZE, data: goldenPixels(3 * SIZE * SIZE, seed) };
}

let lossNetwork: LossNetwork;

beforeAll(() => {
  lossNetwork = vggNetwork('vgg16', smallVgg());
});

/** Parameters and state after some steps. */
async function trained(options: Omit<StyleTrainerOptions, 'openSession' | 'lossNetwork'>, steps: number) {
  const trainer = await openStyleTrainer({ openSession, lossNetwork, session: CPU, ...options });
  try {
    const results = [];
    for (let i = 0; i < steps; i++) {
      results.push(await trainer.step(goldenPictures([1, 3, SIZE, SIZE], 10 + i), i / steps));
    }
    return { results, parameters: await trainer.parameters(), state: await trainer.state() };
  } finally {
    await trainer.close();
  }
}

const row = (parameters: ReadonlyMap<string, FloatTensor>, place: number) =>
  parameters.get('rows')!.data.slice(place * R, (place + 1) * R);

describe('many paintings in one network', () => {
  const names = ['a', 'b', 'c'];

  test('training one of them is the training of a network of that one', async () => {
    const init = initialParameters('modern', WIDTH, 1);
    const rows = new Float32Array(2 * R);
    rows.set(packRow(initialParameters('modern', WIDTH, 9), WIDTH));
    rows.set(packRow(init, WIDTH), R);
    const many = await trained(
      {
        config: config({ paintings: ['other', 'b'] }),
        paintings: [{ name: 'b', style: picture(2) }],
        init: new Map([...init, ['rows', { shape: [2, R], data: rows }]]),
      },
      4,
    );
    const single = await trained({ config: config(), style: picture(2), init }, 4);
    const own = new Map([...many.parameters, ...unpackRow(row(many.parameters, 1), WIDTH)]);
    expect(parameterDifference(single.parameters, own)).toBeLessThan(0.01);
    for (const [i, { losses, painting }] of many.results.entries()) {
      expect(painting).toBe('b');
      expect(losses.total).toBeCloseTo(single.results[i]!.losses.total!, -2);
    }
    // The row of the other painting and its moments are as they were, to the last bit.
    expect(row(many.parameters, 0)).toEqual(rows.slice(0, R));
    expect(many.state.tensors.get('adam.m/rows')!.data.slice(0, R)).toEqual(new Float32Array(R));
  });

  test('each painting is drawn once in a round, and has its own steps and running loss', async () => {
    const paintings = names.map((name, i) => ({ name, style: picture(i) }));
    const { results, state } = await trained({ config: config({ paintings: names }), paintings }, 6);
    const drawn = results.map((r) => r.painting!);
    expect(drawn.slice(0, 3).sort()).toEqual(names);
    expect(drawn.slice(3).sort()).toEqual(names);
    expect(state.paintings.map((p) => p.steps)).toEqual([2, 2, 2]);
    for (const [i, name] of names.entries()) {
      const [first, second] = results.filter((r) => r.painting === name).map((r) => r.losses.total!);
      expect(state.paintings[i]!.loss).toBeCloseTo(0.9 * first! + 0.1 * second!, -1);
    }
  });

  test('only rows: neither the convolutions nor the other paintings nor the photo’s row change by a bit', async () => {
    const init = new Map(initialParameters('modern', WIDTH, 1, 3));
    init.set('identity', { shape: [R], data: identityRow(init.get('rows')!.data, WIDTH) });
    init.get('identity')!.data[0] = 0.25;
    const { parameters } = await trained(
      {
        config: config({ paintings: names, only: 'rows' }),
        paintings: [{ name: 'c', style: picture(2) }],
        init,
      },
      3,
    );
    for (const [name, { data }] of parameters) {
      if (name !== 'rows') expect(data).toEqual(init.get(name)!.data);
    }
    for (const place of [0, 1]) expect(row(parameters, place)).toEqual(row(init, place));
    expect(row(parameters, 2)).not.toEqual(row(init, 2));
  });

  test('only rows of a network of one painting: the convolutions stay', async () => {
    const init = initialParameters('modern', WIDTH, 1);
    const { parameters } = await trained({ config: config({ only: 'rows' }), style: picture(2), init }, 2);
    for (const [name, { data }] of parameters) {
      const same = /\.conv.*weight$/.test(name);
      expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(init.get(name)!.data.buffer)) === 0).toBe(
        same,
      );
    }
  });

  test.each(OPTIMIZERS)(
    'a state of %s goes on bit by bit, with sizes that change from batch to batch',
    async (optimizer) => {
      const options = {
        config: config({ paintings: names, sizeTo: 24, optimizer }),
        paintings: names.map((name, i) => ({ name, style: picture(i) })),
      };
      const sizes = [16, 24, 20, 24, 16, 16];
      const run = async (from: number, to: number, resume?: StyleTrainerOptions['resume']) => {
        const trainer = await openStyleTrainer({
          openSession,
          lossNetwork,
          session: CPU,
          ...options,
          resume,
        });
        const losses = [];
        for (let i = from; i < to; i++) {
          const batch = goldenPictures([1, 3, sizes[i]!, sizes[i]!], 10 + i);
          losses.push((await trainer.step(batch, i / sizes.length)).losses);
        }
        const state = await trainer.state();
        await trainer.close();
        return { losses, state };
      };
      const whole = await run(0, 6);
      const first = await run(0, 2);
      const second = await run(2, 6, first.state);
      expect([...first.losses, ...second.losses]).toEqual(whole.losses);
      expect(second.state).toEqual(whole.state);
    },
  );

  test('a margin is seen by the network and not by the losses', async () => {
    const run = async (margin: number, batch: FloatTensor) => {
      const options = { config: config({ margin }), style: picture(1) };
      const trainer = await openStyleTrainer({ openSession, lossNetwork, session: CPU, ...options });
      const { losses, generated } = await trainer.step(batch, 0, { pictures: true });
      await trainer.close();
      return { losses, shape: generated!.shape };
    };
    const side = SIZE + 8;
    const wide = goldenPictures([1, 3, side, side], 4);
    const changed = wide.data.map((v, i) => {
      const [y, x] = [Math.floor(i / side) % side, i % side];
      return y < 4 || x < 4 || y >= side - 4 || x >= side - 4 ? 255 - v : v;
    });
    const [a, b] = [await run(4, wide), await run(4, { ...wide, data: changed })];
    expect(a.shape).toEqual([1, 3, SIZE, SIZE]);
    // The network saw another border.
    expect(a.losses.total).not.toBe(b.losses.total);
    await expect(run(4, goldenPictures([1, 3, 10, 10], 4))).rejects.toThrow('does not fit');
  });

  test('the mean of pictures is the style of a blend', async () => {
    const image = picture(1);
    const alone = await trained({ config: config(), style: image }, 1);
    const blend = (weights: number[]) =>
      trained(
        { config: config(), style: weights.map((weight, i) => ({ image: picture(1 + i), weight })) },
        1,
      );
    expect((await blend([2, 0])).results[0]!.losses.total).toBeCloseTo(alone.results[0]!.losses.total!, 0);
    const [half, other] = [await blend([1, 1]), await blend([0, 1])];
    expect(half.results[0]!.losses.total).not.toBeCloseTo(other.results[0]!.losses.total!, 0);
  });

  test.each(testDevices().filter((d) => d.name !== 'cpu'))(
    'no node leaves $name, and the losses are the CPU’s',
    async ({ options: session }) => {
      const options = {
        config: config({ paintings: names }),
        paintings: names.map((name, i) => ({ name, style: picture(i) })),
      };
      const [cpu, gpu] = [await trained(options, 2), await trained({ ...options, session }, 2)];
      expect(parameterDifference(cpu.parameters, gpu.parameters)).toBeLessThan(0.01);
    },
    300_000,
  );
});
