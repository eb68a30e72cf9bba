/** Parts of pictures: cutting out, putting in, continuing. */
import { failure } from './errors.js';
import type { Image } from './image.js';
import type { Planes } from './planes.js';

/** A rectangle of pixels; `left` and `top` are its first column and row. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Checks that a rectangle is of whole pixels and lies within a picture.
 *
 * @throws RangeError otherwise.
 */
function requireInside(size: { width: number; height: number }, rectangle: Rectangle): void {
  const { left, top, width, height } = rectangle;
  const whole = [left, top, width, height].every(Number.isInteger);
  const inside = left >= 0 && top >= 0 && left + width <= size.width && top + height <= size.height;
  if (!whole || !inside || width < 0 || height < 0) {
    throw new RangeError(
      `${width}x${height} pixels at (${left}, ${top}) are no part of a picture of ${size.width}x${size.height}`,
    );
  }
}

/**
 * The pixels of a rectangle, alpha too.
 *
 * @throws RangeError when the rectangle is not within the picture.
 */
export function cropPicture(picture: Image, rectangle: Rectangle): Image {
  requireInside(picture, rectangle);
  const { left, top, width, height } = rectangle;
  const rows = (from: Uint8Array, channels: number): Uint8Array => {
    const part = new Uint8Array(width * height * channels);
    for (let y = 0; y < height; y++) {
      const start = ((top + y) * picture.width + left) * channels;
      part.set(from.subarray(start, start + width * channels), y * width * channels);
    }
    return part;
  };
  const part = { width, height, data: rows(picture.data, 3) };
  const alpha = picture.alpha && rows(picture.alpha, 1);
  return alpha?.some((opacity) => opacity < 255) ? { ...part, alpha } : part;
}

/** The colours of a picture, left and right exchanged. */
export function mirroredPicture({ width, height, data }: Image): Image {
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + width - 1 - x);
      result.set(data.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { width, height, data: result };
}

/**
 * The middle `width` x `height` pixels.
 *
 * @throws FnsError when the picture is smaller than that.
 */
export function centreCrop(picture: Image, width: number, height: number): Image {
  if (width === picture.width && height === picture.height) return picture;
  if (width > picture.width || height > picture.height) {
    throw failure(
      `cannot crop ${width}x${height} out of a picture of ${picture.width}x${picture.height} pixels`,
    );
  }
  const left = Math.floor((picture.width - width) / 2);
  const top = Math.floor((picture.height - height) / 2);
  return cropPicture(picture, { left, top, width, height });
}

/**
 * Puts the colours of a picture into a larger one.
 *
 * @throws RangeError when it reaches beyond the larger one.
 */
export function pastePicture(into: Image, picture: Image, left: number, top: number): void {
  const { width, height, data } = picture;
  requireInside(into, { left, top, width, height });
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * 3, (y + 1) * width * 3);
    into.data.set(row, ((top + y) * into.width + left) * 3);
  }
}

/**
 * Planes continued by their last column and row.
 *
 * @throws RangeError when the new size is smaller than the planes.
 */
export function extendPlanes(planes: Planes, width: number, height: number): Planes {
  requireInside({ width, height }, { left: 0, top: 0, width: planes.width, height: planes.height });
  const count = planes.data.length / (planes.width * planes.height);
  const data = new Float32Array(count * width * height);
  for (let row = 0; row < count * height; row++) {
    const [plane, y] = [Math.floor(row / height), Math.min(row % height, planes.height - 1)];
    const start = (plane * planes.height + y) * planes.width;
    const own = planes.data.subarray(start, start + planes.width);
    data.set(own, row * width);
    data.fill(own.at(-1)!, row * width + planes.width, (row + 1) * width);
  }
  return { width, height, data };
}

/**
 * A rectangle of planes, of each plane the same.
 *
 * @throws RangeError when the rectangle is not within them.
 */
export function cropPlanes<P extends Float32Array | Float64Array>(
  planes: Omit<Planes, 'data'> & { data: P },
  rectangle: Rectangle,
): Omit<Planes, 'data'> & { data: P } {
  requireInside(planes, rectangle);
  const { left, top, width, height } = rectangle;
  const count = planes.data.length / (planes.width * planes.height);
  const data = planes.data.slice(0, count * width * height) as P;
  for (let row = 0; row < count * height; row++) {
    const [plane, y] = [Math.floor(row / height), row % height];
    const start = (plane * planes.height + top + y) * planes.width + left;
    data.set(planes.data.subarray(start, start + width), row * width);
  }
  return { width, height, data };
}

/**
 * Planes without `border` pixels on each side.
 *
 * @throws RangeError when nothing would be left.
 */
export function withoutBorder<P extends Float32Array | Float64Array>(
  planes: Omit<Planes, 'data'> & { data: P },
  border: number,
): Omit<Planes, 'data'> & { data: P } {
  const [width, height] = [planes.width - 2 * border, planes.height - 2 * border];
  if (width < 1 || height < 1) {
    throw new RangeError(`${planes.width}x${planes.height} is nothing without a border of ${border}`);
  }
  return cropPlanes(planes, { left: border, top: border, width, height });
}
