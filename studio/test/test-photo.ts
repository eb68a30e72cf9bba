/** Photos for tests of the studio, and how pictures are compared. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { expect } from 'vitest';
import type { Image } from '../../src/core/image.js';
import type { TestFile } from './open-studio.js';

/** A picture with edges, smooth parts and noise. */
export function testPhoto(width: number, height: number, seed = 1): Image {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    const square = (Math.floor(x / 9) + Math.floor(y / 7)) % 2 ? 60 : 0;
    return Math.round(90 + 50 * Math.sin((x + seed) / 6 + c) + square + ((i * 7919 * seed) % 23));
  });
  return { width, height, data };
}

/** It as a PNG file. */
export async function pngFile({ width, height, data }: Image, name = 'photo.png'): Promise<TestFile> {
  const buffer = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return { name, mimeType: 'image/png', buffer };
}

/** The pixels of a picture file. */
export async function pixelsOf(path: string | Uint8Array): Promise<Uint8Array> {
  const input = typeof path === 'string' ? await readFile(path) : path;
  return new Uint8Array(await sharp(input).removeAlpha().raw().toBuffer());
}

/** The largest difference of two pictures. */
export function difference(a: Uint8Array, b: Uint8Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
}
