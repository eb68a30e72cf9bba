/** No command replaces what it reads, and a style that is there only when it is told to. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Materials, trainingMaterials } from '../materials.js';
import { tinyStyle } from '../tiny-style.js';
import { ffmpeg, frameTimes, testPicture } from '../video/clips.js';
import { fns } from './fns.js';

let materials: Materials;
let style: string;
const at = (...parts: string[]) => join(materials.folder, ...parts);

beforeAll(async () => {
  materials = await trainingMaterials();
  style = await tinyStyle(materials.folder);
  for (const name of ['photo.png', 'mask.png', 'painting-1.png', 'mine.preview.jpg'])
    await copyFile(materials.painting, at(name));
});

const loss = () => ['--weights', materials.weights, '--device', 'cpu', '--threads', '1'];
const layers = ['--content-layers', 'relu2_2', '--style-layers', 'relu1_2,relu2_2'];
const optimize = (...more: string[]) => [
  ...['optimize', at('photo.png'), '-s', at('painting-1.png'), '--loss-network', 'vgg16'],
  ...['--size', '32', '--iterations', '1', ...layers, ...loss(), ...more],
];
const sweep = (...more: string[]) => [
  ...['sweep', '--photos', materials.photos, '--style', at('painting-1.png'), '--style-weight', '1,2'],
  ...['--steps', '1', '--size', '32', '--width', '4', ...layers, ...loss(), ...more],
];

describe('what is read stays', () => {
  test.each([
    [
      'a mask',
      'mask.png',
      () => ['stylize', at('photo.png'), '-s', style, '--mask', at('mask.png'), '-o', at('mask.png')],
      /--out: .* is the mask/,
    ],
    ['the photo of optimize', 'photo.png', () => optimize('-o', at('photo.png')), /--out: .* is the photo/],
    ['its painting', 'painting-1.png', () => optimize('-o', at('painting-1.png')), /--out: .* is a painting/],
    [
      'its photo, by a preview',
      'photo.png',
      () => optimize('-o', at('x.png'), '--preview', at('photo.png')),
      /--preview: .* is the photo/,
    ],
    [
      'the painting of sweep',
      'painting-1.png',
      () => sweep('-o', at('painting-1.png')),
      /--out: .* is a painting/,
    ],
    [
      'a painting that lies where train puts its preview',
      'mine.preview.jpg',
      () => [
        ...['train', '--photos', materials.photos, '--style', at('mine.preview.jpg'), '--steps', '1'],
        ...['--size', '32', '--width', '4', ...layers, ...loss(), '-o', at('mine.onnx')],
      ],
      /--out: .* is a painting/,
    ],
  ])('%s', async (_, file, given, message) => {
    const before = await readFile(at(file));
    const { code, stderr } = await fns(given());
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('error: ')),
    ).toEqual([expect.stringMatching(message)]);
    expect(code).toBe(2);
    expect(await readFile(at(file))).toEqual(before);
  });

  test.each([
    ['export', () => ['export', style, '--half', '-o', style]],
    ['import', () => ['import', style, '-o', style]],
  ])('%s replaces a style only with --force', async (_, given) => {
    const before = await readFile(style);
    const refused = await fns(given());
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/is there already.*--force/)]);
    expect(await readFile(style)).toEqual(before);
    expect((await fns([...given(), '--force'])).code).toBe(0);
  });
});

describe('a video of any name', () => {
  test.each(['a#1.mp4', 'why?.mp4', "it's 100%d.mp4", 'a:b.mp4', '-c.mp4', 'C#/ü.gif'])(
    '%s',
    async (name) => {
      const cwd = at('named');
      await mkdir(join(cwd, 'C#'), { recursive: true });
      await mkdir(join(cwd, 'made', 'C#'), { recursive: true });
      await ffmpeg(...testPicture({ rate: '10', seconds: 0.5, size: '48x36' }), join(cwd, 'clip.mp4'));
      await copyFile(join(cwd, 'clip.mp4'), join(cwd, basename(name, '.gif')));
      // As it is given on a command line from the folder that it is in; a dash would be an option.
      const here = basename(name, '.gif');
      const { code, stderr } = await fns(['video', `./${here}`, '-s', style, '-o', `./made/${name}`], {
        cwd,
      });
      expect(stderr).not.toContain('error');
      expect(code).toBe(0);
      expect(await frameTimes(join(cwd, 'made', name))).toHaveLength(5);
    },
  );
});
