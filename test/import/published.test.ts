import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, stylize } from '../../src/api/node.js';
import { encodeStyle } from '../../src/files/style-file.js';
import { importStyleFile } from '../../src/node/network-files.js';
import { dataDir, requireData } from '../data.js';

const file = (path: string) => join(dataDir!, path);

/** The pixels of a picture after JPEG of quality 75. */
async function asJpeg(image: Sharp): Promise<Uint8Array> {
  const jpeg = await image.removeAlpha().jpeg({ quality: 75 }).toBuffer();
  return new Uint8Array(await sharp(jpeg).raw().toBuffer());
}

/** Pearson's correlation of all numbers. */
function correlation(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  const mean = (x: Uint8Array) => x.reduce((sum, v) => sum + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describe.runIf(requireData('published networks'))('published networks give the published pictures', () => {
  const amber = 'photos/test/amber.jpg';
  // PyTorch itself reaches 0.990, 0.999 and, with TensorFlow's padding, 0.997.
  test.each([
    ['gnsmrky/mosaic_nc16_b1_e2_1e05_1e10.model', 16, amber, 'gnsmrky/amber-mosaic_nc16.jpg', 0.989],
    ['gnsmrky/mosaic_nc16_256x256_onnxjs013.onnx', 16, amber, 'gnsmrky/amber-mosaic_nc16.jpg', 0.989],
    ['gnsmrky/candy_nc8_b1_e2_1e05_1e10.model', 8, amber, 'gnsmrky/amber-candy_nc8.jpg', 0.998],
    ['lengstrom/wave', 32, 'peers/lengstrom/content_chicago.jpg', 'lengstrom/chicago_wave.jpg', 0.996],
  ])('%s', async (network, width, photo, published, least) => {
    const style = await importStyleFile(file(`peers/${network}`));
    expect(style.info.width).toBe(width);
    const {
      data,
      width: w,
      height: h,
    } = await stylize(await decodeImage(file(photo)), encodeStyle(style), {
      device: 'cpu',
    });
    const ours = await asJpeg(sharp(data, { raw: { width: w, height: h, channels: 3 } }));
    const theirs = await asJpeg(sharp(file(`peers/${published}`)));
    expect(correlation(ours, theirs)).toBeGreaterThan(least);
  });
});
