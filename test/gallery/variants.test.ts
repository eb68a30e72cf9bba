import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { variant } from '../../gallery/variants.mjs';

const SIDE = 24;
let folder: string;
let painting: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fns-variants-'));
  painting = join(folder, 'painting.png');
  // Red grows to the right, green downwards, blue is 40.
  const data = Buffer.alloc(80 * 60 * 3);
  for (let i = 0; i < 80 * 60; i++) data.set([(i % 80) * 3, Math.floor(i / 80) * 4, 40], i * 3);
  await sharp(data, { raw: { width: 80, height: 60, channels: 3 } })
    .png()
    .toFile(painting);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The channels of a variant as planes of numbers. */
async function planes(place: number, number: number): Promise<Float32Array[]> {
  const { data } = await variant(painting, SIDE, place, number);
  return [0, 1, 2].map((c) => data.subarray(c * SIDE * SIDE, (c + 1) * SIDE * SIDE));
}

/** The plane that was blue: it is flat. */
const flat = (all: Float32Array[]) => all.findIndex((p) => Math.max(...p) - Math.min(...p) < 1);

describe('variants of a painting', () => {
  it('are the same on every call, and each another', async () => {
    const keys = new Set<string>();
    for (let number = 0; number < 4; number++) {
      const [first, second] = [
        await variant(painting, SIDE, 3, number),
        await variant(painting, SIDE, 3, number),
      ];
      expect(first.data).toEqual(second.data);
      expect(first).toMatchObject({ width: SIDE, height: SIDE });
      keys.add(first.data.join());
    }
    expect(keys.size).toBe(4);
  });

  it('have other orders of the channels, and the odd ones are negatives', async () => {
    for (let place = 0; place < 5; place++) {
      for (const number of [0, 1]) {
        const all = await planes(place, number);
        expect(all[flat(all)]![0]).toBeCloseTo(number === 0 ? 40 : 215, 0);
      }
    }
    const places = [];
    for (let place = 0; place < 5; place++) places.push(flat(await planes(place, 0)));
    expect(new Set(places).size).toBe(3);
  });

  it('are cut out of the painting: no more than its shorter side, no less than 60 % of it', async () => {
    for (let number = 0; number < 8; number++) {
      const all = await planes(1, number);
      const isFlat = flat(all);
      const ranges = all.flatMap((p, c) => (c === isFlat ? [] : [Math.max(...p) - Math.min(...p)]));
      // 3 levels a pixel for red and 4 for green, 60 pixels high; turned or not.
      const [least, most] = [Math.min(...ranges), Math.max(...ranges)];
      expect(most / least).toBeCloseTo(4 / 3, 1);
      expect(most).toBeGreaterThan(0.6 * 240 - 14);
      expect(most).toBeLessThanOrEqual(240);
    }
  });
});
