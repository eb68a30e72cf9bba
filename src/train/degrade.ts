import { gaussianBlur, resizeBicubic } from '../core/bicubic.js';
import type { Planes } from '../core/planes.js';
import type { FloatTensor } from '../core/tensor.js';

/**
 * How the small pictures of a super-resolution training are made. `bicubic`: antialiased bicubic, as those of the test
 * sets. `paper`: a Gaussian blur of sigma 1 before it (Johnson et al. 2016, section 4.2).
 */
export type Degradation = 'bicubic' | 'paper';

/** All of them, for checking what a user typed. */
export const DEGRADATIONS: readonly Degradation[] = ['bicubic', 'paper'];

/**
 * The picture at 1 / `factor` of its size, in whole numbers 0..255 as a file would hold it. Its sides are multiples of
 * the factor.
 */
export function degraded(picture: Planes, factor: number, how: Degradation): Planes {
  const source = how === 'paper' ? gaussianBlur(picture, 1) : picture;
  const small = resizeBicubic(source, picture.width / factor, picture.height / factor);
  return { ...small, data: small.data.map((v) => Math.min(255, Math.max(0, Math.round(v)))) };
}

/** The inputs `[N, 3, H / factor, W / factor]` for target pictures `[N, 3, H, W]`. */
export function degradedBatch(targets: FloatTensor, factor: number, how: Degradation): FloatTensor {
  const [count, , height, width] = targets.shape as [number, number, number, number];
  const one = 3 * height * width;
  const shape = [count, 3, height / factor, width / factor];
  const data = new Float32Array((count * one) / (factor * factor));
  for (let n = 0; n < count; n++) {
    const picture = { width, height, data: targets.data.subarray(n * one, (n + 1) * one) };
    data.set(degraded(picture, factor, how).data, (n * one) / (factor * factor));
  }
  return { shape, data };
}

/** Pictures `[N, 3, H, W]` without their colours: the luma of ITU-R BT.601 in all three channels. */
export function greyBatch({ shape, data }: FloatTensor): FloatTensor {
  const plane = shape[2]! * shape[3]!;
  const grey = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += 3 * plane) {
    for (let i = start; i < start + plane; i++) {
      const y = 0.299 * data[i]! + 0.587 * data[i + plane]! + 0.114 * data[i + 2 * plane]!;
      for (const channel of [0, 1, 2]) grey[i + channel * plane] = y;
    }
  }
  return { shape, data: grey };
}
