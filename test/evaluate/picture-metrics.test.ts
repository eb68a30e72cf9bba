import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resizeBicubic } from '../../src/core/bicubic.js';
import { fromPlanes, toPlanes } from '../../src/core/planes.js';
import { withoutBorder } from '../../src/core/rectangles.js';
import { luma, psnr, ssim } from '../../src/evaluate/picture-metrics.js';
import { decodeImage, isGreyFile } from '../../src/node/media/image.js';
import { dataDir, requireData } from '../data.js';
import { readGolden } from '../golden/read.js';
import { goldenPixels } from '../golden/values.js';

test('SSIM equals scipy', () => {
  const data = Float64Array.from(goldenPixels(30 * 40, 5));
  const noise = goldenPixels(30 * 40, 6);
  const a = { width: 40, height: 30, data };
  const b = { ...a, data: data.map((v, i) => v + 0.3 * (noise[i]! - 127.5)) };
  expect(ssim(a, b)).toBeCloseTo(readGolden('upscale').tensors.get('ssim')!.data[0]!, 5);
  expect(ssim(a, a)).toBeCloseTo(1, 12);
});

test('PSNR of a constant difference, and of none', () => {
  const a = { width: 3, height: 2, data: new Float64Array(6).fill(100) };
  expect(psnr(a, { ...a, data: a.data.map((v) => v + 5) })).toBeCloseTo(20 * Math.log10(255 / 5), 10);
  expect(psnr(a, a)).toBe(Number.POSITIVE_INFINITY);
});

test('luma of black, white and the primaries is that of ITU-R BT.601', () => {
  const data = Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255);
  expect([...luma({ width: 5, height: 1, data }).data]).toEqual([16, 235, 81, 145, 41]);
});

// Published by every paper since SRCNN: bicubic on the sets' own small pictures, border of 4 pixels.
describe.runIf(requireData('bicubic of Set5 and Set14'))('bicubic scores are the published ones', () => {
  test.each([
    ['Set5', 5, 28.42, 0.03, 0.8104],
    ['Set14', 14, 26.0, 0.05, 0.7027],
  ] as const)('%s x4', async (set, count, wantedPsnr, tolerance, wantedSsim) => {
    let [psnrs, ssims] = [0, 0];
    for (let i = 1; i <= count; i++) {
      const file = `img_${String(i).padStart(3, '0')}.png`;
      const path = join(dataDir!, 'sr', set, file);
      const [large, small] = [
        await decodeImage(path),
        await decodeImage(join(dataDir!, 'sr', `${set}_LR4`, file)),
      ];
      const { width, height } = large;
      const enlarged = resizeBicubic({ ...small, data: toPlanes(small).data }, width, height);
      const isGrey = await isGreyFile(path);
      const [a, b] = [fromPlanes({ width, height, data: enlarged.data }), large].map((image) =>
        withoutBorder(luma(image, isGrey), 4),
      );
      psnrs += psnr(a!, b!);
      ssims += ssim(a!, b!);
    }
    expect(Math.abs(psnrs / count - wantedPsnr)).toBeLessThan(tolerance);
    expect(Math.abs(ssims / count - wantedSsim)).toBeLessThan(0.001);
  });
});
