import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listPhotos } from '../../../src/node/media/folder.js';
import { openPhotos, type PhotoOptions } from '../../../src/node/media/photos.js';
import type { PhotoBatch } from '../../../src/train/photo-batches.js';
import { dataDir, requireData } from '../../data.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-photos-'));
const names = Array.from({ length: 10 }, (_, i) => join(folder, `${i}.png`));
const size = 16;

beforeAll(async () => {
  // Red is the photo's number times 20, green grows to the right, blue downwards: a crop tells where it is from.
  for (const [i, path] of names.entries()) {
    const width = 30 + i;
    const height = 24;
    const data = new Uint8Array(width * height * 3);
    for (let p = 0; p < width * height; p++) {
      data.set([i * 20, (p % width) * 6, Math.floor(p / width) * 10], p * 3);
    }
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const base: PhotoOptions = { files: names, size, batch: 4, seed: 5 };

async function draw(count: number, options: Partial<PhotoOptions> = {}): Promise<PhotoBatch[]> {
  const source = openPhotos({ ...base, ...options });
  const batches: PhotoBatch[] = [];
  for (let i = 0; i < count; i++) batches.push(await source.next());
  source.close();
  return batches;
}

/** Which photo each sample of the batches is. */
function photos(batches: PhotoBatch[]): number[] {
  return batches.flatMap(({ pictures: { data } }) => {
    const samples = data.length / (3 * size * size);
    return Array.from({ length: samples }, (_, n) => Math.round(data[n * 3 * size * size]! / 20));
  });
}

describe('order', () => {
  test('every epoch draws each photo once, each in another order; batches run across its end', async () => {
    const batches = await draw(5);
    const drawn = photos(batches);
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(drawn.slice(0, 10).sort()).toEqual(all);
    expect(drawn.slice(10).sort()).toEqual(all);
    expect(drawn.slice(0, 10)).not.toEqual(drawn.slice(10));
    expect(batches.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1]);
    expect(batches.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  test('fewer photos than a batch holds: they are repeated', async () => {
    const [batch] = await draw(1, { files: names.slice(0, 2), batch: 5 });
    expect(photos([batch!]).slice(0, 4).sort()).toEqual([0, 0, 1, 1]);
  });
});

describe('repeatable', () => {
  test('the same seed gives the same numbers whatever the number of workers, another seed others', async () => {
    const [one, other, third] = [await draw(6), await draw(6, { workers: 1 }), await draw(6, { seed: 6 })];
    expect(one.map((b) => b.pictures)).toEqual(other.map((b) => b.pictures));
    expect(one[0]!.pictures).not.toEqual(third[0]!.pictures);
  });

  test('continuing at a position gives what would have come', async () => {
    const source = openPhotos(base);
    for (let i = 0; i < 4; i++) await source.next();
    expect(source.position).toBe(4);
    const rest = [await source.next(), await source.next()];
    source.close();
    expect(await draw(2, { startAt: 4 })).toEqual(rest);
  });

  test('next() called several times at once gives the batches in order', async () => {
    const source = openPhotos(base);
    const together = await Promise.all([
      source.next(),
      source.next(),
      source.next(),
      source.next(),
      source.next(),
    ]);
    expect(together).toEqual(await draw(5));
    expect(source.position).toBe(5);
    source.close();
  });
});

describe('crops', () => {
  test('central: the whole shorter side, the middle, the same each time', async () => {
    const [batch, again] = await draw(2, { files: names.slice(0, 1), batch: 1, crop: 'centre' });
    expect(again!.pictures).toEqual(batch!.pictures);
    const planes = batch!.pictures.data;
    // 30x24 becomes 20x16, of which columns 2 to 17: green from 6*(2.5*1.5-0.5) on; blue from 10*0.25 to 10*22.75.
    expect(planes[256]!).toBeGreaterThan(13);
    expect(planes[256]!).toBeLessThan(26);
    expect(planes[2 * 256]!).toBeLessThan(10);
    expect(planes[3 * 256 - 1]!).toBeGreaterThan(220);
  });

  test('random: other places, other scales, mirrored about half of the time', async () => {
    const batches = await draw(200, { files: names.slice(0, 1), batch: 1 });
    const green = (data: Float32Array, x: number) => data[256 + 8 * 16 + x]!;
    const mirrored = batches.filter(({ pictures: { data } }) => green(data, 15) < green(data, 0)).length;
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
    // Range of green across the crop is 15 columns times 6, times 24 / (16..20).
    const slopes = batches.map(
      ({ pictures: { data } }) => Math.abs(green(data, 14) - green(data, 1)) / (13 * 6),
    );
    expect(Math.min(...slopes)).toBeLessThan(1.25);
    expect(Math.min(...slopes)).toBeGreaterThan(1.15);
    expect(Math.max(...slopes)).toBeGreaterThan(1.45);
    expect(Math.max(...slopes)).toBeLessThan(1.55);
    const tops = new Set(batches.map(({ pictures: { data } }) => Math.round(data[2 * 256]! / 10)));
    expect(tops.size).toBeGreaterThan(3);
  });

  test('flip: false mirrors none and changes nothing else', async () => {
    const options = { files: names.slice(0, 1), batch: 1 };
    const [free, straight] = [await draw(40, options), await draw(40, { ...options, flip: false })];
    for (const [i, { pictures }] of straight.entries()) {
      const { data } = pictures;
      expect(data[256]!).toBeLessThan(data[256 + 15]!);
      const line = [...free[i]!.pictures.data.subarray(256, 272)];
      const want = [...data.subarray(256, 272)];
      expect([line, [...line].reverse()]).toContainEqual(want);
    }
  });

  test('a photo smaller than the crop is enlarged to it', async () => {
    const [batch] = await draw(1, { size: 40, batch: 2 });
    const { shape, data } = batch!.pictures;
    expect(shape).toEqual([2, 3, 40, 40]);
    expect(data).toHaveLength(2 * 3 * 40 * 40);
    expect(Math.max(...data)).toBeLessThanOrEqual(255);
    expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
  });
});

describe('broken files', () => {
  const place = join(folder, 'broken');
  const files = [...names.slice(0, 6), join(place, 'text.jpg'), join(place, 'gone.jpg')];
  beforeAll(() => {
    mkdirSync(place);
    writeFileSync(join(place, 'text.jpg'), 'no picture');
  });

  test('each is reported once and replaced, the same way in every run', async () => {
    const reports: string[] = [];
    const onSkip = (path: string, reason: string) => {
      expect(reason).toContain(path);
      reports.push(path);
    };
    const batches = await draw(8, { files, onSkip });
    expect(reports.sort()).toEqual([join(place, 'gone.jpg'), join(place, 'text.jpg')]);
    expect(await draw(8, { files, workers: 1 })).toEqual(batches);
    expect(await draw(3, { files, startAt: 5 })).toEqual(batches.slice(5));
    // All readable photos are in the first epoch's eight samples, two of them a second time.
    expect(new Set(photos(batches.slice(0, 2)))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });

  test('when nothing can be read, that is the error', async () => {
    const source = openPhotos({ ...base, files: files.slice(6) });
    await expect(source.next()).rejects.toMatchObject({
      message: 'none of the 2 training photos can be read',
      kind: 'failure',
    });
    source.close();
  });
});

describe('crops of one colour', () => {
  test('are replaced by the next photo', async () => {
    const white = join(folder, 'white.png');
    await sharp({ create: { width: 40, height: 30, channels: 3, background: 'white' } }).toFile(white);
    const drawn = photos(await draw(6, { files: [...names, white], batch: 2 }));
    expect(drawn.every((n) => n <= 9)).toBe(true);
    await expect(draw(1, { files: [white] })).rejects.toThrow('crops of 1 of 1 are of one colour');
  });
});

test('each batch draws one of several sizes, the same in every run', async () => {
  const sides = [16, 20, 24];
  const batches = await draw(12, { size: sides, batch: 1 });
  expect([...new Set(batches.map((b) => b.size))].sort()).toEqual(sides);
  for (const { pictures, size: side } of batches) {
    expect(pictures.shape).toEqual([1, 3, side, side]);
    expect(pictures.data).toHaveLength(3 * side * side);
  }
  const again = await draw(4, { size: sides, batch: 1, startAt: 8 });
  expect(again.map((b) => b.size)).toEqual(batches.slice(8).map((b) => b.size));
});

test('no files, a size of 0 and half a batch are usage errors', () => {
  expect(() => openPhotos({ ...base, files: [] })).toThrow('there are no training photos');
  expect(() => openPhotos({ ...base, size: 0 })).toThrow('size of the training photos is 0');
  expect(() => openPhotos({ ...base, batch: 1.5 })).toThrow('batch of the training photos is 1.5');
});

test('after close() nothing more comes', async () => {
  const source = openPhotos(base);
  source.close();
  await expect(source.next()).rejects.toThrow('closed');
});

test('real photos: 8 batches of 4 crops of 256 pixels, none skipped', async () => {
  if (!requireData('reading the training photos')) return;
  const files = await listPhotos(join(dataDir!, 'photos/train'));
  const reports: string[] = [];
  const batches = await draw(8, { files, size: 256, onSkip: (path) => reports.push(path) });
  expect(reports).toEqual([]);
  for (const { pictures } of batches) expect(pictures.data.length).toBe(4 * 3 * 256 * 256);
});
