import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { uniformValues } from '../../src/core/random.js';
import { writeSafetensors } from '../../src/core/safetensors.js';
import { evaluatePictures } from '../../src/jobs/evaluate-pictures.js';
import { vggTensorShapes } from '../../src/node/weights/vgg-weights.js';
import { fns, newFolder } from './fns.js';

let folder: string;
let photos: string;
let painting: string;
let weights: string;
let foreign: string;

/** Coarse random blocks. */
async function blocks(path: string, width: number, height: number, seed: number): Promise<void> {
  const small = Uint8Array.from(uniformValues(8 * 8 * 3, seed, 1), (v) => 128 + 120 * v);
  await sharp(small, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .toFile(path);
}

beforeAll(async () => {
  folder = await newFolder();
  photos = join(folder, 'photos');
  await mkdir(photos);
  await blocks(join(photos, 'a.jpg'), 280, 260, 1);
  await blocks(join(photos, 'b.png'), 256, 300, 2);
  await blocks(join(photos, 'small.png'), 300, 200, 3);
  painting = join(folder, 'painting.png');
  await blocks(painting, 270, 260, 4);
  weights = join(folder, 'vgg19.safetensors');
  const tensors = new Map();
  let seed = 0;
  for (const [name, shape] of vggTensorShapes('vgg19')) {
    if (!/^conv([123]_|4_[12])/.test(name)) continue;
    const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
    const bound = shape.length === 1 ? 0.1 : Math.sqrt(6 / fanIn);
    tensors.set(name, { shape, data: uniformValues(shape[0]! * fanIn, seed++, bound) });
  }
  await writeFile(weights, writeSafetensors(tensors));
  // A network of another program, as its state_dict in safetensors.
  foreign = join(folder, 'wave.safetensors');
  expect((await fns(['export', 'wave', '-o', foreign])).code).toBe(0);
});

/** The arguments of an evaluation. */
const args = (...more: string[]) => [
  ...['evaluate', 'pictures', 'wave', '--painting', painting, '--photos', photos],
  ...['--weights', weights, '--size', '256', '--device', 'cpu', ...more],
];

interface Network {
  name: string;
  isRival: boolean;
  paintingSize: number;
  content: number;
  frame: Record<string, number>;
  pictures: Record<string, { content: number; styles: Record<string, number> }>;
}

describe('fns evaluate pictures', () => {
  test('table, JSON, chart and pictures; a second run computes nothing', async () => {
    const out = join(folder, 'results');
    const run = () => fns(args('--against', foreign, '-o', out, '--save-pictures'));
    const first = await run();
    expect(first.stderr).toContain('small.png is left out: it has 300x200 pixels');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/network +content +style +painting at +frame 8 .*\nwave .*\n.*\/wave /);
    const read = async () => JSON.parse(await readFile(join(out, 'pictures.json'), 'utf8'));
    const { photos: judged, paintingPeaks, networks } = await read();
    expect(Object.keys(paintingPeaks)).toEqual(['192', '256']);
    expect(judged).toEqual(['a.jpg', 'b.png']);
    expect(networks.map(({ isRival }: Network) => isRival)).toEqual([false, true]);
    const [own, rival] = networks as [Network, Network];
    // The painting has 260 pixels: it is compared at 192 and 256.
    expect(Object.keys(own.pictures['a.jpg']!.styles)).toEqual(['192', '256']);
    expect(own.content).toBeGreaterThan(0);
    expect(own.content).toBeCloseTo(
      (own.pictures['a.jpg']!.content + own.pictures['b.png']!.content) / 2,
      12,
    );
    // It is the same network, in another format.
    for (const key of ['content', 'paintingSize'] as const) expect(rival[key]).toBeCloseTo(own[key], 6);
    expect(Object.keys(own.frame)).toEqual(['8', '16', '32']);
    expect(await sharp(join(out, 'pictures.png')).metadata()).toMatchObject({ width: 1600, height: 1000 });
    expect(await readFile(join(out, 'pictures.md'), 'utf8')).toContain('| wave |');
    expect(await readdir(join(out, 'photos'))).toEqual(['a.png', 'b.png']);
    const folders = await readdir(join(out, 'pictures'));
    expect(folders).toHaveLength(2);
    const picture = await sharp(join(out, 'pictures', 'wave', 'a.png')).metadata();
    expect(picture).toMatchObject({ width: 276, height: 256 });

    const parts = join(out, 'pictures.parts.json');
    const marked = (await readFile(parts, 'utf8')).replaceAll(/"content":[\d.e-]+/g, '"content":0.125');
    await writeFile(parts, marked);
    expect((await run()).code).toBe(0);
    expect((await read()).networks[0].content).toBe(0.125);
  });

  test('without a folder the table alone', async () => {
    const only = join(folder, 'one');
    await mkdir(only);
    await copyFile(join(photos, 'a.jpg'), join(only, 'a.jpg'));
    const { code, stdout } = await fns(args('--photos', only));
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    const json = await fns(['--json', ...args('--photos', only, '--count', '1')]);
    const done = JSON.parse(json.stdout.trim().split('\n').at(-1)!);
    expect(done).toMatchObject({ type: 'done', size: 256, photos: ['a.jpg'], stopped: false });
  });

  test('a job that is stopped keeps what is done, and goes on there', async () => {
    const out = join(folder, 'stopped');
    const options = {
      ...{ styles: ['wave'], painting, photos, weights, size: 256, out, count: 2 },
      device: 'cpu' as const,
    };
    const stop = new AbortController();
    const parts: (string | undefined)[] = [];
    const stopAtSecond = await evaluatePictures(options, {
      signal: stop.signal,
      onEvent(event) {
        if (event.type !== 'progress') return;
        parts.push(event.part);
        if (event.done === 0) stop.abort();
      },
    });
    expect(parts).toEqual(['wave/a.jpg']);
    expect(stopAtSecond).toMatchObject({ stopped: true, photos: ['a.jpg'] });
    expect(await readdir(out)).toEqual(['pictures.parts.json']);
    const whole = await evaluatePictures(options);
    expect(whole).toMatchObject({ stopped: false, photos: ['a.jpg', 'b.png'] });
    expect(whole.networks[0]!.pictures['a.jpg']).toEqual(stopAtSecond.networks[0]!.pictures['a.jpg']);
  });

  test.each([
    [['--size', '255'], 2, '--size: a whole number from 256 to 1024 is needed, got 255'],
    [['--save-pictures'], 2, '--save-pictures: a folder for the results is needed'],
    [['--against', 'wave'], 2, "'wave' is given twice"],
    [['--against', 'missing.pth'], 1, 'cannot read missing.pth: no such file'],
    [['--weights', 'missing.safetensors'], 1, 'cannot read missing.safetensors'],
  ] as const)('%j is refused', async (more, code, message) => {
    const result = await fns(args(...more));
    expect(result.stderr).toContain(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.code).toBe(code);
  });

  test('a painting that is too small, and photos that all are', async () => {
    const small = join(photos, 'small.png');
    const tiny = join(folder, 'tiny.png');
    await blocks(tiny, 300, 100, 5);
    const bad = await fns(args('--painting', tiny));
    expect(bad).toMatchObject({ code: 2 });
    expect(bad.stderr).toContain('--painting: a shorter side of 192 pixels is needed');
    const folderOfSmall = join(folder, 'small');
    await mkdir(folderOfSmall);
    await copyFile(small, join(folderOfSmall, 'small.png'));
    const none = await fns(args('--photos', folderOfSmall));
    expect(none).toMatchObject({ code: 1 });
    expect(none.stderr).toContain('has 256 pixels and more on each side');
  });
});
