import { gaussianBlur, resizeBicubic } from '../core/bicubic.js';
import type { Planes } from '../core/planes.js';

/**
 * How the small pictures of a super-resolution training are made. `bicubic`: antialiased bicubic, as those of the test sets. `paper`: a Gaussian
 * blur of sigma 1 before it (Johnson et al. 2016, section 4.2).
 */
export type Degradation = 'bicubic' | 'paper';

/** All of them, for checking what a user typed. */
export const DEGRADATIONS: readonly Degradation[] = ['bicubic', 'paper'];

/** The picture at 1 / `factor` of its size, in whole numbers 0..255 as a file would hold it. Its sides are multiples of the factor. */
export function degraded(picture: Planes, factor: number, how: Degradation): Planes {
  const source = how === 'paper' ? gaussianBlur(picture, 1) : picture;
  const small = resizeBicubic(source, picture.width / factor, picture.height / factor);
  return { ...small, data: small.data.map((v) => Math.min(255, Math.max(0, Math.round(v)))) };
}

/** The inputs `[N, 3, size / factor, size / factor]` for target pictures `[N, 3, size, size]`. */
export function degradedBatch(
  targets: Float32Array,
  size: number,
  factor: number,
  how: Degradation,
): Float32Array {
  const one = 3 * size * size;
  const inputs = new Float32Array(targets.length / (factor * factor));
  for (let n = 0; n * one < targets.length; n++) {
    const picture = { width: size, height: size, data: targets.subarray(n * one, (n + 1) * one) };
    inputs.set(degraded(picture, factor, how).data, (n * one) / (factor * factor));
  }
  return inputs;
}

/** Pictures `[N, 3, H, W]` without their colours: the luma of ITU-R BT.601 in all three channels. */
export function greyBatch(pictures: Float32Array, height: number, width: number): Float32Array {
  const plane = height * width;
  const grey = new Float32Array(pictures.length);
  for (let start = 0; start < pictures.length; start += 3 * plane) {
    for (let i = start; i < start + plane; i++) {
      const y = 0.299 * pictures[i]! + 0.587 * pictures[i + plane]! + 0.114 * pictures[i + 2 * plane]!;
      for (const channel of [0, 1, 2]) grey[i + channel * plane] = y;
    }
  }
  return grey;
}
