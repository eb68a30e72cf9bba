import { expect, test } from 'vitest';
import { matchHistogram } from '../../src/core/histogram.js';
import { randomGenerator } from '../../src/core/random.js';

function noise(width: number, height: number, seed: number, least: number, most: number) {
  const random = randomGenerator(seed);
  const data = Uint8Array.from({ length: 3 * width * height }, () => least + random() * (most - least));
  return { width, height, data };
}

test('a picture matched with itself stays as it is', () => {
  const image = noise(20, 20, 1, 0, 256);
  expect(matchHistogram(image, image).data).toEqual(image.data);
});

test('the matched picture has the mean and spread of the reference, and keeps the order of values', () => {
  const [image, reference] = [noise(60, 60, 2, 40, 90), noise(30, 30, 3, 120, 250)];
  const { data } = matchHistogram(image, reference);
  const mean = (values: Uint8Array) => values.reduce((s, v) => s + v, 0) / values.length;
  const spread = (values: Uint8Array) =>
    Math.sqrt(values.reduce((s, v) => s + (v - mean(values)) ** 2, 0) / values.length);
  expect(Math.abs(mean(data) - mean(reference.data))).toBeLessThan(2);
  expect(Math.abs(spread(data) / spread(reference.data) - 1)).toBeLessThan(0.05);
  for (let i = 3; i < data.length; i += 3) {
    if (image.data[i]! > image.data[0]!) expect(data[i]).toBeGreaterThanOrEqual(data[0]!);
  }
});
