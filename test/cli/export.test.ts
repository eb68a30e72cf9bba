import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/core/safetensors.js';
import { decodeStyle, encodeStyle, type Style } from '../../src/files/style-file.js';
import { decodeStyleTensors } from '../../src/files/style-tensors.js';
import { describeModel } from '../../src/graph/model.js';
import { initialParameters } from '../../src/nets/parameters.js';
import { rowLength } from '../../src/nets/rows.js';
import { readStyleFile } from '../../src/node/shipped.js';
import { fns, newFolder } from './fns.js';

let folder: string;
const at = (name: string) => join(folder, name);
const info = {
  name: 'x',
  architecture: 'modern',
  width: 4,
  steps: 3,
  seed: 1,
  lossNetwork: 'vgg16',
  config: '{"name":"x"}',
  licence: 'none',
} as const;
const one: Style = { info, parameters: initialParameters('modern', 4, 2) };

beforeAll(async () => {
  folder = await newFolder();
  await writeFile(at('one.onnx'), encodeStyle(one));
  await writeFile(at('text.onnx'), 'no model');
});

/** Runs `fns export` and returns the written file. */
async function exported(style: string, out: string, ...options: string[]): Promise<Buffer> {
  const { code, stdout, stderr } = await fns(['export', style, ...options, '--force', '-o', at(out)]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toBe(`${at(out)}\n`);
  return readFile(at(out));
}

test('--half: half the size, the same facts', async () => {
  const bytes = await exported(at('one.onnx'), 'half.onnx', '--half');
  expect(bytes.length).toBeLessThan(0.7 * (await readFile(at('one.onnx'))).length);
  expect(decodeStyle(bytes, 'half').info).toEqual(info);
});

test.each([
  ['480x640', 480, 640],
  ['37', 37, 37],
])('--size %s: a file of that height and width', async (size, height, width) => {
  const bytes = await exported(at('one.onnx'), 'fixed.onnx', '--size', size);
  const { inputs, outputs } = describeModel(bytes);
  expect(inputs).toEqual([{ name: 'image', dtype: 'float32', shape: [1, 3, height, width] }]);
  expect(outputs).toEqual([{ name: 'stylized', dtype: 'float32', shape: [1, 3, height, width] }]);
  expect(decodeStyle(bytes, 'fixed')).toEqual(one);
});

test('--bleed: the same network, which sees pictures continued by so many pixels', async () => {
  const bytes = await exported(at('one.onnx'), 'continued.onnx', '--bleed', '32');
  expect(decodeStyle(bytes, 'continued')).toEqual({ ...one, info: { ...info, bleed: 32 } });
  const back = await exported(at('continued.onnx'), 'back.onnx', '--bleed', '0');
  expect(decodeStyle(back, 'back').info.bleed ?? 0).toBe(0);
  const kept = await exported(at('continued.onnx'), 'kept.onnx', '--half');
  expect(decodeStyle(kept, 'kept').info.bleed).toBe(32);
});

test.each(['30', '68'])('--bleed %s is refused', async (bleed) => {
  const { code, stderr } = await fns(['export', at('one.onnx'), '--bleed', bleed, '-o', at('no.onnx')]);
  expect(code).toBe(2);
  expect(stderr.trim()).toContain(`--bleed: a multiple of 4 from 0 to 64 is needed, got ${bleed}`);
});

test('safetensors: the same parameters and facts, by the extension or by --format', async () => {
  for (const options of [[], ['--format', 'safetensors']]) {
    expect(decodeStyleTensors(await exported(at('one.onnx'), 'x.safetensors', ...options), 'x')).toEqual(one);
  }
  const { metadata } = readSafetensors(await exported('wave', 'wave.safetensors', '--half'));
  expect(metadata).toMatchObject({ 'fns.style': 'wave', 'fns.architecture': 'modern' });
  const { bytes, label } = await readStyleFile('wave');
  // The shipped file holds half floats already.
  const read = decodeStyleTensors(await readFile(at('wave.safetensors')), 'wave');
  expect(read).toEqual(decodeStyle(bytes, label));
});

test('one painting of a network of many', async () => {
  const length = rowLength(4);
  const parameters = initialParameters('modern', 4, 2);
  const many = new Map([...parameters].filter(([name]) => !/scale|shift|bias/.test(name)));
  many.set('rows', { shape: [2, length], data: Float32Array.from({ length: 2 * length }, (_, i) => i) });
  many.set('identity', { shape: [length], data: new Float32Array(length) });
  await writeFile(
    at('many.onnx'),
    encodeStyle({ info: { ...info, paintings: ['a', 'b'] }, parameters: many }),
  );
  const style = decodeStyle(await exported(`${at('many.onnx')}:b`, 'b.onnx'), 'b');
  expect(style.info).toEqual({ ...info, name: 'b' });
  expect(style.parameters.get('down1.norm.scale')!.data[0]).toBe(length);
  expect(decodeStyle(await exported(at('many.onnx'), 'all.onnx', '--half'), 'all').info.paintings).toEqual([
    'a',
    'b',
  ]);
});

describe('what makes no sense is refused in one line', () => {
  const cases: [string, string, string[], number, RegExp][] = [
    ['no model', 'text.onnx', ['-o', 'y.onnx'], 1, /text\.onnx: not an ONNX model/],
    ['no such file', 'none.onnx', ['-o', 'y.onnx'], 1, /cannot read the style file .*none\.onnx/],
    [
      'an unknown extension',
      'one.onnx',
      ['-o', 'y.pth'],
      2,
      /--out: a file that ends in \.onnx or \.safetensors is needed, got '.*y\.pth'/,
    ],
    [
      'an unknown format',
      'one.onnx',
      ['-o', 'y.onnx', '--format', 'tflite'],
      2,
      /--format: one of onnx, safetensors is needed, got 'tflite'/,
    ],
    [
      'format and extension',
      'one.onnx',
      ['-o', 'y.onnx', '--format', 'safetensors'],
      2,
      /--out: a file that ends in \.safetensors is needed for safetensors/,
    ],
    ['a size for safetensors', 'one.onnx', ['-o', 'y.safetensors', '--size', '64'], 2, /a size is for onnx/],
    [
      'size 0',
      'one.onnx',
      ['-o', 'y.onnx', '--size', '0x64'],
      2,
      /--size: sides are whole numbers from 1 to 16384, got 0/,
    ],
    [
      'size with text',
      'one.onnx',
      ['-o', 'y.onnx', '--size', '64xbig'],
      2,
      /--size needs HxW or one number.*got '64xbig'/,
    ],
    ['no such folder', 'one.onnx', ['-o', 'no/y.onnx'], 1, /the folder .*no does not exist/],
    ['a painting of one', 'one.onnx:wave', ['-o', 'y.onnx'], 2, /holds one painting only/],
  ];
  test.each(cases)('%s', async (_, style, [o, out, ...others], code, message) => {
    const result = await fns(['export', at(style), o!, at(out!), ...others]);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.code).toBe(code);
  });
});
