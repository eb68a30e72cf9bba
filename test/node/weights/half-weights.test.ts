import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { floatToHalf, halfToFloat } from '../../../src/core/half.js';
import { type FloatTensor, readSafetensors, writeSafetensors } from '../../../src/core/safetensors.js';
import type { VggName } from '../../../src/nets/vgg-layers.js';
import { halfWeights, keptHalfWeights } from '../../../src/node/weights/half-weights.js';
import { vggTensorShapes } from '../../../src/node/weights/vgg-weights.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-half-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Weights of a network without its classifier, all zero but for the first kernel. */
function weights(network: VggName, upTo = 'conv5_3.bias'): Map<string, FloatTensor> {
  const shapes = [...vggTensorShapes(network)];
  const part = shapes.slice(0, shapes.findIndex(([name]) => name === upTo) + 1);
  const tensors = new Map(
    part.map(([name, shape]) => [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }]),
  );
  tensors.get('conv1_1.weight')!.data.set([0.42947057, -1e-3, 3e-9]);
  return tensors;
}

test.each([
  // Parameters by the published shapes, two bytes each.
  ['vgg19', 'conv4_2.bias', 2 * (260_160 + 295_168 + 3 * 590_080 + 1_180_160 + 2_359_808)],
  ['vgg16', 'conv4_3.bias', 2 * (260_160 + 295_168 + 2 * 590_080 + 1_180_160 + 2 * 2_359_808)],
] as const)('%s ends with %s, in half precision', (network, last, size) => {
  const bytes = halfWeights(network, weights(network));
  const { tensors, metadata } = readSafetensors(bytes);
  expect([...tensors.keys()].at(-1)).toBe(last);
  expect(metadata.network).toBe(network);
  expect(bytes.length - size).toBeLessThan(4000);
  const first = [...tensors.get('conv1_1.weight')!.data.subarray(0, 3)];
  expect(first).toEqual([0.42947057, -1e-3, 3e-9].map((v) => halfToFloat(floatToHalf(v))));
});

test('weights that end earlier are taken as far as they go', () => {
  const { tensors } = readSafetensors(halfWeights('vgg16', weights('vgg16', 'conv2_2.bias')));
  expect([...tensors.keys()].at(-1)).toBe('conv2_2.bias');
});

test('the file is made once, and anew for other weights', async () => {
  const [source, cacheDir] = [join(folder, 'weights'), join(folder, 'cache')];
  mkdirSync(source);
  const file = join(source, 'vgg16.safetensors');
  writeFileSync(file, writeSafetensors(weights('vgg16', 'conv1_2.bias')));
  const options = { env: { FNS_WEIGHTS: source }, cacheDir };
  const first = await keptHalfWeights('vgg16', options);
  expect(await keptHalfWeights('vgg16', options)).toEqual(first);
  writeFileSync(file, writeSafetensors(weights('vgg16', 'conv2_1.bias')));
  utimesSync(file, 1, 1);
  const second = await keptHalfWeights('vgg16', options);
  expect(second.digest).not.toBe(first.digest);
  expect(readSafetensors(readFileSync(second.path)).tensors.has('conv2_1.bias')).toBe(true);
  expect(readdirSync(join(cacheDir, 'half'))).toHaveLength(1);
  await expect(keptHalfWeights('vgg19', options)).rejects.toMatchObject({ code: 'no-weights' });
});
