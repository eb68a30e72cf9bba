import type { Image } from './image.js';

/** Planes `[N, height, width]` of a picture, rows from top to bottom; three of them are RGB, 0..255. */
export interface Planes {
  width: number;
  height: number;
  /** `N * width * height` numbers. */
  data: Float32Array;
}

/** The colours of a picture as three planes, RGB, 0..255. Alpha is left out. */
export function toPlanes({ width, height, data }: Image): Planes {
  const pixels = width * height;
  const planes = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    planes[i] = data[3 * i]!;
    planes[pixels + i] = data[3 * i + 1]!;
    planes[2 * pixels + i] = data[3 * i + 2]!;
  }
  return { width, height, data: planes };
}

/** The picture of three planes (RGB, 0..255): rounded to the nearest integer, clipped, NaN as 0. */
export function fromPlanes({ width, height, data: planes }: Planes): Image {
  const pixels = width * height;
  if (planes.length !== 3 * pixels) {
    throw new RangeError(`${planes.length} numbers are not 3 planes of ${width}x${height}`);
  }
  // A clamped array rounds and clips by itself, but a half to even: adding 0.5 and truncating rounds it up.
  const data = new Uint8Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < pixels; i++) {
      const value = planes[channel * pixels + i]!;
      data[3 * i + channel] = value >= 255 ? 255 : value > 0 ? value + 0.5 : 0;
    }
  }
  return { width, height, data };
}

/** Planes with every number clipped to 0..255. */
export function clipPlanes({ width, height, data }: Planes): Planes {
  return { width, height, data: data.map((v) => (v < 0 ? 0 : v > 255 ? 255 : v)) };
}
