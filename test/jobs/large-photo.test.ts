import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { stylizePictures } from '../../src/jobs/stylize-pictures.js';
import { upscalePictures } from '../../src/jobs/upscale-pictures.js';

const folder = await mkdtemp(join(tmpdir(), 'fns-large-'));
afterAll(() => rm(folder, { recursive: true }));
const example = new URL('../../examples/harbour.jpg', import.meta.url).pathname;
const TIGHT = 205 * 2 ** 20;
const AMPLE = 2 ** 30;

/** The numbers of a picture file, as levels of 255, and what else it holds. */
async function read(path: string) {
  const { icc, exif, channels, depth } = await sharp(path).metadata();
  const about = { icc: icc?.toString('hex'), exif: exif?.length, channels, depth };
  const picture = sharp(path, { ignoreIcc: true });
  if (depth === 'uchar') return { data: Float32Array.from(await picture.raw().toBuffer()), about };
  const { buffer, byteOffset, length } = await picture
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer();
  return { data: Float32Array.from(new Uint16Array(buffer, byteOffset, length / 2), (v) => v / 257), about };
}

/** Through files a few rows at a time, and in memory. */
async function bothWays(make: (out: string, memory: number) => Promise<unknown>, extension: string) {
  const [large, small] = [join(folder, `large${extension}`), join(folder, `small${extension}`)];
  await make(large, TIGHT);
  await make(small, AMPLE);
  return [await read(large), await read(small)] as const;
}

test.each(['.png', '.tif', '.jpg', '.webp'])(
  'a photo through files of pixels is the picture of memory: %s',
  async (extension) => {
    const photo = join(folder, 'photo.png');
    const pixels = sharp(example)
      .resize(230, 170)
      .withIccProfile('p3')
      .withExif({ IFD0: { Copyright: 'me' } });
    if (extension === '.tif') await pixels.toColourspace('rgb16').png().toFile(photo);
    else if (extension === '.jpg') await pixels.rotate(90).png().toFile(photo);
    else await pixels.ensureAlpha(0.4).png().toFile(photo);
    const depth = extension === '.tif' ? 16 : 8;
    const keep = { keepProfile: true, keepMetadata: true, depth } as const;
    const options = { photos: [photo], style: 'wave', device: 'cpu', force: true, ...keep } as const;
    const [large, small] = await bothWays(
      (out, memory) => stylizePictures({ ...options, out, memory }),
      extension,
    );
    expect(large.about).toEqual(small.about);
    expect([large.about.icc, large.about.depth]).toEqual([
      expect.any(String),
      depth === 16 ? 'ushort' : 'uchar',
    ]);
    const away = large.data.map((v, i) => Math.abs(v - small.data[i]!));
    // A lossy format makes more of a level here and there.
    if (/png|tif/.test(extension)) expect(away.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(1);
    expect(away.reduce((a, b) => a + b) / away.length).toBeLessThan(2);
    expect(large.data.length).toBe(small.data.length);
  },
);

test('what alpha hides does not matter there, either', async () => {
  const photo = join(folder, 'hidden.png');
  const { data, info } = await sharp(example)
    .resize(220, 180)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let i = 0; i < 220 * 60; i++) data.set([255, 0, 0, 0], 4 * i);
  await sharp(data, { raw: info }).png().toFile(photo);
  const options = { photos: [photo], style: 'wave', device: 'cpu', force: true } as const;
  const [large, small] = await bothWays(
    (out, memory) => stylizePictures({ ...options, out, memory }),
    '.png',
  );
  expect(large.data.every((v, i) => Math.abs(v - small.data[i]!) <= 1)).toBe(true);
});

/** The folders of pixel files of this process. */
async function pixelFolders(): Promise<string[]> {
  const ours = new RegExp(`^fns-pixels-[0-9a-f]+-${process.pid}-`);
  return (await readdir(tmpdir())).filter((name) => ours.test(name));
}

test('enlarged through files it is the same picture, and no file is left', async () => {
  const photo = join(folder, 'tiny.png');
  await sharp(example).resize(60, 40).png().toFile(photo);
  const before = await pixelFolders();
  const make = (out: string, memory: number) =>
    upscalePictures({
      photos: [photo],
      out,
      memory: memory === TIGHT ? 1000 : memory,
      device: 'cpu',
      tile: 24,
      force: true,
    });
  const [large, small] = await bothWays(make, '.png');
  expect(large).toEqual(small);
  expect(await pixelFolders()).toEqual(before);
});
