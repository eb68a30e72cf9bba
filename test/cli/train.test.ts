import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeStyle } from '../../src/files/style-file.js';
import { trainingMaterials } from '../materials.js';
import { onSmallDisk } from '../small-disk.js';
import { fns } from './fns.js';

let folder: string;
let photos: string;
let painting: string;
let otherPainting: string;
let weights: string;

beforeAll(async () => {
  ({ folder, photos, painting, otherPainting, weights } = await trainingMaterials());
});

const small = () => [
  ...['--photos', photos, '--style', painting, '--weights', weights, '--size', '32', '--width', '4'],
  ...['--style-layers', 'relu1_2,relu2_2', '--content-layers', 'relu2_2', '--device', 'cpu'],
];
const totalOf = (stderr: string) => stderr.match(/total [\d.e+]+/g)!.at(-1);

describe('fns train', () => {
  test('writes a style file, the cropped painting and a preview; the broken photo is reported', async () => {
    const out = join(folder, 'a.onnx');
    const { code, stderr, stdout } = await fns([
      'train',
      ...small(),
      '--steps',
      '8',
      '-o',
      out,
      '--seed',
      '3',
    ]);
    expect(stderr).toContain('broken.jpg');
    expect(code).toBe(0);
    expect(stdout.trim()).toBe(out);
    const { info } = decodeStyle(await readFile(out), out);
    expect(info).toMatchObject({
      name: 'a',
      architecture: 'modern',
      width: 4,
      steps: 8,
      seed: 3,
      lossNetwork: 'vgg16',
    });
    expect(info).toMatchObject({ start: 'none', pictures: ['painting.jpg'] });
    expect(info.blend).toBeUndefined();
    expect(JSON.parse(info.config)).toMatchObject({ styleLayers: ['relu1_2', 'relu2_2'], size: 32 });
    expect(await sharp(join(folder, 'a.target.png')).metadata()).toMatchObject({ width: 64, height: 64 });
    expect(await sharp(join(folder, 'a.preview.jpg')).metadata()).toMatchObject({ format: 'jpeg' });
    const picture = join(folder, 'a.png');
    expect((await fns(['stylize', painting, '-s', out, '-o', picture])).code).toBe(0);
  });

  test('pixel loss and total variation alone need no loss network', async () => {
    const out = join(folder, 'smooth.onnx');
    const { code, stderr } = await fns([
      ...[
        'train',
        '--photos',
        photos,
        '--style',
        painting,
        '--size',
        '32',
        '--width',
        '4',
        '--device',
        'cpu',
      ],
      ...['--content-weight', '0', '--style-weight', '0', '--pixel-weight', '1', '--tv-weight', '0.001'],
      ...['--steps', '3', '--log-every', '0', '-o', out],
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/total [\d.e+]+ {2}tv [\d.e+-]+ {2}pixel [\d.e+]+/);
    expect(decodeStyle(await readFile(out), out).info).toMatchObject({ lossNetwork: '', licence: '' });
  });

  test('the same seed gives the same losses', async () => {
    const runs = [];
    for (const name of ['r1', 'r2']) {
      const out = join(folder, `${name}.onnx`);
      runs.push(await fns(['train', ...small(), '--steps', '6', '--seed', '5', '--name', 'r', '-o', out]));
    }
    expect(totalOf(runs[0]!.stderr)).toBe(totalOf(runs[1]!.stderr));
    expect(await readFile(join(folder, 'r1.onnx'))).toEqual(await readFile(join(folder, 'r2.onnx')));
  });

  test('--init goes on from a style and takes over its network', async () => {
    const out = join(folder, 'b.onnx');
    const init = join(folder, 'a.onnx');
    expect((await fns(['train', ...small(), '--steps', '2', '--init', init, '-o', out])).code).toBe(0);
    expect(decodeStyle(await readFile(out), out).info).toMatchObject({ steps: 10, start: 'a.onnx' });
  });

  test('the command that `fns inspect` prints makes the same style from the same start', async () => {
    const [out, again] = [join(folder, 'blend.onnx'), join(folder, 'again.onnx')];
    const blend = ['--style', painting, otherPainting, '--blend', '0.75,0.25'];
    const args = [...small().filter((a) => a !== '--style' && a !== painting), ...blend, '--steps', '2'];
    const run = await fns(['train', ...args, '--init', join(folder, 'a.onnx'), '-o', out]);
    expect(run.code).toBe(0);
    expect(decodeStyle(await readFile(out), out).info).toMatchObject({
      start: 'a.onnx',
      pictures: ['painting.jpg', 'other.jpg'],
      blend: [0.75, 0.25],
    });
    const text = (await fns(['inspect', out])).stdout;
    expect(text).toContain('learned from: painting.jpg (weight 0.75), other.jpg (weight 0.25)');
    expect(text).toContain('started from: a.onnx');
    const { command } = JSON.parse((await fns(['inspect', out, '--json'])).stdout);
    const words = (command as string).replace("'<photos>'", photos).split(' ').slice(1);
    const where = ['--name', 'blend', '-o', again, '--weights', weights, '--device', 'cpu'];
    expect((await fns([...words, ...where], { cwd: folder })).code).toBe(0);
    expect(await readFile(again)).toEqual(await readFile(out));
  });

  test('the losses that are shown are weighted by layer: they add up to the total', async () => {
    const args = [
      ...small(),
      '--style-layers',
      'relu1_2=0.25,relu2_2=2',
      '--pixel-weight',
      '3',
      '--stability',
      '2',
      '--tv-weight',
      '0.1',
    ];
    const { stderr } = await fns(['train', ...args, '--steps', '2', '-o', join(folder, 'parts.onnx')]);
    const last = stderr
      .trim()
      .split('\n')
      .find((line) => line.includes('step 2/2'))!;
    const [total, ...parts] = ['total', 'content', 'style', 'tv', 'pixel', 'stability'].map((name) =>
      Number(new RegExp(`${name} ([\\d.e+-]+)`).exec(last)![1]),
    );
    // Three digits are shown.
    expect(Math.abs(parts.reduce((a, b) => a + b) / total! - 1)).toBeLessThan(0.01);
  });

  test('Ctrl-C writes what is there', async () => {
    const out = join(folder, 'c.onnx');
    let sent = false;
    const { code, stderr } = await fns(
      ['train', ...small(), '--minutes', '5', '-o', out, '--preview-every', '0'],
      {
        onStderr: (text, kill) => {
          if (sent || !text.includes('step ')) return;
          sent = true;
          kill('SIGINT');
        },
      },
    );
    expect(code).toBe(130);
    expect(stderr).toContain('stopped after');
    expect(decodeStyle(await readFile(out), out).info.steps).toBeGreaterThan(0);
    expect((await readdir(folder)).filter((f) => f.endsWith('.tmp'))).toEqual([]);
  });

  test.each(['source', 'paper'])('architecture %s trains', async (architecture) => {
    const out = join(folder, `${architecture}.onnx`);
    const size = architecture === 'paper' ? '48' : '32';
    const args = [...small(), '--architecture', architecture, '--size', size, '--batch', '2', '--steps', '2'];
    expect((await fns(['train', ...args, '-o', out])).code).toBe(0);
    expect(decodeStyle(await readFile(out), out).info.architecture).toBe(architecture);
  });

  test('a configuration in the source’s own form works, options win over it', async () => {
    const conf = join(folder, 'conf');
    await mkdir(conf);
    await writeFile(
      join(conf, 'wave.yml'),
      [
        'style_image: painting.jpg',
        'naming: "wave"',
        'model_path: models',
        'content_weight: 1.0',
        'style_weight: 220.0',
        'tv_weight: 0.0',
        'image_size: 32',
        'batch_size: 2',
        'epoch: 2',
        'loss_model: "vgg_16"',
        'content_layers:',
        '  - "vgg_16/conv2/conv2_2"',
        'style_layers:',
        '  - "vgg_16/conv1/conv1_2"',
        '  - "vgg_16/conv2/conv2_2"',
        'checkpoint_exclude_scopes: "vgg_16/fc"',
        'loss_model_file: "pretrained/vgg_16.ckpt"',
      ].join('\n'),
    );
    const out = join(folder, 'conf.onnx');
    const args = [
      '--photos',
      photos,
      '--weights',
      weights,
      '--config',
      join(conf, 'wave.yml'),
      '--steps',
      '2',
      '--width',
      '4',
    ];
    const { code, stderr } = await fns(['train', ...args, '-o', out]);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    const { info } = decodeStyle(await readFile(out), out);
    expect(info).toMatchObject({ name: 'wave', architecture: 'source' });
    expect(JSON.parse(info.config)).toMatchObject({
      normalisation: 'source',
      styleWeight: 220,
      crop: 'centre',
      steps: 2,
    });
  });
});

describe('bad input gives one clear line and leaves nothing behind', () => {
  const cases: [string, () => string[], number, RegExp][] = [
    ['no painting', () => ['--style', 'nope.jpg'], 1, /nope\.jpg: no such file/],
    ['text as painting', () => ['--style', join(photos, 'broken.jpg')], 1, /broken\.jpg: not a picture/],
    ['no folder', () => ['--photos', 'nowhere'], 1, /nowhere/],
    ['folder without pictures', () => ['--photos', join(folder, 'conf')], 1, /no pictures in/],
    ['size 0', () => ['--size', '0'], 2, /--size needs a whole number above 0/],
    ['size -4', () => ['--size=-4'], 2, /--size needs a whole number above 0/],
    ['size no multiple of 4', () => ['--size', '33'], 2, /multiple of 4/],
    ['unknown layer', () => ['--style-layers', 'relu9_9'], 2, /unknown layer 'relu9_9'.*relu1_1/],
    [
      'a layer’s weight that is no number',
      () => ['--style-layers', 'relu1_2=x'],
      2,
      /'relu1_2=x': .*a number/,
    ],
    ['a layer’s negative weight', () => ['--style-layers', 'relu1_2=-1'], 2, /'relu1_2=-1': .*at least 0/],
    ['layer that the weights lack', () => ['--style-layers', 'relu4_1'], 1, /no conv3_1.*end at conv2_2/],
    ['unknown device', () => ['--device', 'abacus'], 2, /--device <name>.*'abacus' is invalid/],
    [
      'unknown architecture',
      () => ['--architecture', 'unet'],
      2,
      /architecture: one of .*modern.* is needed, got 'unet'/,
    ],
    ['no weights', () => ['--weights', join(folder, 'missing.safetensors')], 1, /missing\.safetensors/],
    ['broken weights', () => ['--weights', painting], 1, /painting\.jpg/],
    ['two lengths', () => ['--epochs', '1'], 2, /one of steps, epochs and minutes/],
    ['no number', () => ['--lr', 'fast'], 2, /--learning-rate: a number above 0 is needed, got 'fast'/],
    [
      'init of another width',
      () => ['--init', join(folder, 'a.onnx'), '--width', '6'],
      2,
      /width 4.*width 6/,
    ],
    ['wrong ending', () => ['-o', join(folder, 'x.pth')], 2, /--out: a file that ends in \.onnx is needed/],
    ['no such output folder', () => ['-o', join(folder, 'no', 'x.onnx')], 1, /does not exist/],
  ];
  test.each(cases)('%s', async (_, args, code, message) => {
    const before = await readdir(folder);
    const result = await fns([
      'train',
      ...small(),
      '--steps',
      '1',
      '-o',
      join(folder, 'bad.onnx'),
      ...args(),
    ]);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(before);
  });

  test('missing weights say how to get them', async () => {
    const args = small().filter((a) => a !== '--weights' && a !== weights);
    const { code, stderr } = await fns(['train', ...args, '--steps', '1', '-o', join(folder, 'bad.onnx')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no VGG16 weights found: .*`fns weights vgg16`.*--weights.*FNS_WEIGHTS/);
  });

  test('numbers that explode stop training with the step and the loss', async () => {
    const out = join(folder, 'nan.onnx');
    const { code, stderr } = await fns(['train', ...small(), '--lr', '1e30', '--steps', '50', '-o', out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/diverged at step \d+: (style|content|tv)\S* is not a finite number/);
  });

  test('a full disk: one line, no half-written file', (context) =>
    onSmallDisk(context, async (disk) => {
      const { code, stderr } = await fns(['train', ...small(), '--steps', '2', '-o', join(disk, 'x.onnx')]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/error: cannot write .*no space left/);
      expect((await readdir(disk)).filter((f) => f.includes('.onnx'))).toEqual([]);
      expect((await readdir(disk)).filter((f) => f.endsWith('.tmp'))).toEqual([]);
    }));
});
