import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { convertKerasVgg } from '../../../src/node/weights/keras.js';
import { type Arrays, kerasFile } from './keras-file.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-keras-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Numbers 0, 1, 2, ... in the given shape. */
function counting(...shape: number[]): { shape: number[]; data: Float32Array } {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => i) };
}

const kernel = counting(3, 3, 3, 2);
const bias = { shape: [2], data: Float32Array.of(7, 8) };
const second = counting(3, 3, 2, 4);
const oldNames: Arrays = {
  'block1_conv1/block1_conv1_W_1:0': kernel,
  'block1_conv1/block1_conv1_b_1:0': bias,
  'block1_conv2/block1_conv2_W_1:0': second,
};

describe('layout', () => {
  test('HWIO becomes OIHW; the first layer takes RGB instead of BGR, the others keep their channels', async () => {
    const tensors = await convertKerasVgg(await kerasFile(oldNames));
    const { shape, data } = tensors.get('conv1_1.weight')!;
    expect(shape).toEqual([2, 3, 3, 3]);
    const at = (o: number, i: number, y: number, x: number) => data[((o * 3 + i) * 3 + y) * 3 + x]!;
    const keras = (y: number, x: number, i: number, o: number) => ((y * 3 + x) * 3 + i) * 2 + o;
    for (const [o, i, y, x] of [
      [0, 0, 0, 0],
      [1, 2, 0, 1],
      [0, 1, 2, 2],
      [1, 0, 1, 0],
    ] as const) {
      expect(at(o, i, y, x)).toBe(keras(y, x, 2 - i, o));
    }
    expect(tensors.get('conv1_1.bias')).toEqual(bias);
    const next = tensors.get('conv1_2.weight')!;
    expect(next.shape).toEqual([4, 2, 3, 3]);
    // Output 3, input 1, row 2, column 0 is Keras' [2, 0, 1, 3].
    expect(next.data[((3 * 2 + 1) * 3 + 2) * 3]).toBe(((2 * 3 + 0) * 2 + 1) * 4 + 3);
  });

  test('fc1 becomes a 7x7 convolution that computes the same as flattening height, width, channel', async () => {
    const inputs = 2;
    const tensors = await convertKerasVgg(
      await kerasFile({
        ...oldNames,
        'fc1/fc1_W_1:0': counting(49 * inputs, 3),
        'predictions/predictions_W_1:0': counting(3, 5),
      }),
    );
    const fc6 = tensors.get('fc6.weight')!;
    expect(fc6.shape).toEqual([3, inputs, 7, 7]);
    const features = Float32Array.from({ length: 49 * inputs }, (_, i) => Math.sin(i));
    for (let output = 0; output < 3; output++) {
      let dense = 0;
      let convolution = 0;
      for (let y = 0; y < 7; y++) {
        for (let x = 0; x < 7; x++) {
          for (let c = 0; c < inputs; c++) {
            const feature = features[(c * 7 + y) * 7 + x]!;
            const row = (y * 7 + x) * inputs + c;
            dense += feature * (row * 3 + output);
            convolution += feature * fc6.data[((output * inputs + c) * 7 + y) * 7 + x]!;
          }
        }
      }
      expect(convolution).toBeCloseTo(dense, 6);
    }
    const fc8 = tensors.get('fc8.weight')!;
    expect(fc8.shape).toEqual([5, 3, 1, 1]);
    expect(fc8.data[4 * 3 + 1]).toBe(1 * 5 + 4);
  });
});

describe('names', () => {
  test('the old, the nested and the whole-model names give the same tensors, from bytes and from a path', async () => {
    const want = await convertKerasVgg(await kerasFile(oldNames));
    expect([...want.keys()]).toEqual(['conv1_1.bias', 'conv1_1.weight', 'conv1_2.weight']);
    const nested = await kerasFile({
      'block1_conv1/block1_conv1/kernel:0': kernel,
      'block1_conv1/block1_conv1/bias:0': bias,
      'block1_conv2/block1_conv2/kernel:0': second,
    });
    const whole = await kerasFile({
      'model_weights/block1_conv1/block1_conv1/kernel:0': kernel,
      'model_weights/block1_conv1/block1_conv1/bias:0': bias,
      'model_weights/block1_conv2/kernel:0': second,
      'model_weights/block1_pool/none:0': bias,
      'optimizer_weights/Adam/block1_conv1/kernel:0': second,
    });
    expect(await convertKerasVgg(nested)).toEqual(want);
    expect(await convertKerasVgg(whole)).toEqual(want);
    const path = join(folder, 'nested.h5');
    writeFileSync(path, nested);
    expect(await convertKerasVgg(path)).toEqual(want);
  });

  test('the classifier can be left out', async () => {
    const bytes = await kerasFile({ ...oldNames, 'fc2/fc2_W_1:0': counting(3, 4) });
    expect((await convertKerasVgg(bytes)).has('fc7.weight')).toBe(true);
    expect((await convertKerasVgg(bytes, { classifier: false })).has('fc7.weight')).toBe(false);
  });
});

describe('unfit files give one clear line', () => {
  test.each<[string, () => Promise<Uint8Array>, string]>([
    ['text', async () => new TextEncoder().encode('not HDF5 at all'), 'not a readable HDF5 file'],
    ['cut short', async () => (await kerasFile(oldNames)).subarray(0, 1500), 'not a readable HDF5 file'],
    ['another network', () => kerasFile({ 'conv2d/kernel:0': kernel }), 'no kernel of block1_conv1'],
    [
      'grey input',
      () => kerasFile({ 'block1_conv1/kernel:0': counting(3, 3, 1, 2) }),
      'block1_conv1/kernel:0 has the shape [3, 3, 1, 2], conv1_1.weight needs 3 input channels',
    ],
    [
      'a flat kernel',
      () => kerasFile({ 'block2_conv1/kernel:0': counting(4) }),
      'needs [height, width, in, out]',
    ],
    ['an odd fc1', () => kerasFile({ 'fc1/kernel:0': counting(50, 2) }), 'needs a multiple of 49 inputs'],
    [
      'the same layer twice',
      () => kerasFile({ 'block1_conv1/kernel:0': kernel, 'block1_conv1/block1_conv1_W_1:0': kernel }),
      'two data sets are conv1_1.weight',
    ],
  ])('%s', async (_, bytes, message) => {
    const error = await convertKerasVgg(await bytes(), {}, 'a.h5').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'FnsError', kind: 'failure' });
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).toMatch(/^a\.h5: [^\n]*$/);
  });
});
