import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gaussianBlur, resizeBicubic } from '../../src/core/bicubic.js';
import { toPlanes } from '../../src/core/planes.js';
import { decodeImage } from '../../src/node/media/image.js';
import { dataDir, requireData } from '../data.js';
import { readGolden } from '../golden/read.js';
import { goldenPixels } from '../golden/values.js';

const golden = readGolden('upscale');
const plane = { width: 40, height: 30, data: goldenPixels(30 * 40, 5) };

describe('resizeBicubic', () => {
  // Pillow leaves out what lies beyond the border, MATLAB mirrors it: the two agree inside.
  test.each([
    [80, 60],
    [10, 6],
    [57, 33],
    [23, 11],
  ])('equals Pillow inside the picture: to %dx%d', (width, height) => {
    const { data } = resizeBicubic(plane, width, height);
    const expected = golden.tensors.get(`resized/${width}x${height}`)!.data;
    const reach = (to: number, from: number) => Math.ceil(2 * Math.max(1, to / from));
    const [bx, by] = [reach(width, 40), reach(height, 30)];
    let compared = 0;
    for (let y = by; y < height - by; y++) {
      for (let x = bx; x < width - bx; x++) {
        expect(Math.abs(data[y * width + x]! - expected[y * width + x]!)).toBeLessThan(1e-3);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(10);
  });

  test('a constant stays, the same size too', () => {
    const flat = { width: 7, height: 5, data: new Float32Array(35).fill(93) };
    expect(Math.max(...resizeBicubic(flat, 28, 3).data.map((v) => Math.abs(v - 93)))).toBeLessThan(1e-4);
    const same = resizeBicubic(plane, 40, 30).data;
    expect(Math.max(...same.map((v, i) => Math.abs(v - plane.data[i]!)))).toBeLessThan(1e-4);
  });

  test.runIf(requireData('the small pictures of Set5'))('makes the small pictures of Set5', async () => {
    const large = await decodeImage(join(dataDir!, 'sr/Set5/img_001.png'));
    const small = await decodeImage(join(dataDir!, 'sr/Set5_LR4/img_001.png'));
    const { data } = resizeBicubic({ ...large, data: toPlanes(large).data }, small.width, small.height);
    const given = toPlanes(small).data;
    // Theirs were made from pictures with more than what the set's cropped ones show: the border differs.
    const off = data.filter((v, i) => Math.abs(v - given[i]!) > 1).length / data.length;
    expect(off).toBeLessThan(0.01);
  });
});

test('gaussianBlur equals scipy', () => {
  const { data } = gaussianBlur(plane, 1);
  const expected = golden.tensors.get('blurred')!.data;
  expect(Math.max(...data.map((v, i) => Math.abs(v - expected[i]!)))).toBeLessThan(1e-3);
});
