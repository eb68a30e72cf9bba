import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { stylizePictures } from '../../src/jobs/stylize-pictures.js';
import { stylizeVideo } from '../../src/jobs/stylize-video.js';
import { newFolder } from '../cli/fns.js';
import { tinyStyle } from '../tiny-style.js';
import { ffmpeg, testPicture } from '../video/clips.js';

let folder: string;
let style: string;
let mask: string;

beforeAll(async () => {
  folder = await newFolder();
  style = await tinyStyle(folder);
  mask = join(folder, 'mask.png');
  await mkdir(join(folder, 'in'));
  const noise = Uint8Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * 7919) >> 3);
  await sharp(noise, { raw: { width: 16, height: 12, channels: 3 } }).toFile(join(folder, 'in', 'a.png'));
});

/** Writes a white mask whose alpha is that of the pixels in turn. */
async function writeMask(width: number, height: number, ...alphas: number[]): Promise<void> {
  const pixels = Array.from({ length: width * height }, (_, i) => [
    255,
    255,
    255,
    alphas[i % alphas.length]!,
  ]);
  await sharp(Uint8Array.from(pixels.flat()), { raw: { width, height, channels: 4 } }).toFile(mask);
}

test('pictures of a folder are made anew when the alpha or the size of the mask changes', async () => {
  const out = join(folder, 'out');
  const run = async () => {
    const { written } = await stylizePictures({
      photos: join(folder, 'in'),
      out,
      style,
      mask,
      device: 'cpu',
    });
    return { written: written.length, bytes: await readFile(join(out, 'a.png')) };
  };
  await writeMask(4, 2, 255, 0);
  const first = await run();
  expect(first.written).toBe(1);
  expect((await run()).written).toBe(0);
  await writeMask(4, 2, 0, 255);
  const second = await run();
  expect(second.written).toBe(1);
  expect(second.bytes.equals(first.bytes)).toBe(false);
  await writeMask(2, 4, 0, 255);
  expect((await run()).written).toBe(1);
  // Opaque in another way: without alpha.
  await writeMask(2, 4, 255);
  expect((await run()).written).toBe(1);
});

test('a video does not go on with a mask whose alpha has changed', async () => {
  const video = join(folder, 'clip.mp4');
  await ffmpeg(...testPicture({ rate: '10', seconds: 8, size: '32x24', sound: false }), video);
  const options = { video, out: join(folder, 'out.mp4'), style, mask, device: 'cpu' } as const;
  await writeMask(4, 2, 255, 0);
  const stop = new AbortController();
  const { stopped } = await stylizeVideo(options, {
    signal: stop.signal,
    onEvent: ({ type }) => type === 'progress' && stop.abort(),
  });
  expect(stopped).toBe(true);
  await writeMask(4, 2, 255, 100);
  await expect(stylizeVideo({ ...options, resume: true })).rejects.toThrow('with other options');
  await writeMask(4, 2, 255, 0);
  expect((await stylizeVideo({ ...options, resume: true })).frames).toBe(80);
});
