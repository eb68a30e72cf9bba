import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { Planes } from '../../src/core/planes.js';
import { contentDistance, openFeatureReader, styleDistance } from '../../src/evaluate/content-style.js';
import { vggNetwork } from '../../src/nets/vgg.js';
import { openSession } from '../../src/node/session.js';
import { vggTensorShapes } from '../../src/node/weights/vgg-weights.js';
import { goldenPixels, goldenState } from '../golden/values.js';

type Golden = { width: number; height: number; seed: number };

const golden: {
  photo: Golden;
  paintings: Golden[];
  pictures: { picture: Golden; content: number; style: Record<string, number> }[];
} = JSON.parse(readFileSync(new URL('../golden/content_style.json', import.meta.url), 'utf8'));

const planes = ({ width, height, seed }: Golden): Planes => ({
  width,
  height,
  data: goldenPixels(3 * width * height, seed),
});

/** VGG19 with the golden parameters, up to conv4_2. */
function goldenVgg(last = /^conv([123]_|4_[12])/) {
  const all = [...vggTensorShapes('vgg19')].filter(([name]) => /^conv([123]_|4_[12])/.test(name));
  const shapes = new Map(all);
  const values = goldenState(shapes);
  const tensors = all.map(([name, shape]) => [name, { shape, data: values.get(name)! }] as const);
  return vggNetwork('vgg19', new Map(tensors.filter(([name]) => last.test(name))));
}

describe('content and style', () => {
  const reader = openFeatureReader(goldenVgg(), openSession, { device: 'cpu' });
  afterAll(() => reader.close());

  test.each(golden.pictures)(
    'equal PyTorch for the picture of seed $picture.seed',
    async ({ picture, content, style }) => {
      const photo = await reader.features(planes(golden.photo));
      const own = await reader.features(planes(picture));
      expect(contentDistance(own.content, photo.content) / content).toBeCloseTo(1, 4);
      for (const painting of golden.paintings) {
        const grams = await reader.grams(planes(painting));
        expect(styleDistance(own.grams, grams) / style[`${painting.width}x${painting.height}`]!).toBeCloseTo(
          1,
          4,
        );
      }
    },
  );

  test('of a picture with itself are 0', async () => {
    const { content, grams } = await reader.features(planes(golden.photo));
    expect(contentDistance(content, content)).toBe(0);
    expect(styleDistance(grams, grams)).toBe(0);
  });

  test('pictures of different sizes, and too small ones, are refused', async () => {
    const photo = await reader.features(planes(golden.photo));
    const other = await reader.features(planes({ width: 40, height: 52, seed: 1 }));
    expect(() => contentDistance(other.content, photo.content)).toThrow(/cannot be compared/);
    const small = await reader.features(planes({ width: 16, height: 40, seed: 1 }));
    expect(() => contentDistance(small.content, small.content)).toThrow(/nothing without a border/);
  });
});

test('weights that end before relu4_2 are refused', () => {
  const open = () => openFeatureReader(goldenVgg(/^conv[123]_/), openSession, {});
  expect(open).toThrow(/vgg19 weights have no conv4_1/);
});
