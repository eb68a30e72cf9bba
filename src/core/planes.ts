import type { Image } from './image.js';

/** Planes `[N, height, width]` of a picture, rows from top to bottom; three of them are RGB, 0..255. */
export interface Planes {
  width: number;
  height: number;
  /** `N * width * height` numbers. */
  data: Float32Array;
}

/** The colours of a picture as three planes, RGB, 0..255, in 16 bits where it has them. Alpha is left out. */
export function toPlanes({ width, height, data, deep }: Image): Planes {
  const pixels = width * height;
  const planes = new Float32Array(3 * pixels);
  const [values, unit] = deep ? [deep, 1 / 257] : [data, 1];
  for (let i = 0; i < pixels; i++) {
    planes[i] = values[3 * i]! * unit;
    planes[pixels + i] = values[3 * i + 1]! * unit;
    planes[2 * pixels + i] = values[3 * i + 2]! * unit;
  }
  return { width, height, data: planes };
}

/**
 * The picture of three planes (RGB, 0..255): rounded to the nearest integer, clipped, NaN as 0.
 *
 * @param isDeep gives the colours with 16 bits too
 */
export function fromPlanes({ width, height, data: planes }: Planes, isDeep = false): Image {
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
  if (!isDeep) return { width, height, data };
  const deep = new Uint16Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < pixels; i++) {
      const value = 257 * planes[channel * pixels + i]!;
      deep[3 * i + channel] = value >= 65535 ? 65535 : value > 0 ? value + 0.5 : 0;
    }
  }
  return { width, height, data, deep };
}

/** Planes with every number clipped to 0..255. */
export function clipPlanes({ width, height, data }: Planes): Planes {
  return { width, height, data: data.map((v) => (v < 0 ? 0 : v > 255 ? 255 : v)) };
}
