/** PSNR and SSIM of two pictures, as papers on super-resolution measure them: on luma, without a border. */
import type { Image } from '../core/image.js';
import { videoRangeLuma } from '../core/luma.js';

/** One plane of numbers 0..255, rows from top to bottom. */
export interface Plane {
  width: number;
  height: number;
  data: Float64Array;
}

/**
 * The luma of a picture, 16..235 in whole numbers: ITU-R BT.601 as MATLAB's `rgb2ycbcr` has it. Of a grey picture the
 * papers take the values themselves, 0..255.
 */
export function luma({ width, height, data }: Image, isGrey = false): Plane {
  const plane = new Float64Array(width * height);
  for (let i = 0; i < plane.length; i++) {
    const [r, g, b] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
    plane[i] = isGrey ? g : Math.round(videoRangeLuma(r, g, b));
  }
  return { width, height, data: plane };
}

function requireSameSize(a: Plane, b: Plane): void {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(`${a.width}x${a.height} cannot be compared with ${b.width}x${b.height}`);
  }
}

/** Peak signal-to-noise ratio in dB, 10 log10(255^2 / mean squared difference); Infinity for equal planes. */
export function psnr(a: Plane, b: Plane): number {
  requireSameSize(a, b);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return 10 * Math.log10((255 * 255 * a.data.length) / sum);
}

const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * Structural similarity (Wang et al. 2004), -1..1: a Gaussian window of 11x11 and sigma 1.5, only where it lies inside
 * the picture, the mean of the map.
 *
 * @throws RangeError when the planes differ in size or are smaller than the window.
 */
export function ssim(a: Plane, b: Plane): number {
  requireSameSize(a, b);
  if (a.width < WINDOW || a.height < WINDOW) {
    throw new RangeError(`SSIM needs at least 11x11 pixels, got ${a.width}x${a.height}`);
  }
  const times = (p: Plane, q: Plane): Plane => ({ ...p, data: p.data.map((v, i) => v * q.data[i]!) });
  const [ma, mb] = [filtered(a), filtered(b)];
  const [saa, sbb, sab] = [filtered(times(a, a)), filtered(times(b, b)), filtered(times(a, b))];
  let sum = 0;
  for (let i = 0; i < ma.length; i++) {
    const [x, y] = [ma[i]!, mb[i]!];
    const [xx, yy, xy] = [saa[i]! - x * x, sbb[i]! - y * y, sab[i]! - x * y];
    sum += ((2 * x * y + C1) * (2 * xy + C2)) / ((x * x + y * y + C1) * (xx + yy + C2));
  }
  return sum / ma.length;
}

/** The plane under the Gaussian window, `[height - 10, width - 10]`. */
function filtered({ width, height, data }: Plane): Float64Array {
  const raw = Array.from({ length: WINDOW }, (_, i) =>
    Math.exp(-((i - (WINDOW - 1) / 2) ** 2) / (2 * SIGMA * SIGMA)),
  );
  const total = raw.reduce((s, v) => s + v, 0);
  const weights = raw.map((v) => v / total);
  const [w, h] = [width - WINDOW + 1, height - WINDOW + 1];
  const across = new Float64Array(w * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k++) sum += weights[k]! * data[y * width + x + k]!;
      across[y * w + x] = sum;
    }
  }
  const result = new Float64Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k++) sum += weights[k]! * across[(y + k) * w + x]!;
      result[y * w + x] = sum;
    }
  }
  return result;
}
