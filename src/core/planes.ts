import type { Image } from './image.js';

/** Planes `[N, height, width]` of a picture, rows from top to bottom; three of them are RGB, 0..255. */
export interface Planes {
  width: number;
  height: number;
  /** `N * width * height` numbers. */
  data: Float32Array;
}

/** How interleaved numbers lie, and what one of them is in 0..255. */
export interface Interleaved {
  width: number;
  /** 3, or 4 of which the last is left out. */
  channels: number;
  unit: number;
}

/** The planes of rows of interleaved colours. */
export function interleavedPlanes(values: ArrayLike<number>, { width, channels, unit }: Interleaved): Planes {
  const pixels = values.length / channels;
  const data = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    data[i] = values[channels * i]! * unit;
    data[pixels + i] = values[channels * i + 1]! * unit;
    data[2 * pixels + i] = values[channels * i + 2]! * unit;
  }
  return { width, height: pixels / width, data };
}

/** The colours of a picture as three planes, RGB, 0..255, in 16 bits where it has them. Alpha is left out. */
export function toPlanes({ width, height, data, deep }: Image): Planes {
  const planes = deep
    ? interleavedPlanes(deep, { width, channels: 3, unit: 1 / 257 })
    : interleavedPlanes(data, { width, channels: 3, unit: 1 });
  return { ...planes, height };
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
