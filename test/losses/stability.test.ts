import { expect, test } from 'vitest';
import { Graph, gradients, toModel } from '../../src/graph/index.js';
import type { Normalisation } from '../../src/losses/normalisation.js';
import { stabilityLoss } from '../../src/losses/stability.js';
import { openSession } from '../../src/node/session.js';
import { readGolden, relativeError } from '../golden/read.js';
import { goldenPixels } from '../golden/values.js';

const golden = readGolden('losses');
const MAP = JSON.parse(golden.metadata.stability_map!) as number[][];
const SHAPE = [2, 3, 32, 32];
const COUNT = 2 * 3 * 32 * 32;

interface Given {
  picture: Float32Array;
  ofMoved: Float32Array;
  photo?: Float32Array;
  map?: number[][];
}

/** Opens the loss with its gradients to both pictures. */
async function openLoss(shape: number[], normalisation: Normalisation = 'paper') {
  const graph = new Graph();
  const [picture, ofMoved, photo] = ['picture', 'ofMoved', 'photo'].map((name) => graph.input(name, shape));
  const loss = stabilityLoss(picture!, ofMoved!, graph.input('map', [2, 3]), photo!, normalisation);
  graph.output('loss', loss);
  gradients(loss, [picture!, ofMoved!]).forEach((gradient, i) => {
    graph.output(['toPicture', 'toMoved'][i]!, gradient);
  });
  // An input that nothing uses is no input.
  graph.output('used', photo!);
  const session = await openSession(toModel(graph), { device: 'cpu', threads: 1 });
  const tensor = (data: Float32Array, of = shape) => ({ dtype: 'float32' as const, shape: of, data });
  return {
    async evaluate({ picture, ofMoved, photo = picture, map = MAP }: Given) {
      const results = await session.run({
        picture: tensor(picture),
        ofMoved: tensor(ofMoved),
        photo: tensor(photo),
        map: tensor(Float32Array.from(map.flat()), [2, 3]),
      });
      const data = (name: string) => results[name]!.data as Float32Array;
      return { loss: data('loss')[0]!, toPicture: data('toPicture'), toMoved: data('toMoved') };
    },
    close: () => session.close(),
  };
}

const pictures = {
  picture: goldenPixels(COUNT, 11),
  photo: goldenPixels(COUNT, 12),
  ofMoved: goldenPixels(COUNT, 14),
};

test.each(['paper', 'relative'] as const)('the loss and its gradients equal PyTorch: %s', async (name) => {
  const { evaluate, close } = await openLoss(SHAPE, name);
  const { loss, toPicture, toMoved } = await evaluate(pictures);
  await close();
  const wanted = golden.tensors.get(`losses/stability/${name}`)!.data[0]!;
  expect(Math.abs(loss / wanted - 1)).toBeLessThan(1e-5);
  if (name === 'relative') return;
  const grad = (of: string) => golden.tensors.get(`losses/stability/grad/${of}`)!.data;
  expect(relativeError(toPicture, grad('picture'))).toBeLessThan(1e-5);
  expect(relativeError(toMoved, grad('moved'))).toBeLessThan(1e-5);
});

test('the gradients equal central differences', async () => {
  const shape = [1, 3, 16, 20];
  const count = 3 * 16 * 20;
  const given = { picture: goldenPixels(count, 1), ofMoved: goldenPixels(count, 2) };
  const { evaluate, close } = await openLoss(shape);
  const { toPicture, toMoved } = await evaluate(given);
  const slopes = { picture: toPicture, ofMoved: toMoved };
  for (const name of ['picture', 'ofMoved'] as const) {
    for (const i of [170, 189, 490, 533, 831]) {
      const moved = (by: number) => ({
        ...given,
        photo: given.picture,
        [name]: given[name].map((v, k) => (k === i ? v + by : v)),
      });
      // The loss is a quadratic: steps of any length give its slope.
      const difference = ((await evaluate(moved(32))).loss - (await evaluate(moved(-32))).loss) / 64;
      expect(Math.abs(difference)).toBeGreaterThan(1e-3);
      expect(Math.abs(slopes[name][i]! / difference - 1)).toBeLessThan(0.01);
    }
  }
  await close();
});

test('a picture that goes along costs nothing, one that stays costs its difference', async () => {
  const [width, height, across, down] = [24, 20, 3, -2];
  const scene = (x: number, y: number, c: number) =>
    120 + 40 * Math.sin(0.7 * x + c) + 30 * Math.cos(0.9 * y - 0.4 * x);
  const from = (dx: number, dy: number) =>
    Float32Array.from({ length: 3 * width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width) % height];
      return scene(x + dx, y + dy, Math.floor(i / width / height));
    });
  const { evaluate, close } = await openLoss([1, 3, height, width]);
  const map = [
    [1, 0, across],
    [0, 1, down],
  ];
  const along = await evaluate({ picture: from(0, 0), ofMoved: from(across, down), map });
  const still = await evaluate({ picture: from(0, 0), ofMoved: from(0, 0), map });
  await close();
  expect(along.loss).toBeLessThan(1e-6);
  expect(Math.max(...along.toPicture.map(Math.abs))).toBeLessThan(1e-5);
  // By hand, over the pixels that come from two pixels inside and more.
  let [sum, count] = [0, 0];
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isInside = x + across > 2 && x + across < width - 3 && y + down > 2 && y + down < height - 3;
        if (!isInside) continue;
        sum += (scene(x, y, c) - scene(x + across, y + down, c)) ** 2;
        count++;
      }
    }
  }
  expect(count).toBeGreaterThan(500);
  expect(Math.abs(still.loss / (sum / count) - 1)).toBeLessThan(1e-4);
});

test('pictures of different sizes, and small ones, are told', () => {
  const graph = new Graph();
  const input = (name: string, side: number) => graph.input(name, [1, 3, side, side]);
  const map = graph.input('map', [2, 3]);
  const [a, b, small] = [input('a', 16), input('b', 20), input('small', 12)];
  expect(() => stabilityLoss(a, b, map, a)).toThrow(/one shape/);
  expect(() => stabilityLoss(small, small, map, small)).toThrow(/at least 16 pixels/);
  expect(() => stabilityLoss(a, a, small, a)).toThrow(/must be \[2, 3\]/);
});
