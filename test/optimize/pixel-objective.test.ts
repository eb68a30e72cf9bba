import { expect, test } from 'vitest';
import { uniformValues } from '../../src/core/random.js';
import type { FloatTensor } from '../../src/core/safetensors.js';
import type { LossWeights } from '../../src/losses/perceptual.js';
import { styleTargets } from '../../src/losses/style-targets.js';
import { vggNetwork } from '../../src/nets/vgg.js';
import { openSession } from '../../src/node/session.js';
import { vggTensorShapes } from '../../src/node/weights/vgg-weights.js';
import { optimisePicture } from '../../src/optimize/optimise-picture.js';
import { openPhotoObjective } from '../../src/optimize/photo-objective.js';
import { openPictureObjective, openPixelObjective } from '../../src/optimize/pixel-objective.js';

const SIZE = { width: 20, height: 16 };
const PIXELS = 3 * 20 * 16;

/** Random weights of the first two stages. */
const vggWeights = new Map<string, FloatTensor>();
for (const [name, shape] of vggTensorShapes('vgg16')) {
  if (!/^conv[12]/.test(name)) continue;
  const size = shape.reduce((a, b) => a * b, 1);
  const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
  const bound = shape.length === 1 ? 0.1 : Math.sqrt(6 / fanIn);
  vggWeights.set(name, { shape, data: uniformValues(size, vggWeights.size, bound) });
}

const picture = (seed: number) => uniformValues(PIXELS, seed, 100).map((v) => v + 127.5);
const common = {
  ...SIZE,
  lossNetwork: vggNetwork('vgg16', vggWeights),
  openSession,
  session: { device: 'cpu' as const, threads: 1 },
};
const weights: LossWeights = {
  content: [{ layer: 'relu2_2', weight: 1 }],
  style: [
    { layer: 'relu1_2', weight: 2 },
    { layer: 'relu2_2', weight: 3 },
  ],
  tv: 1e-3,
  pixel: 0.5,
  normalisation: 'paper',
};

test.each([false, true])('the gradient is that of central differences (relative: %s)', async (relative) => {
  const objective = await openPixelObjective({
    ...common,
    weights,
    relative,
    content: picture(1),
    style: [
      { image: { ...SIZE, data: picture(2) }, weight: 0.7 },
      { image: { ...SIZE, data: picture(3) }, weight: 0.3 },
    ],
  });
  const x = picture(4);
  const { gradient, value, parts } = await objective.evaluate(x);
  expect(Object.keys(parts)).toEqual(['content/relu2_2', 'style/relu1_2', 'style/relu2_2', 'tv', 'pixel']);
  for (const seed of [5, 6, 7]) {
    const direction = uniformValues(PIXELS, seed, 1);
    const step = 0.05;
    const at = async (t: number) => (await objective.evaluate(x.map((v, i) => v + t * direction[i]!))).value;
    const slope = ((await at(step)) - (await at(-step))) / (2 * step);
    const expected = gradient.reduce((s, g, i) => s + g * direction[i]!, 0);
    const scale = Math.sqrt(gradient.reduce((s, g) => s + g * g, 0) * (PIXELS / 3));
    expect(Math.abs(slope - expected) / scale).toBeLessThan(5e-3);
  }
  expect(value).toBeGreaterThan(0);
  await objective.close();
});

test('without the gradient the value is the same', async () => {
  const options = { ...common, weights, content: picture(1), style: { ...SIZE, data: picture(2) } };
  const [whole, alone] = [await openPixelObjective(options), await openPictureObjective(options)];
  const { value } = await whole.evaluate(picture(4));
  expect(Math.abs((await alone.value(picture(4))) / value - 1)).toBeLessThan(1e-5);
  await Promise.all([whole.close(), alone.close()]);
});

test('a style may be given by its Gram matrices', async () => {
  const style = { ...SIZE, data: picture(2) };
  const layers = weights.style.map(({ layer }) => layer);
  const grams = await styleTargets(style, layers, common);
  expect(grams.get('relu2_2')!.shape).toEqual([1, 128, 128]);
  const values = [];
  for (const own of [style, grams]) {
    const objective = await openPictureObjective({ ...common, weights, content: picture(1), style: own });
    values.push(await objective.value(picture(4)));
    await objective.close();
  }
  expect(values[1]).toBe(values[0]);
  const many = await openPhotoObjective({ ...common, weights, style: grams });
  const found = await many.values(picture(4), picture(1));
  expect(found.picture / values[0]! - 1).toBeCloseTo(0, 5);
  const itself = await openPictureObjective({ ...common, weights, content: picture(1), style: grams });
  expect(found.photo / (await itself.value(picture(1))) - 1).toBeCloseTo(0, 5);
  await itself.close();
  await many.close();
});

test('at the content itself only style and total variation are left', async () => {
  const content = picture(1);
  const objective = await openPixelObjective({
    ...common,
    weights: { ...weights, style: [], tv: 0 },
    content,
  });
  expect((await objective.evaluate(content.slice())).value).toBeLessThan(1e-6);
  await objective.close();
});

test('optimising goes through the scales, clips where asked, and finds the content again', async () => {
  const sizes = new Set<string>();
  const result = await optimisePicture({
    ...common,
    width: 40,
    height: 32,
    content: { width: 40, height: 32, data: uniformValues(4 * PIXELS, 9, 60).map((v) => v + 127.5) },
    weights: { ...weights, content: [], style: [], tv: 0 },
    start: 'noise',
    iterations: 20,
    scales: 2,
    clip: true,
    onProgress: ({ width, height, picture }) => {
      sizes.add(`${width}x${height}`);
      for (const v of picture) expect(v >= 0 && v <= 255).toBe(true);
    },
  });
  expect([...sizes]).toEqual(['20x16', '40x32']);
  expect(result.picture).toMatchObject({ width: 40, height: 32 });
  expect(result.value).toBeLessThan(1);
});
