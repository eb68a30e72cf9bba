/** The frame that a network draws at the border of its pictures. */
import type { Image } from '../core/image.js';
import { cropPicture, type Rectangle } from '../core/rectangles.js';

/** Pixels that are cut off each side of a photo, whose picture then has a border where the whole one has none. */
export const FRAME_CUT = 64;

/** Depths of the frame in pixels. */
export const FRAME_DEPTHS = [8, 16, 32] as const;

/** Numbers by the depth of the frame in pixels. */
export type FrameDepths = Record<(typeof FRAME_DEPTHS)[number], number>;

/** The photo without `FRAME_CUT` pixels on each side. */
export function frameCrop(photo: Image): Image {
  return cropPicture(photo, cut(photo));
}

/**
 * How much of a network's picture comes from its border: the mean absolute difference, in levels 0..255, between the
 * picture of a crop and the same pixels of the picture of the whole photo, in the outer 8, 16 and 32 pixels of the crop.
 * The difference of its inside is subtracted, since a network that looks at the whole picture (instance norm) draws all
 * of a crop a little differently; never below 0. Inside is what is 64 or more pixels from the border, in crops smaller
 * than 171 pixels what is three eighths of the side from it.
 *
 * @param whole the picture of the photo
 * @param crop the picture of `frameCrop` of the photo
 * @throws RangeError when the sizes do not fit, or the crop is smaller than 96 pixels.
 */
export function frameOf(whole: Image, crop: Image): FrameDepths {
  const same = cropPicture(whole, cut(whole));
  const { width, height } = crop;
  if (same.width !== width || same.height !== height) {
    throw new RangeError(`the crop is ${width}x${height}, ${same.width}x${same.height} is needed`);
  }
  const shorter = Math.min(width, height);
  if (shorter < 96) throw new RangeError(`a crop of 96 pixels is needed, got ${width}x${height}`);
  const inner = Math.min(FRAME_CUT, Math.floor((3 / 8) * shorter));
  const inside = { sum: 0, count: 0 };
  const outer = FRAME_DEPTHS.map((depth) => ({ depth, sum: 0, count: 0 }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = Math.min(x, y, width - 1 - x, height - 1 - y);
      const parts = distance >= inner ? [inside] : outer.filter(({ depth }) => distance < depth);
      for (const part of parts) {
        for (let i = 3 * (y * width + x), end = i + 3; i < end; i++) {
          part.sum += Math.abs(same.data[i]! - crop.data[i]!);
          part.count++;
        }
      }
    }
  }
  const mean = ({ sum, count }: { sum: number; count: number }) => sum / count;
  const entries = outer.map((part) => [part.depth, Math.max(0, mean(part) - mean(inside))]);
  return Object.fromEntries(entries) as FrameDepths;
}

function cut({ width, height }: Image): Rectangle {
  const at = FRAME_CUT;
  return { left: at, top: at, width: width - 2 * at, height: height - 2 * at };
}
