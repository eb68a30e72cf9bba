import type { Image } from './image.js';

/** The picture's colours as planes: float32 [3, H, W], RGB, 0..255. Alpha is left out. */
export function toPlanar({ width, height, data }: Image): Float32Array {
  const pixels = width * height;
  const planes = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    planes[i] = data[3 * i]!;
    planes[pixels + i] = data[3 * i + 1]!;
    planes[2 * pixels + i] = data[3 * i + 2]!;
  }
  return planes;
}

/** The picture from planes [3, H, W] (RGB, 0..255): rounded to the nearest integer, clipped, NaN as 0. */
export function fromPlanar(planes: Float32Array, width: number, height: number): Image {
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

/**
 * Planes `[N, H, W]` without `border` pixels on each side.
 *
 * @throws RangeError when nothing would be left.
 */
export function planesWithoutBorder<P extends Float32Array | Float64Array>(
  planes: P,
  width: number,
  height: number,
  border: number,
): P {
  const [w, h] = [width - 2 * border, height - 2 * border];
  if (w < 1 || h < 1) throw new RangeError(`${width}x${height} is nothing without a border of ${border}`);
  const count = planes.length / (width * height);
  const inner = planes.slice(0, count * w * h) as P;
  for (let row = 0; row < count * h; row++) {
    const [plane, y] = [Math.floor(row / h), row % h];
    const start = (plane * height + y + border) * width + border;
    inner.set(planes.subarray(start, start + w), row * w);
  }
  return inner;
}
