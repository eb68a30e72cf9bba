import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { trainingMaterials } from '../materials.js';
import { fns } from './fns.js';

let folder: string;
let photos: string;
let painting: string;
let otherPainting: string;
let weights: string;

beforeAll(async () => {
  ({ folder, photos, painting, otherPainting, weights } = await trainingMaterials());
});

const loss = () => ['--loss-network', 'vgg16', '--weights', weights, '--device', 'cpu', '--threads', '1'];
const layers = ['--content-layers', 'relu2_2', '--style-layers', 'relu1_2,relu2_2=0.5'];
const objectiveOf = (stderr: string) => Number(/objective ([\d.e+]+)\s*$/.exec(stderr.trim())![1]);

describe('fns optimize', () => {
  const optimise = (...more: string[]) =>
    fns(['optimize', painting, '-s', otherPainting, '--size', '48', ...layers, ...loss(), ...more]);

  test('lowers the objective with every iteration, and keeps the size', async () => {
    const out = join(folder, 'a.png');
    const few = await optimise('--iterations', '2', '-o', out);
    expect(few.code).toBe(0);
    expect(await sharp(out).metadata()).toMatchObject({ width: 48, height: 32 });
    const many = await optimise('--iterations', '12', '-o', out);
    expect(objectiveOf(many.stderr)).toBeLessThan(0.9 * objectiveOf(few.stderr));
  });

  test('several paintings, sizes from small to large, noise, Adam, a preview and the photo’s colours', async () => {
    const [out, preview] = [join(folder, 'b.jpg'), join(folder, 'now.png')];
    const { code, stderr } = await fns([
      ...[
        'optimize',
        painting,
        '-s',
        `${otherPainting}=0.7`,
        `${painting}=0.3`,
        '--size',
        '64',
        '--scales',
        '2',
      ],
      ...['--init', 'noise', '--optimizer', 'adam', '--iterations', '3', '--original-colours'],
      ...['--preview', preview, '--preview-every', '1', ...layers, ...loss(), '-o', out],
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('made in 6 iterations');
    expect(await sharp(out).metadata()).toMatchObject({ width: 64 });
    expect(await sharp(preview).metadata()).toMatchObject({ format: 'png' });
  });

  test('Ctrl-C writes the picture as it is', async () => {
    const [out, preview] = [join(folder, 'c.png'), join(folder, 'c-now.png')];
    let waiting: NodeJS.Timeout | undefined;
    const { code, stderr } = await fns(
      [
        ...['optimize', painting, '-s', otherPainting, '--size', '48', '--iterations', '100000'],
        ...['--preview', preview, '--preview-every', '1', ...layers, ...loss(), '-o', out],
      ],
      {
        onStderr: (_, kill) => {
          // In the first iterations: after some hundreds L-BFGS would find the minimum and end by itself.
          waiting ??= setInterval(() => {
            if (!existsSync(preview)) return;
            clearInterval(waiting);
            kill('SIGINT');
          }, 20);
        },
      },
    );
    clearInterval(waiting);
    expect(code).toBe(130);
    expect(stderr).toContain('stopped after');
    expect((await stat(out)).size).toBeGreaterThan(100);
  });

  test.each([
    [['--init', 'nothing'], 2, '--init'],
    [['--style-layers', 'relu9_9'], 2, 'relu9_9'],
    [['--content-weight', '0', '--style-weight', '0'], 2, 'nothing to optimise'],
    [['--style-layers', 'relu4_2'], 1, 'they end at conv2_2'],
    [['--scales', '99'], 2, '--scales'],
    [['-o', 'x.bmp'], 2, 'x.bmp'],
  ])('%j ends with %i and one line', async (args, code, text) => {
    const base = [
      'optimize',
      painting,
      '-s',
      otherPainting,
      '-o',
      'x.png',
      '--size',
      '32',
      ...layers,
      ...loss(),
    ];
    const result = await fns([...base, ...args], { cwd: folder });
    expect(result.code).toBe(code);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.stderr).toContain(text);
  });
});

describe('fns reconstruct', () => {
  test('does not replace its picture', async () => {
    const out = join(folder, 'own');
    await mkdir(out);
    for (const name of ['sheet.png', 'relu2_2.png']) {
      const picture = join(out, name);
      await sharp(painting).png().toFile(picture);
      const before = await readFile(picture);
      const args = [
        'reconstruct',
        'content',
        picture,
        '--layers',
        'relu2_2',
        '--iterations',
        '1',
        ...loss(),
        '-o',
        out,
      ];
      const { code, stderr } = await fns(args);
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining('is the picture, and would be overwritten'),
      ]);
      expect(await readFile(picture)).toEqual(before);
      await rm(picture);
    }
  });

  test('content: a picture for each layer that the weights reach, and a sheet', async () => {
    const out = join(folder, 'inversion');
    const { code, stderr } = await fns([
      ...['reconstruct', 'content', painting, '--size', '32', '--iterations', '8', ...loss(), '-o', out],
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('left out, because the weights end before: relu3_3, relu4_3, relu5_1, relu5_3');
    expect((await readdir(out)).sort()).toEqual(['relu1_2.png', 'relu2_2.png', 'sheet.png']);
    // It has left the noise that it started from.
    const { channels } = await sharp(join(out, 'relu1_2.png')).stats();
    expect(Math.max(...channels.map((c) => c.stdev))).toBeGreaterThan(20);
  });

  test('style, and a layer that is not there', async () => {
    const out = join(folder, 'style');
    const args = [
      'reconstruct',
      'style',
      painting,
      '--size',
      '32',
      '--iterations',
      '2',
      ...loss(),
      '-o',
      out,
    ];
    expect((await fns(args)).code).toBe(0);
    expect((await readdir(out)).sort()).toEqual(['relu1_2.png', 'relu2_2.png', 'sheet.png']);
    const missing = await fns([...args, '--layers', 'relu5_1']);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain('conv');
  });

  test('the texture of a shipped style', async () => {
    const out = join(folder, 'texture.png');
    const args = ['reconstruct', 'texture', 'wave', '--size', '64', '--device', 'cpu', '-o', out];
    expect((await fns(args)).code).toBe(0);
    const { channels } = await sharp(out).stats();
    expect(Math.max(...channels.map((c) => c.stdev))).toBeGreaterThan(10);
  });
});

describe('fns evaluate objective and speed', () => {
  test('tables, JSON and plots of a style', async () => {
    const style = join(folder, 'style.onnx');
    const train = [
      ...['train', '--style', painting, '--photos', photos, '--steps', '2', '--size', '32', '--width', '4'],
      ...['--init', 'none', ...layers, ...loss(), '-o', style],
    ];
    expect((await fns(train)).code).toBe(0);
    const out = join(folder, 'results');
    const common = [
      '--painting',
      painting,
      '--photos',
      join(photos, 'more'),
      '--weights',
      weights,
      '-o',
      out,
    ];
    const args = [...common, '--sizes', '64', '--device', 'cpu'];
    const objective = await fns([
      'evaluate',
      'objective',
      style,
      ...args,
      '--iterations',
      '3',
      '--init',
      'photo',
    ]);
    expect(objective.code).toBe(0);
    const { sizes } = JSON.parse(await readFile(join(out, 'objective.json'), 'utf8'));
    expect(sizes[0]).toMatchObject({ size: 64, photos: 1 });
    expect(sizes[0].curve).toHaveLength(3);
    // The untouched photo's own is 1.
    expect(sizes[0].curve[2]).toBeLessThan(1);
    expect(sizes[0].diverged).toBe(0);
    for (const key of ['network', 'file', 'inner', 'free']) expect(sizes[0].equals[key]).toHaveLength(1);
    // The file continues the photo beyond its border and the network does not; without the border it is another picture
    // again.
    const { network, file, inner } = sizes[0].forward;
    expect(Math.abs(file / network - 1)).toBeGreaterThan(1e-4);
    expect(Math.abs(file / inner - 1)).toBeGreaterThan(1e-4);
    // What is compared is clipped; the noise of the photos reaches to the ends of the range, so that a step leaves it.
    const { parts } = JSON.parse(await readFile(join(out, 'objective.parts.json'), 'utf8'));
    const [curve] = Object.values(parts) as [Record<'whole' | 'inner' | 'free', number[]>];
    expect(curve.free).toHaveLength(3);
    expect(Math.abs(curve.whole[2]! / curve.free[2]! - 1)).toBeGreaterThan(1e-6);
    expect(Math.abs(curve.whole[2]! / curve.free[2]! - 1)).toBeLessThan(0.1);
    expect(curve.inner[2]).toBeLessThan(1);
    // Another network of the same painting finds the optimisation done, as it was; its own pictures are new.
    const marked = join(out, 'objective.parts.json');
    await writeFile(marked, (await readFile(marked, 'utf8')).replace(String(curve.whole[2]), '0.125'));
    const other = join(folder, 'other.onnx');
    expect((await fns([...train.slice(0, -1), other, '--seed', '7'])).code).toBe(0);
    const rerun = ['evaluate', 'objective', other, ...args, '--iterations', '3', '--init', 'photo'];
    expect((await fns(rerun)).code).toBe(0);
    const second = JSON.parse(await readFile(join(out, 'objective.json'), 'utf8')).sizes[0];
    expect(second.curve[2]).toBe(0.125);
    expect(second.forward.network).not.toBe(network);
    // Under another name it is the same painting; what replaces it under that name is not.
    const renamed = join(folder, 'renamed.png');
    const withRenamed = rerun.map((arg) => (arg === painting ? renamed : arg));
    const kept: boolean[] = [];
    for (const picture of [painting, otherPainting]) {
      await copyFile(picture, renamed);
      expect((await fns(withRenamed)).code).toBe(0);
      const { sizes: found } = JSON.parse(await readFile(join(out, 'objective.json'), 'utf8'));
      kept.push(found[0].curve[2] === 0.125);
    }
    expect(kept).toEqual([true, false]);
    // Within bounds there is nothing to clip.
    const bounded = ['--iterations', '4', '--bounded'];
    expect((await fns(['evaluate', 'objective', style, ...args, ...bounded])).code).toBe(0);
    const again = JSON.parse(await readFile(join(out, 'objective.parts.json'), 'utf8')).parts;
    for (const { whole, free } of Object.values<Record<'whole' | 'free', number[]>>(again)) {
      expect(whole).toHaveLength(4);
      expect(whole).toEqual(free);
    }
    expect(await readFile(join(out, 'objective.md'), 'utf8')).toContain('pixels kept within 0..255');
    const bad = await fns(['evaluate', 'objective', style, ...args, '--line-search', 'armijo']);
    expect(bad.code).toBe(2);
    expect(bad.stderr.trim()).toMatch(/--line-search <how>.*'armijo'.*Allowed choices are none, wolfe/);
    const speed = await fns(['evaluate', 'speed', style, ...args, '--measured', '2']);
    expect(speed.code).toBe(0);
    expect(await readFile(join(out, 'speed.md'), 'utf8')).toContain('| 64 |');
    expect((await readdir(out)).filter((f) => f.endsWith('.svg')).sort()).toEqual([
      'objective.svg',
      'speed.svg',
    ]);
  });
});
