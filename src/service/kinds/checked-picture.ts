/** Limits on pictures, checked from their headers: before anything is decoded. */
import { failure } from '../../core/errors.js';
import { openPicture } from '../../node/media/decode.js';
import { readOrdinaryFile } from '../../node/media/files.js';
import type { Limits } from '../limits.js';

/**
 * Checks a picture against the limits.
 *
 * @param factor how many times as wide and high as the photo its picture is
 * @returns the pixels that are made of it, all frames together
 * @throws FnsError when it is no picture, or too large.
 */
export async function requirePictureWithin(
  path: string,
  label: string,
  limits: Limits,
  { factor = 1, maxSide = Number.POSITIVE_INFINITY }: { factor?: number; maxSide?: number } = {},
): Promise<number> {
  const { size, frames } = await openPicture(await readOrdinaryFile(path), label, { allFrames: () => true });
  const pixels = size.width * size.height;
  const scale = Math.min(1, maxSide / Math.max(size.width, size.height)) * factor;
  const made = pixels * scale ** 2;
  if (Math.max(pixels, made) > limits.pixels) {
    throw failure(
      `${label} has ${size.width}x${size.height} pixels: more than ${limits.pixels} are not taken here`,
    );
  }
  if (frames > limits.frames)
    throw failure(`${label} has ${frames} frames: ${limits.frames} are taken at most`);
  return Math.round(made) * frames;
}
