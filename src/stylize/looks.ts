/**
 * What is made of the pictures that style networks draw. The steps, in this order:
 *
 * 1. each network draws the photo, with the stroke size (`network.ts`, `stroke-size.ts`);
 * 2. `meanPicture`: pictures of several styles become one (a blend);
 * 3. `withPhotoColours`: the colours of the photo;
 * 4. `towards`: the strength, a mean with the photo. A network of many paintings, when it is the only one, has the photo
 *    among its rows and mixes it in at step 1;
 * 5. `towards` with a mask: the photo, or the picture of the mask's other style (steps 1 to 4 with that), where the mask
 *    is dark;
 * 6. rounding, once, and the photo's alpha (`fromPlanes`).
 *
 * All but two need a pixel alone, so they can be done tile by tile: step 1 needs the instance norms' statistics of the
 * whole photo (and a stroke size a few pixels around), colours `match` needs the colour statistics of the whole photo
 * and of the whole picture after step 2.
 *
 * Pictures are mixed in sRGB as it is: equal steps there are nearly equal steps to the eye, so that half of each looks
 * like half of each. In linear light the brighter picture would win, and rows of a network mix in sRGB too.
 *
 * Pictures are planes, RGB 0..255, not rounded.
 */
import { bicubicRows } from '../core/bicubic.js';
import { badOption } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { lumaOf, withColoursOf } from '../core/luma.js';
import { type Planes, toPlanes } from '../core/planes.js';
import { planeRows } from '../core/row-source.js';
import type { Size } from '../core/sizes.js';
import { colourStatistics, withColourStatistics } from './match-colours.js';

/** Whose colours a picture has. */
export const COLOURS = ['style', 'photo', 'match'] as const;

/**
 * Whose colours a picture has: the style's; the photo's, pixel by pixel, with the style's light and dark; or the
 * style's changed so that as a whole they are those of the photo (`withColourStatistics`).
 */
export type Colours = (typeof COLOURS)[number];

/**
 * Checks a name of colours.
 *
 * @throws FnsError (usage) when there are none of that name.
 */
export function requireColours(colours: Colours): void {
  if (!COLOURS.includes(colours)) {
    throw badOption('colours', `one of ${COLOURS.join(', ')} is needed, got ${colours}`);
  }
}

/**
 * The mean of pictures of one size.
 *
 * @param shares of each, with the sum 1
 */
export function meanPicture(pictures: readonly Planes[], shares: readonly number[]): Planes {
  const [first, ...others] = pictures;
  const { width, height } = first!;
  if (others.length === 0) return first!;
  const data = new Float32Array(first!.data.length);
  pictures.forEach((picture, p) => {
    for (let i = 0; i < data.length; i++) data[i]! += shares[p]! * picture.data[i]!;
  });
  return { width, height, data };
}

/**
 * The picture with the photo's colours, if these are wanted.
 *
 * @param alpha opacity of the photo: hidden colours do not count
 */
export function withPhotoColours(
  picture: Planes,
  photo: Planes,
  colours: Colours,
  alpha?: Uint8Array,
): Planes {
  if (colours === 'photo') return withColoursOf(picture, photo);
  if (colours === 'style') return picture;
  return withColourStatistics(picture, colourStatistics(picture, alpha), colourStatistics(photo, alpha));
}

/**
 * From one picture towards another of its size.
 *
 * @param share how far, 0 (`from`, exactly) to 1: for all pixels, or for each by a mask of one plane
 */
export function towards(from: Planes, to: Planes, share: number | Planes): Planes {
  const { width, height } = from;
  if (share === 1) return to;
  const pixels = width * height;
  const at = typeof share === 'number' ? () => share : (i: number) => share.data[i % pixels]!;
  const data = from.data.map((v, i) => v + at(i) * (to.data[i]! - v));
  return { width, height, data };
}

/**
 * A mask as one plane of 0 to 1: its luma times its opacity, so that transparent counts as black, resized to the
 * photo's size.
 */
export function maskPlane(mask: Image, size: Size): Planes {
  return maskRows(mask, size)(0, size.height);
}

/** Rows start..end-1 of `maskPlane`, as a function. */
export function maskRows(mask: Image, { width, height }: Size): (start: number, end: number) => Planes {
  const luma = lumaOf(toPlanes(mask));
  const { alpha } = mask;
  const shown = { ...luma, data: luma.data.map((v, i) => (alpha ? (v * alpha[i]!) / 255 : v) / 255) };
  const fits = mask.width === width && mask.height === height;
  const rows = fits
    ? (start: number, end: number) => planeRows(shown, start, end)
    : bicubicRows(shown, width, height);
  return (start, end) => {
    const part = rows(start, end);
    return { ...part, data: part.data.map((v) => Math.max(0, Math.min(1, v))) };
  };
}
