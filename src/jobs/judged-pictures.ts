/** Measures of one stylised picture, and of the painting that it is compared with. */
import { badOption } from '../core/errors.js';
import { flattenOverWhite, type Image } from '../core/image.js';
import { toPlanes } from '../core/planes.js';
import { burntShare } from '../evaluate/burnt.js';
import {
  contentDistance,
  type FeatureReader,
  type Grams,
  type PictureFeatures,
  styleDistance,
} from '../evaluate/content-style.js';
import { borderProfile, frameCrop } from '../evaluate/frame.js';
import { allWindows, type Place, patternPeak, smoothWindows } from '../evaluate/pattern.js';
import { decodeImage, resizeShorterSide } from '../node/media/image.js';
import type { Stylizer } from '../stylize/stylizer.js';

/** Shorter sides of the painting that a style is compared with: how large its strokes are is a choice, not a fault. */
export const PAINTING_SIZES = [192, 256, 384, 512, 768] as const;

/** The least shorter side of a photo: its crop for the frame still has an inside. */
export const LEAST_PHOTO = 256;

/** The measures of one picture. */
export interface PictureMeasures {
  /** Squared difference from the photo at relu3_3 of VGG19, over the photo's own mean square. */
  content: number;
  /** Squared Gram difference from the painting, over its own squared norm, by the painting's shorter side. */
  styles: Record<number, number>;
  /** How the picture of a crop differs at its border (`borderProfile`). */
  border: number[];
  /** The strongest narrow peak of the spectrum where the photo is smooth. */
  peak: number;
  /** Share of pixels that are black or white. */
  burnt: number;
}

/** A painting in its sizes. */
export interface JudgedPainting {
  /** The peak of its own spectrum by its shorter side. */
  peaks: Record<number, number>;
  /** Its Gram matrices by its shorter side, computed the first time. */
  grams(reader: FeatureReader): Promise<Map<number, Grams>>;
}

/**
 * Reads a painting in all sizes that it has.
 *
 * @throws FnsError when it has fewer than 192 pixels.
 */
export async function readJudgedPainting(path: string): Promise<JudgedPainting> {
  const whole = flattenOverWhite(await decodeImage(path));
  const own = Math.min(whole.width, whole.height);
  const sizes = PAINTING_SIZES.filter((size) => size <= own);
  if (sizes.length === 0) {
    const size = `${whole.width}x${whole.height}`;
    throw badOption(
      'painting',
      `a shorter side of ${PAINTING_SIZES[0]} pixels is needed, ${path} has ${size}`,
    );
  }
  const pictures = new Map<number, Image>();
  for (const size of sizes) pictures.set(size, await resizeShorterSide(whole, size));
  const peakOf = (picture: Image) => patternPeak(picture, allWindows(picture));
  let found: Map<number, Grams> | undefined;
  return {
    peaks: Object.fromEntries([...pictures].map(([size, picture]) => [size, peakOf(picture)])),
    async grams(reader) {
      if (found) return found;
      const grams = new Map<number, Grams>();
      for (const [size, picture] of pictures) grams.set(size, await reader.grams(toPlanes(picture)));
      found = grams;
      return grams;
    },
  };
}

/** Reads a photo with a shorter side of `size` pixels, or as it is if it has less. */
export async function readSizedPhoto(path: string, size: number): Promise<Image> {
  const whole = flattenOverWhite(await decodeImage(path));
  return resizeShorterSide(whole, Math.min(size, whole.width, whole.height));
}

/** A photo and what pictures of it are compared with, computed the first time. */
export interface JudgedPhoto {
  image: Image;
  features(reader: FeatureReader): Promise<PictureFeatures>;
  smooth(): readonly Place[];
}

/** A photo whose pictures are to be judged. */
export function judgedPhoto(image: Image): JudgedPhoto {
  let features: PictureFeatures | undefined;
  let smooth: readonly Place[] | undefined;
  return {
    image,
    async features(reader) {
      features ??= await reader.features(toPlanes(image));
      return features;
    },
    smooth() {
      smooth ??= smoothWindows(image);
      return smooth;
    },
  };
}

/**
 * All measures of a network's picture of a photo.
 *
 * @param picture of the size of the photo
 */
export async function measuresOf(
  picture: Image,
  photo: JudgedPhoto,
  { painting, reader, stylizer }: { painting: JudgedPainting; reader: FeatureReader; stylizer: Stylizer },
): Promise<PictureMeasures> {
  const targets = await painting.grams(reader);
  const wanted = await photo.features(reader);
  const found = await reader.features(toPlanes(picture));
  const styles = [...targets].map(([size, grams]) => [size, styleDistance(found.grams, grams)]);
  return {
    content: contentDistance(found.content, wanted.content),
    styles: Object.fromEntries(styles),
    border: borderProfile(picture, await stylizer.stylize(frameCrop(photo.image))),
    peak: patternPeak(picture, photo.smooth()),
    burnt: burntShare(picture),
  };
}
