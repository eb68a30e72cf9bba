import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeUpscaling } from '../../src/files/upscale-file.js';
import { trainingMaterials } from '../materials.js';
import { fns } from './fns.js';

let folder: string;
let photos: string;
let painting: string;
let weights: string;

beforeAll(async () => {
  ({ folder, photos, painting, weights } = await trainingMaterials());
});

const small = () => [
  ...['train-upscale', '--photos', photos, '--size', '32', '--batch', '2', '--width', '4', '--blocks', '1'],
  ...['--device', 'cpu', '--threads', '1'],
];

describe('fns train-upscale', () => {
  test('writes a network that fns upscale takes, and a log', async () => {
    const out = join(folder, 'a.onnx');
    const { code, stderr, stdout } = await fns([...small(), '--steps', '4', '--log-every', '1', '-o', out]);
    expect(stderr).toContain('broken.jpg');
    expect(code).toBe(0);
    expect(stdout.trim()).toBe(out);
    const { info } = decodeUpscaling(await readFile(out), out);
    expect(info).toMatchObject({
      name: 'a',
      architecture: 'modern',
      factor: 4,
      width: 4,
      blocks: 1,
      steps: 4,
    });
    expect(JSON.parse(info.config)).toMatchObject({ size: 32, pixelWeight: 1, degrade: 'bicubic' });
    const lines = (await readFile(join(folder, 'a.training', 'log.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 4]);
    const picture = join(folder, 'large.png');
    expect((await fns(['upscale', painting, '-n', out, '-o', picture])).code).toBe(0);
    expect(await sharp(picture).metadata()).toMatchObject({ width: 480, height: 320 });
    expect((await fns(['inspect', out])).stdout).toContain('train-upscale');
    const half = join(folder, 'half.onnx');
    expect((await fns(['export', out, '--half', '-o', half])).code).toBe(0);
    expect((await fns(['upscale', painting, '-n', half, '-o', picture])).code).toBe(0);
    const sized = await fns(['export', out, '--size', '64', '-o', half]);
    expect(sized).toMatchObject({ code: 2 });
    expect(sized.stderr).toContain('only half precision can be chosen');
  });

  test('a training that goes on is one that never stopped', async () => {
    const [whole, parts] = [join(folder, 'whole.onnx'), join(folder, 'parts.onnx')];
    const named = ['--name', 'n', '--schedule', 'constant'];
    expect((await fns([...small(), ...named, '--steps', '5', '-o', whole])).code).toBe(0);
    expect((await fns([...small(), ...named, '--steps', '2', '-o', parts])).code).toBe(0);
    const resumed = await fns(['train-upscale', '--resume', join(folder, 'parts.training'), '--steps', '5']);
    expect(resumed.stderr).toContain('going on after step 2');
    const [a, b] = [whole, parts].map(async (file) => decodeUpscaling(await readFile(file), file).parameters);
    expect(await a).toEqual(await b);
  });

  test('feature loss and start from another network', async () => {
    const out = join(folder, 'feature.onnx');
    const args = [
      '--feature-weight',
      '1',
      '--pixel-weight',
      '0',
      '--weights',
      weights,
      '--tv-weight',
      '1e-6',
    ];
    const init = ['--init', join(folder, 'a.onnx')];
    const { code, stderr } = await fns([...small(), ...args, ...init, '--steps', '2', '-o', out]);
    expect(code).toBe(0);
    expect(stderr).toContain('feature/relu2_2');
    expect(decodeUpscaling(await readFile(out), out).info.steps).toBe(6);
  });

  test('the paper’s network, and Ctrl-C', async () => {
    const out = join(folder, 'paper.onnx');
    let told = false;
    const { code, stderr } = await fns(
      [
        ...['train-upscale', '--photos', photos, '--architecture', 'paper', '--width', '4', '--size', '32'],
        ...['--pixel-weight', '1', '--feature-weight', '0', '--device', 'cpu', '--save-every', '1'],
        ...['-o', out],
      ],
      {
        onStderr: (text, kill) => {
          if (!told && text.includes('building')) {
            told = true;
            setTimeout(() => kill('SIGINT'), 4000);
          }
        },
      },
    );
    expect(code).toBe(130);
    expect(stderr).toContain('to go on: fns train-upscale --resume');
    expect((await stat(out)).size).toBeGreaterThan(1000);
  });

  test.each([
    [['--photos', 'nowhere', '-o', 'x.onnx'], 1, 'nowhere'],
    [['-o', 'x.onnx'], 2, '--photos'],
    [['--photos', '.', '-o', 'x.png'], 2, '.onnx'],
    [['--photos', '.', '-o', 'x.onnx', '--factor', '3'], 2, 'factor'],
    [['--photos', '.', '-o', 'x.onnx', '--size', '30'], 2, 'multiple'],
    [['--photos', '.', '-o', 'x.onnx', '--pixel-weight', '0'], 2, 'nothing to learn'],
    [
      ['--photos', '.', '-o', 'x.onnx', '--factor', '8', '--size', '24', '--checkerboard-weight', '1'],
      2,
      'checkerboard loss needs',
    ],
    [['--photos', '.', '-o', 'x.onnx', '--size', '40', '--spectrum-weight', '1'], 2, 'spectrum loss needs'],
    [['--resume', 'nowhere'], 1, 'no checkpoint'],
    [['--resume', 'nowhere', '--lr', '1'], 2, '--learning-rate'],
  ])('%j ends with %i and one line', async (args, code, text) => {
    const result = await fns(['train-upscale', ...args], { cwd: folder });
    expect(result.code).toBe(code);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.stderr).toContain(text);
  });
});

describe('fns upscale', () => {
  test('folders, formats and alpha', async () => {
    const from = join(folder, 'from');
    await mkdir(from);
    const raw = { width: 12, height: 9, channels: 4 } as const;
    await sharp(Buffer.alloc(12 * 9 * 4, 120), { raw })
      .png()
      .toFile(join(from, 'a.png'));
    await writeFile(join(from, 'b.jpg'), 'no picture');
    const out = join(folder, 'larger');
    const args = ['upscale', from, '-n', join(folder, 'a.onnx'), '--match-histogram', '--tile', '16'];
    const { code, stderr } = await fns([...args, '-o', out]);
    expect(code).toBe(1);
    expect(stderr).toContain('1 of 2 photos could not be enlarged');
    expect((await readdir(out)).sort()).toEqual(['.fns-pictures.jsonl', 'a.png']);
    expect(await sharp(join(out, 'a.png')).metadata()).toMatchObject({
      width: 48,
      height: 36,
      hasAlpha: true,
    });
  });

  test('Ctrl-C while it computes ends with 130, without a message of the runtime and without a file', async () => {
    const photo = fileURLToPath(new URL('../../examples/harbour.jpg', import.meta.url));
    const out = join(folder, 'stopped.png');
    const { code, stderr } = await fns(['upscale', photo, '-o', out, '--device', 'cpu'], {
      onStderr: (text, kill) => {
        if (/tile 1\/\d+/.test(text)) kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr).not.toMatch(/terminate|Napi|error/);
    expect(stderr.trim().split('\n').at(-1)).toBe('stopped before the end');
    expect((await readdir(folder)).filter((name) => name.includes('stopped'))).toEqual([]);
  });

  test.each([
    [['-x', '3'], 2, '--factor <n>'],
    [['-n', 'nothing'], 2, 'unknown super-resolution network'],
    [['-n', 'a.onnx', '-x', '8'], 2, 'enlarges by 4, not by 8'],
    [['-n', 'painting.jpg'], 1, 'painting.jpg'],
  ])('%j ends with %i and one line', async (args, code, text) => {
    const result = await fns(['upscale', painting, ...args, '-o', 'y.png'], { cwd: folder });
    expect(result.code).toBe(code);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.stderr).toContain(text);
  });

  test('a style is no super-resolution network, and the other way round', async () => {
    const wrong = await fns(['upscale', painting, '-n', 'wave', '-o', 'y.png'], { cwd: folder });
    expect(wrong).toMatchObject({ code: 2 });
    const other = await fns(['stylize', painting, '-s', 'a.onnx', '-o', 'y.png'], { cwd: folder });
    expect(other).toMatchObject({ code: 1 });
    expect(other.stderr).toContain('fns upscale');
  });
});

describe('fns evaluate superres', () => {
  test('scores of a small set, its table and plot, and a second run that computes nothing', async () => {
    const out = join(folder, 'scores');
    const args = ['evaluate', 'superres', join(photos, 'more'), '-n', join(folder, 'a.onnx'), '-o', out];
    const run = () => fns([...args, '--weights', weights, '--device', 'cpu', '--pictures']);
    expect((await run()).code).toBe(0);
    const { sets } = JSON.parse(await readFile(join(out, 'superres.json'), 'utf8'));
    expect(sets[0]).toMatchObject({ set: 'more', pictures: 1, small: 'bicubic' });
    expect(sets[0].methods.bicubic.psnr).toBeGreaterThan(15);
    expect(sets[0].methods.a.feature).toBeGreaterThan(0);
    expect(await readFile(join(out, 'superres.md'), 'utf8')).toContain('| more | bicubic |');
    expect(await sharp(join(out, 'superres.png')).metadata()).toMatchObject({ width: 1600, height: 1000 });
    expect(await readdir(join(out, 'more'))).toEqual(['deep.a.png', 'deep.bicubic.png']);
    const parts = JSON.parse(await readFile(join(out, 'superres.parts.json'), 'utf8'));
    parts.parts['more/deep.PNG'].a.psnr = 99;
    await writeFile(join(out, 'superres.parts.json'), JSON.stringify(parts));
    expect((await run()).code).toBe(0);
    expect(await readFile(join(out, 'superres.md'), 'utf8')).toContain('99.00');
  });
});

describe('fns train-pairs', () => {
  const pairs = () => [
    ...['train-pairs', '--targets', join(photos, 'more'), '--size', '44', '--batch', '1', '--width', '4'],
    ...['--device', 'cpu', '--threads', '1', '--steps', '2'],
  ];

  test('colourisation gives a style file', async () => {
    const out = join(folder, 'colour.onnx');
    expect((await fns([...pairs(), '--degrade', 'grey', '-o', out])).code).toBe(0);
    const picture = join(folder, 'coloured.png');
    expect((await fns(['stylize', painting, '-s', out, '-o', picture])).code).toBe(0);
    expect(await sharp(picture).metadata()).toMatchObject({ width: 120, height: 80 });
    expect((await fns(['inspect', out])).stdout).toContain('trained by fns train-pairs');
    expect(
      (await fns(['train-pairs', '--resume', join(folder, 'colour.training'), '--steps', '3'])).code,
    ).toBe(0);
  });

  test('pairs of two folders are cropped alike', async () => {
    const inputs = join(folder, 'inputs');
    await mkdir(inputs);
    await sharp(join(photos, 'more', 'deep.PNG')).toFile(join(inputs, 'deep.png'));
    const out = join(folder, 'same.onnx');
    const { code, stderr } = await fns([...pairs(), '--inputs', inputs, '-o', out]);
    expect(code).toBe(0);
    expect(stderr).toContain('pixel');
  });

  test('bad input ends with one line', async () => {
    const missing = await fns([...pairs(), '--inputs', join(folder, 'from'), '-o', join(folder, 'z.onnx')]);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain('deep.PNG has no input');
    const neither = await fns([...pairs(), '-o', join(folder, 'z.onnx')]);
    expect(neither).toMatchObject({ code: 2 });
    expect(neither.stderr).toContain('--degrade grey');
  });
});
