import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeStyle } from '../../src/files/style-file.js';
import { type Materials, trainingMaterials } from '../materials.js';
import { fns } from './fns.js';

let materials: Materials;
const at = (...parts: string[]) => join(materials.folder, ...parts);

beforeAll(async () => {
  materials = await trainingMaterials();
});

/** A small sweep; the options of the materials but the style layers, which may be swept. */
const small = (...more: string[]) => [
  ...['--photos', materials.photos, '--style', materials.painting, '--weights', materials.weights],
  ...['--device', 'cpu', '--threads', '1', '--size', '32', '--width', '4', '--content-layers', 'relu2_2'],
  ...more,
];
const LAYERS = ['--style-layers', 'relu1_2,relu2_2'];
const numbersOf = async (name: string) => JSON.parse(await readFile(at(name), 'utf8'));

/** The sheet's pixels in a rectangle. */
async function pixels(file: string, left: number, top: number, width: number, height: number) {
  return sharp(at(file)).extract({ left, top, width, height }).raw().toBuffer();
}

describe('fns sweep', () => {
  test('a picture for every combination, in rows and columns, with captions, numbers and style files', async () => {
    const { code, stdout, stderr } = await fns([
      ...[
        'sweep',
        ...small(...LAYERS),
        '--style-weight',
        '1,64',
        '--style-size',
        '24,32,48',
        '--steps',
        '10',
      ],
      ...['--preview-photo', join(materials.photos, '0.jpg'), '--keep', at('kept'), '-o', at('sheet.png')],
    ]);
    expect(stderr).toContain('skipped');
    expect(stderr.match(/skipped/g)).toHaveLength(1);
    expect(code).toBe(0);

    const { runs, missing, training, ...rest } = await numbersOf('sheet.json');
    expect(missing).toBe(0);
    expect(rest).toMatchObject({ sheet: 'sheet.png', start: 'none', previewPhoto: '0.jpg' });
    expect(training).toMatchObject({ size: 32, width: 4, steps: 10, batch: 1 });
    const pairs = [1, 64].flatMap((styleWeight) =>
      [24, 32, 48].map((styleSize) => ({ styleWeight, styleSize })),
    );
    expect(runs.map((run: { settings: object }) => run.settings)).toMatchObject(pairs);
    for (const { losses, steps, settings } of runs) {
      expect(steps).toBe(10);
      const weighted = losses['weighted_losses/weighted_style_loss'];
      expect(weighted / (losses['losses/style_loss'] * settings.styleWeight)).toBeCloseTo(1, 6);
    }

    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(1 + 6 + 1);
    expect(lines[0]!.trim().split(/\s+/)).toEqual([
      'style-weight',
      'style-size',
      'content',
      'style',
      'seconds',
    ]);
    expect(lines[4]!.trim().split(/\s+/).slice(0, 2)).toEqual(['64', '24']);
    expect(lines.at(-1)).toBe(at('sheet.png'));

    // The photo is 90x70, not enlarged; three columns with gutters of 90 / 24.
    const { width, height } = await sharp(at('sheet.png')).metadata();
    expect(width).toBe(3 * 82 + 4 * 3);
    const photo = await sharp(join(materials.photos, '0.jpg'))
      .resize(82, 64, { fit: 'fill' })
      .raw()
      .toBuffer();
    const shown = await pixels('sheet.png', 3, 3, 82, 64);
    expect(Math.max(...shown.map((v, i) => Math.abs(v - photo[i]!)))).toBeLessThan(20);
    // Below the last row of pictures stand captions, each another one.
    const captions = await Promise.all(
      [0, 1, 2].map((column) => pixels('sheet.png', 3 + 85 * column, height! - 3 - 26, 82, 26)),
    );
    for (const caption of captions) expect(caption.filter((v) => v < 100).length).toBeGreaterThan(100);
    expect(new Set(captions.map((c) => c.toString('base64'))).size).toBe(3);

    expect((await readdir(at('kept'))).sort()).toEqual(
      pairs.map((p) => `style-weight-${p.styleWeight}_style-size-${p.styleSize}.onnx`).sort(),
    );
  });

  test('each run is what `fns train` gives with the same settings', async () => {
    const train = [...small(...LAYERS), '--style-weight', '64', '--style-size', '48', '--steps', '10'];
    expect((await fns(['train', ...train, '-o', at('trained.onnx')])).code).toBe(0);
    const kept = at('kept', 'style-weight-64_style-size-48.onnx');
    const [trained, swept] = await Promise.all(
      [at('trained.onnx'), kept].map(async (path) => decodeStyle(await readFile(path), path)),
    );
    expect(swept!.parameters).toEqual(trained!.parameters);
    const { name: _, config: a, ...one } = swept!.info;
    const { name: __, config: b, ...other } = trained!.info;
    expect(one).toEqual(other);
    expect({ ...JSON.parse(a), name: '' }).toEqual({ ...JSON.parse(b), name: '' });
  });

  test('lists of layers, from a style, a blend of two paintings', async () => {
    const { code, stdout } = await fns([
      ...['sweep', ...small('--style-layers', 'relu1_2; relu1_2=0.5,relu2_2'), '--keep', at('layers')],
      ...['--init', at('trained.onnx'), '--steps', '2', '-o', at('layers.jpg')],
      // Goes on with the list of --style.
      ...['--style', materials.otherPainting, '--blend', '0.5,0.5'],
    ]);
    expect(stdout).toContain('relu1_2=0.5,relu2_2');
    expect(code).toBe(0);
    const { runs, start, paintings } = await numbersOf('layers.json');
    expect(start).toBe('trained.onnx');
    expect(paintings).toHaveLength(2);
    expect(runs.map((run: { settings: { styleLayers: string[] } }) => run.settings.styleLayers)).toEqual([
      ['relu1_2'],
      ['relu1_2=0.5', 'relu2_2'],
    ]);
    const path = at('layers', 'style-layers-2.onnx');
    expect(decodeStyle(await readFile(path), path).info).toMatchObject({
      steps: 12,
      blend: [0.5, 0.5],
      start: 'trained.onnx',
    });
  });

  test('one combination alone has its weight and size below it; without a length it has 150 steps', async () => {
    const { code, stdout, stderr } = await fns([
      'sweep',
      ...small(...LAYERS),
      '--size',
      '16',
      '-o',
      at('one.jpg'),
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/1 of 1 runs in \d:\d\d/);
    expect(stdout).toMatch(/^ *style-weight +style-size .*\n +3 +32 /);
    expect((await numbersOf('one.json')).runs).toMatchObject([{ steps: 150, settings: { styleWeight: 3 } }]);
  });

  test('a run that diverges has a cell that says so, and the others go on', async () => {
    const { code, stdout, stderr } = await fns([
      ...['sweep', ...small(...LAYERS), '--style-weight', '1e38,8', '--steps', '2', '-o', at('wild.png')],
    ]);
    expect(stderr).toMatch(/style-weight 1e\+38: diverged at step \d: /);
    expect(code).toBe(0);
    expect(stdout).toMatch(/1e\+38\s+diverged/);
    const { runs } = await numbersOf('wild.json');
    expect(runs).toMatchObject([{ diverged: expect.stringMatching(/step \d/) }, { steps: 2 }]);
    expect(runs[0]).not.toHaveProperty('losses');
    const all = await fns([
      ...['sweep', ...small(...LAYERS), '--style-weight', '1e38', '--steps', '2', '-o', at('wild.png')],
    ]);
    expect(all.stderr).toContain('every run diverged');
    expect(all.code).toBe(1);
  });

  test('Ctrl-C keeps the runs that are finished and says how many are missing', async () => {
    let sent = false;
    const args = [...small(...LAYERS), '--style-weight', '1,2,3', '--steps', '40', '-o', at('cut.png')];
    const { code, stdout, stderr } = await fns(['sweep', ...args], {
      onStderr: (text, kill) => {
        if (sent || !text.includes('run 1/3')) return;
        sent = true;
        const timer = setInterval(async () => {
          if (!(await readdir(materials.folder)).includes('cut.json')) return;
          clearInterval(timer);
          kill('SIGINT');
        }, 20);
      },
    });
    expect(stderr).toMatch(/stopped: (1|2) of 3 runs are missing on the sheet/);
    expect(code).toBe(130);
    expect(stdout).toContain(at('cut.png'));
    const { runs, missing } = await numbersOf('cut.json');
    expect(runs.length + missing).toBe(3);
    expect((await readdir(materials.folder)).filter((f) => f.endsWith('.tmp'))).toEqual([]);
  });

  test('Ctrl-C in the first run leaves nothing', async () => {
    const args = [...small(...LAYERS), '--style-weight', '1,2', '--minutes', '5', '-o', at('none.png')];
    let sent = false;
    const { code, stderr } = await fns(['sweep', ...args], {
      onStderr: (text, kill) => {
        if (sent || !/skipped/.test(text)) return;
        sent = true;
        kill('SIGINT');
      },
    });
    expect(stderr).toContain('error: stopped before a run was finished');
    expect(code).toBe(1);
    expect((await readdir(materials.folder)).filter((f) => f.startsWith('none'))).toEqual([]);
  });
});

describe('bad input gives one clear line and leaves nothing behind', () => {
  const many = Array.from({ length: 9 }, (_, i) => 16 + i).join();
  const cases: [string, () => string[], number, RegExp][] = [
    [
      'too many combinations',
      () => ['--style-weight', many, '--style-size', many],
      2,
      /81 combinations, and a sheet holds 64: give fewer values/,
    ],
    ['a value twice', () => ['--style-weight', '4,8,4.0'], 2, /--style-weight: the value 4 is named twice/],
    ['a weight that is no number', () => ['--style-weight', '4,,8'], 2, /--style-weight needs a number/],
    ['a negative weight', () => ['--tv-weight=-1'], 2, /--tv-weight needs a number of at least 0/],
    ['half a pixel', () => ['--style-size', '24.5'], 2, /--style-size needs a whole number/],
    [
      'a size that is too small',
      () => ['--style-size', '32,8'],
      2,
      /--style-size: a whole number from 16 on is needed, got 8/,
    ],
    ['an empty list of layers', () => ['--style-layers', 'relu1_2;'], 2, /lists of layers separated by ;/],
    ['an unknown layer', () => ['--style-layers', 'relu1_2;relu9_9'], 2, /unknown layer 'relu9_9'/],
    ['a layer that the weights lack', () => ['--style-layers', 'relu1_2;relu4_1'], 1, /no conv3_1/],
    ['several paintings', () => ['--style', materials.otherPainting], 2, /one painting, or blend several/],
    ['no picture', () => ['-o', at('bad.onnx')], 2, /cannot write .*bad\.onnx.*pictures can end in/],
    ['no such folder', () => ['-o', at('no', 'sheet.jpg')], 1, /does not exist/],
    ['no such photo', () => ['--preview-photo', at('me.jpg')], 1, /me\.jpg: no such file/],
    ['a folder that is a file', () => ['--keep', materials.painting], 1, /cannot write .*painting\.jpg/],
    ['an option of train', () => ['--resume', 'x'], 2, /unknown option '--resume'/],
  ];
  test.each(cases)('%s', async (_, args, code, message) => {
    const before = await readdir(materials.folder);
    const out = at('bad.jpg');
    const result = await fns(['sweep', ...small(...LAYERS), '--steps', '1', '-o', out, ...args()]);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(await readdir(materials.folder)).toEqual(before);
  });

  test.each([
    ['--out', '--out is needed'],
    ['--style', '--style is needed'],
    ['--photos', '--photos is needed'],
  ])('%s is missing', async (flag, message) => {
    const args = [...small(), '--out', at('x.jpg')];
    args.splice(args.indexOf(flag), 2);
    const { code, stderr } = await fns(['sweep', ...args]);
    expect(stderr.trim()).toMatch(new RegExp(`^error: ${message}[^\n]*$`));
    expect(code).toBe(2);
  });
});
