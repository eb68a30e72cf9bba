/**
 * IVF, a container of frames with their times, which ffmpeg reads from a pipe: how frames are given to an encoder. Plain
 * pixels on a pipe have no times, and a video of a variable rate would lose its own.
 */
import type { Size } from '../../core/sizes.js';
import type { Fraction } from './probe.js';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;

/** The most that a side can have in this format. */
export const MOST_SIDE = 65_535;

/** The file's header: frames of blue, green and red, a byte each, rows from top to bottom. */
export function ivfHeader({ width, height }: Size, timeBase: Fraction): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('DKIF'), 0);
  view.setUint16(6, HEADER_BYTES, true);
  bytes.set(new TextEncoder().encode('RV24'), 8);
  view.setUint16(12, width, true);
  view.setUint16(14, height, true);
  view.setUint32(16, timeBase.den, true);
  view.setUint32(20, timeBase.num, true);
  return bytes;
}

/**
 * A frame with its header.
 *
 * @param rgb red, green and blue, a byte each
 * @param time in units of the time base, from 0 on
 */
export function ivfFrame(rgb: Uint8Array, time: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + rgb.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rgb.length, true);
  view.setBigUint64(4, BigInt(time), true);
  for (let from = 0, to = FRAME_HEADER_BYTES; from < rgb.length; from += 3, to += 3) {
    bytes[to] = rgb[from + 2]!;
    bytes[to + 1] = rgb[from + 1]!;
    bytes[to + 2] = rgb[from]!;
  }
  return bytes;
}
