import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeStyle } from '../../src/files/style-file.js';
import { rowLength } from '../../src/nets/rows.js';
import { type Materials, trainingMaterials } from '../materials.js';
import { fns } from './fns.js';

let materials: Materials;
let photo: string;
let many: string;

/** A small training with these styles. */
const train = (out: string, styles: string[], more: string[] = []) =>
  fns([
    ...['train', ...materials.args.filter((a) => a !== '--style' && a !== materials.painting)],
    ...['--style', ...styles, '--size', '32', '--width', '4', '--batch', '1', '--log-every', '0'],
    ...['--preview-every', '0', '--threads', '1', '--steps', '4', '-o', out, ...more],
  ]);

const read = async (path: string) => decodeStyle(await readFile(path), path);
const pixels = async (path: string) => sharp(path).raw().toBuffer();

beforeAll(async () => {
  materials = await trainingMaterials();
  photo = join(materials.photos, '1.jpg');
  many = join(materials.folder, 'many.onnx');
  const result = await train(many, [materials.painting, materials.otherPainting]);
  expect(result.stderr).not.toContain('starting from');
  expect(result.code).toBe(0);
});

/** The picture of the photo in a style, as PNG. */
async function stylize(style: string, name: string, more: string[] = []): Promise<string> {
  const out = join(materials.folder, name);
  const { code, stderr } = await fns(['stylize', photo, '-s', style, '-o', out, '--device', 'cpu', ...more]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return out;
}

describe('many paintings', () => {
  test('one file holds them all with their names, and their targets and a preview lie beside it', async () => {
    const { info, parameters } = await read(many);
    expect(info.paintings).toEqual(['painting', 'other']);
    expect(parameters.get('rows')!.shape).toEqual([2, rowLength(4)]);
    expect(JSON.parse(info.config)).toMatchObject({ paintings: ['painting', 'other'] });
    for (const file of ['many.painting.target.png', 'many.other.target.png', 'many.preview.jpg']) {
      expect((await stat(join(materials.folder, file))).size).toBeGreaterThan(100);
    }
  });

  test('a name, a mixture and a strength choose the picture', async () => {
    const [a, b, both, none] = await Promise.all([
      stylize(`${many}:painting`, 'a.png'),
      stylize(`${many}:other`, 'b.png'),
      stylize(`${many}:painting=0.5,other=0.5`, 'both.png'),
      stylize(`${many}:other`, 'none.png', ['--strength', '0']),
    ]);
    const [pa, pb, pBoth, pNone, original] = await Promise.all([a, b, both, none, photo].map(pixels));
    expect(Buffer.compare(pa!, pb!)).not.toBe(0);
    expect(Buffer.compare(pBoth!, pa!)).not.toBe(0);
    expect(Math.max(...pNone!.map((v, i) => Math.abs(v - original![i]!)))).toBeLessThanOrEqual(1);
  });

  test('a painting added with --only rows changes no bit of the others', async () => {
    const more = join(materials.folder, 'more.onnx');
    const style = join(materials.folder, 'more.jpg');
    await sharp(materials.painting).negate().toFile(style);
    const { code, stderr } = await train(more, [style], ['--init', many, '--only', 'rows']);
    expect(stderr).not.toContain('change too');
    expect(code).toBe(0);
    expect((await read(more)).info.paintings).toEqual(['painting', 'other', 'more']);
    for (const name of ['painting', 'painting=0.3,other=0.7']) {
      const [before, after] = [
        await stylize(`${many}:${name}`, 'x.png'),
        await stylize(`${more}:${name}`, 'y.png'),
      ];
      expect(Buffer.compare(await pixels(before), await pixels(after))).toBe(0);
    }
    const half = [
      await stylize(`${many}:other`, 'x.png', ['--strength', '0.5']),
      await stylize(`${more}:other`, 'y.png', ['--strength', '0.5']),
    ];
    expect(Buffer.compare(await pixels(half[0]!), await pixels(half[1]!))).toBe(0);
  });

  test('--init starts from all of them, from one, or from none', async () => {
    const added = await train(
      join(materials.folder, 'added.onnx'),
      [materials.otherPainting],
      ['--init', many],
    );
    expect(added.stderr).toContain('the other paintings');
    expect((await read(join(materials.folder, 'added.onnx'))).info.paintings).toEqual(['painting', 'other']);
    const inits = [`${many}:other`, `${many}:painting=1,other=3`, `${many}:mean`, 'none'];
    for (const [i, init] of inits.entries()) {
      const out = join(materials.folder, `one${i}.onnx`);
      expect((await train(out, [materials.painting], ['--init', init])).code).toBe(0);
      expect((await read(out)).info.paintings).toBeUndefined();
    }
  });

  test('without --init a style starts from the shipped start, and its file says so', async () => {
    const out = join(materials.folder, 'default.onnx');
    const result = await train(out, [materials.painting], ['--width', '16']);
    expect(result.stderr).toContain('starting from the shipped network that has learned many paintings');
    const { info } = await read(out);
    expect(info).toMatchObject({ width: 16, start: 'start', steps: 4 });
    expect(info.paintings).toBeUndefined();
    // Named, it is the same.
    const named = join(materials.folder, 'named.onnx');
    await train(named, [materials.painting], ['--init', 'start', '--width', '16']);
    expect((await read(named)).parameters).toEqual((await read(out)).parameters);
  });

  test('the shipped start is of one width only', async () => {
    const out = join(materials.folder, 'narrow.onnx');
    const result = await train(out, [materials.painting], ['--init', 'start', '--width', '8']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('the shipped start is modern of width 16');
  });

  test('a wider network starts from the narrow one, widened', async () => {
    const out = join(materials.folder, 'wide.onnx');
    const result = await train(out, [materials.painting], ['--init', `${many}:other`, '--width', '8']);
    expect(result.stderr).not.toContain('error');
    expect((await read(out)).info.width).toBe(8);
  });

  test('--blend makes one style of several pictures', async () => {
    const out = join(materials.folder, 'blend.onnx');
    const styles = [materials.painting, materials.otherPainting];
    expect((await train(out, styles, ['--blend', '0.7,0.3'])).code).toBe(0);
    expect((await read(out)).info.paintings).toBeUndefined();
  });

  test('--size 32..48 trains on several sizes', async () => {
    const out = join(materials.folder, 'sizes.onnx');
    expect((await train(out, [materials.painting], ['--size', '32..48', '--steps', '8'])).code).toBe(0);
    expect(JSON.parse((await read(out)).info.config)).toMatchObject({ size: 32, sizeTo: 48 });
  });

  test.each([
    [['--blend', '1,2,3'], 2, '--blend: one weight for each picture'],
    [['--architecture', 'paper', '--size', '48', '--init', 'none'], 2, 'need the architecture modern'],
    [['--size', '48..32'], 2, 'sizes run from small to large'],
    [['--only', 'columns'], 2, '--only: rows is needed'],
    [['--init', 'wave:x', '--width', '16'], 2, 'holds one painting only'],
    [['--init', 'wave', '--width', '24'], 2, 'twice the width will do'],
  ] as const)('%j is refused', async (more, code, message) => {
    const result = await train(
      join(materials.folder, 'bad.onnx'),
      [materials.painting, materials.otherPainting],
      [...more],
    );
    expect(result.stderr).toContain(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.code).toBe(code);
  });

  test.each([
    [[], 2, 'holds 2 paintings: name one of painting, other'],
    [[':nobody'], 2, "has no painting 'nobody'"],
    [[':painting=2,other=x'], 2, 'NAME or NAME=SHARE is needed'],
    [[':painting', '--strength', '2'], 2, 'the strength of a style is a number from 0 to 1'],
  ] as const)('stylize %j is refused', async ([name = '', ...more], code, message) => {
    const out = join(materials.folder, 'bad.png');
    const result = await fns([
      'stylize',
      photo,
      '-s',
      `${many}${name}`,
      '-o',
      out,
      '--device',
      'cpu',
      ...more,
    ]);
    expect(result.stderr).toContain(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.code).toBe(code);
  });
});
