import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type FloatTensor, writeSafetensors } from '../../../src/core/safetensors.js';
import type { VggName } from '../../../src/nets/vgg-layers.js';
import { checkVggTensors, loadVggWeights, vggTensorShapes } from '../../../src/node/weights/vgg-weights.js';
import { dataDir, requireData } from '../../data.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-weights-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first `count` tensors of a network, all zero but for the very first number. */
function firstTensors(network: VggName, count: number, mark = 0): Map<string, FloatTensor> {
  const shapes = [...vggTensorShapes(network)].slice(0, count);
  const tensors = new Map(
    shapes.map(([name, shape]) => [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }]),
  );
  tensors.get('conv1_1.weight')!.data[0] = mark;
  return tensors;
}

function place(name: string, files: Record<string, number>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, mark] of Object.entries(files)) {
    const network = file.startsWith('vgg19') ? 'vgg19' : 'vgg16';
    writeFileSync(join(path, file), writeSafetensors(firstTensors(network, 4, mark)));
  }
  return path;
}

test('the published numbers of parameters: 138,357,544 in VGG16 and 143,667,240 in VGG19', () => {
  const parameters = (network: VggName) =>
    [...vggTensorShapes(network).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0);
  expect(parameters('vgg16')).toBe(138_357_544);
  expect(parameters('vgg19')).toBe(143_667_240);
});

describe('where weights are looked for', () => {
  const cacheDir = place('cache', { 'vgg16.safetensors': 1, 'vgg19.safetensors': 2 });
  const given = place('given', { 'vgg16-to-conv3.safetensors': 3, 'vgg16.safetensors': 4, 'notes.txt': 0 });
  const partial = place('partial', { 'vgg16-b.safetensors': 5, 'vgg16-a.safetensors': 6 });
  const mark = async (network: VggName, options: Parameters<typeof loadVggWeights>[1]) =>
    (await loadVggWeights(network, { env: {}, cacheDir, ...options })).tensors.get('conv1_1.weight')!.data[0];

  test('a file given, then FNS_WEIGHTS with the exact name first, then the cache', async () => {
    expect(await mark('vgg16', {})).toBe(1);
    expect(await mark('vgg16', { env: { FNS_WEIGHTS: given } })).toBe(4);
    expect(await mark('vgg16', { env: { FNS_WEIGHTS: partial } })).toBe(6);
    expect(await mark('vgg19', { env: { FNS_WEIGHTS: given } })).toBe(2);
    const file = join(partial, 'vgg16-b.safetensors');
    expect(await mark('vgg16', { file, env: { FNS_WEIGHTS: given } })).toBe(5);
    expect((await loadVggWeights('vgg16', { file })).file).toBe(file);
  });

  test('nothing found says where they were looked for', async () => {
    const cacheDir = join(folder, 'none');
    await expect(loadVggWeights('vgg16', { env: {}, cacheDir })).rejects.toMatchObject({
      message: `no VGG16 weights found: there is no vgg16.safetensors in ${cacheDir}; FNS_WEIGHTS can name a folder that holds it`,
      kind: 'failure',
      code: 'no-weights',
    });
  });

  test('a missing file and a missing FNS_WEIGHTS folder are named', async () => {
    await expect(loadVggWeights('vgg16', { file: 'gone.safetensors' })).rejects.toThrow(
      'cannot read gone.safetensors: no such file',
    );
    await expect(loadVggWeights('vgg16', { env: { FNS_WEIGHTS: '/gone' } })).rejects.toThrow(
      'FNS_WEIGHTS must name a folder with weights, it is /gone',
    );
  });
});

describe('what a file must hold', () => {
  test('any number of layers from the first on', () => {
    for (const count of [2, 6, 14, 26]) checkVggTensors('vgg16', firstTensors('vgg16', count), 'f');
  });

  test('a wrong shape, a gap, a missing bias and another network are named', () => {
    const wrong = firstTensors('vgg16', 4);
    wrong.set('conv1_2.weight', { shape: [64, 32, 3, 3], data: new Float32Array(64 * 32 * 9) });
    expect(() => checkVggTensors('vgg16', wrong, 'f')).toThrow(
      'f: conv1_2.weight has the shape [64, 32, 3, 3], in VGG16 it is [64, 64, 3, 3]',
    );
    const gap = firstTensors('vgg16', 8);
    gap.delete('conv2_1.weight');
    expect(() => checkVggTensors('vgg16', gap, 'f')).toThrow(
      'f: has conv2_1.bias but not conv2_1.weight before it',
    );
    expect(() => checkVggTensors('vgg16', firstTensors('vgg16', 3), 'f')).toThrow(
      'f: conv1_2.bias is missing',
    );
    expect(() => checkVggTensors('vgg16', new Map(), 'f')).toThrow('f: conv1_1.weight is missing');
    expect(() => checkVggTensors('vgg16', firstTensors('vgg19', 18), 'f')).toThrow(
      'f: conv3_4.weight is not a tensor of VGG16',
    );
    expect(() => checkVggTensors('vgg19', firstTensors('vgg16', 16), 'f')).toThrow(
      'f: has conv4_1.weight but not conv3_4.weight before it',
    );
  });
});

test('the real weights are found and fit', async () => {
  if (!requireData('loading real VGG weights')) return;
  const env = { FNS_WEIGHTS: join(dataDir!, 'weights') };
  expect((await loadVggWeights('vgg16', { env })).tensors.has('conv3_3.bias')).toBe(true);
  expect((await loadVggWeights('vgg19', { env })).tensors.has('conv5_1.bias')).toBe(true);
});
