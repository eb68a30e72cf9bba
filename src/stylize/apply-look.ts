/** Looks of a picture that a style has drawn already: what a slider changes, without the network. */
import { badOption } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import { requireStrength } from '../files/mixture.js';
import { type Colours, maskPlane, meanPicture, requireColours, towards, withPhotoColours } from './looks.js';

/** What `applyLook` makes of a picture: the words are those of `StyleChoice`. */
export interface Look {
  /** `style` by default. */
  colours?: Colours;
  /** 1 by default. */
  strength?: number;
  /** Where the picture is; where it is black there is the photo. */
  mask?: Image;
}

/** A picture of a blend, and its share; shares are made to sum up to 1. */
export interface DrawnShare {
  picture: Image;
  share: number;
}

/**
 * The picture that `stylize` gives with this look, from what it gives without: steps 2 to 6 of `looks.ts`. Because the
 * drawn pictures are rounded, it may differ by 1 of 255; with colours `match` by as much more as contrast is raised.
 *
 * @param photo the photo
 * @param drawn the photo in one style or in several, of the photo's size, with strength 1 and the style's colours
 * @returns a picture with the photo's alpha
 * @throws FnsError (usage) when a value is out of range, or the sizes differ.
 */
export function applyLook(photo: Image, drawn: readonly DrawnShare[], look: Look = {}): Image {
  const { colours = 'style', strength = 1, mask } = look;
  requireStrength(strength);
  requireColours(colours);
  const sum = drawn.reduce((total, { share }) => total + share, 0);
  if (!(sum > 0)) throw badOption('drawn', 'at least one picture with a share above 0 is needed');
  for (const { picture } of drawn) {
    if (picture.width !== photo.width || picture.height !== photo.height) {
      const sizes = `${picture.width}x${picture.height} for a photo of ${photo.width}x${photo.height}`;
      throw badOption('drawn', `a picture of the photo's size is needed, got ${sizes}`);
    }
  }
  const [first] = drawn;
  const isDrawn = drawn.length === 1 && strength === 1 && colours === 'style' && !mask;
  if (isDrawn) return withAlphaOf(photo, first!.picture);
  const before = toPlanes(photo);
  const blend = meanPicture(
    drawn.map(({ picture }) => toPlanes(picture)),
    drawn.map(({ share }) => share / sum),
  );
  const picture = towards(before, withPhotoColours(blend, before, colours, photo.alpha), strength);
  const masked = mask ? towards(before, picture, maskPlane(mask, photo)) : picture;
  return withAlphaOf(photo, fromPlanes(masked));
}

function withAlphaOf({ alpha }: Image, { width, height, data }: Image): Image {
  return alpha ? { width, height, data, alpha } : { width, height, data };
}
