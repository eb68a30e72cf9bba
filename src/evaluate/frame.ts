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

/** Sides of a picture: left, top, right, bottom. */
const SIDES = 4;

const DEEPEST = FRAME_DEPTHS[FRAME_DEPTHS.length - 1]!;

/**
 * How a network's picture of a crop differs at its border from the same pixels of its picture of the whole photo: the
 * mean difference in levels 0..255 along each line of pixels that is parallel to a side, for the four sides, the 32 lines
 * nearest to each, and three channels, in this order. The mean difference of the inside is subtracted, since a network
 * that looks at the whole picture (instance norm) draws all of a crop a little differently. Inside is what is 64 or more
 * pixels from the border, in crops smaller than 171 pixels what is three eighths of the side from it.
 *
 * @param whole the picture of the photo
 * @param crop the picture of `frameCrop` of the photo
 * @throws RangeError when the sizes do not fit, or the crop is smaller than 96 pixels.
 */
export function borderProfile(whole: Image, crop: Image): number[] {
  const same = cropPicture(whole, cut(whole));
  const { width, height } = crop;
  if (same.width !== width || same.height !== height) {
    throw new RangeError(`the crop is ${width}x${height}, ${same.width}x${same.height} is needed`);
  }
  const shorter = Math.min(width, height);
  if (shorter < 96) throw new RangeError(`a crop of 96 pixels is needed, got ${width}x${height}`);
  const inner = Math.min(FRAME_CUT, Math.floor((3 / 8) * shorter));
  const sums = new Float64Array(SIDES * DEEPEST * 3);
  const inside = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distances = [x, y, width - 1 - x, height - 1 - y];
      const near = distances.filter((distance) => distance < DEEPEST).length;
      const isInside = Math.min(...distances) >= inner;
      // Corners belong to two sides: to neither here.
      if (near !== 1 && !isInside) continue;
      const side = distances.findIndex((distance) => distance < DEEPEST);
      for (let c = 0; c < 3; c++) {
        const i = 3 * (y * width + x) + c;
        const difference = crop.data[i]! - same.data[i]!;
        if (isInside) inside[c]! += difference;
        else sums[3 * (side * DEEPEST + distances[side]!) + c]! += difference;
      }
    }
  }
  const insideCount = (width - 2 * inner) * (height - 2 * inner);
  return Array.from(sums, (sum, i) => {
    const isUpright = Math.floor(i / 3 / DEEPEST) % 2 === 0;
    return sum / ((isUpright ? height : width) - 2 * DEEPEST) - inside[i % 3]! / insideCount;
  });
}

/**
 * The frame that pictures of a network have in common, in levels 0..255: the mean of their border profiles, and of its
 * absolute values the mean over the sides, the channels and the outer 8, 16 and 32 lines. Strokes that run otherwise
 * because of what is beyond the border differ from picture to picture, and along a side, and count little; a darker or
 * brighter band, or a line, counts with its height.
 *
 * @param profiles of `borderProfile`, one a picture
 */
export function frameOf(profiles: readonly (readonly number[])[]): FrameDepths {
  const common = Array.from({ length: SIDES * DEEPEST * 3 }, (_, i) =>
    Math.abs(profiles.reduce((sum, profile) => sum + profile[i]!, 0) / profiles.length),
  );
  const entries = FRAME_DEPTHS.map((depth) => {
    const outer = common.filter((_, i) => Math.floor(i / 3) % DEEPEST < depth);
    return [depth, outer.reduce((sum, v) => sum + v, 0) / outer.length];
  });
  return Object.fromEntries(entries) as FrameDepths;
}

function cut({ width, height }: Image): Rectangle {
  const at = FRAME_CUT;
  return { left: at, top: at, width: width - 2 * at, height: height - 2 * at };
}
