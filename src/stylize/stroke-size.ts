/** Larger and smaller strokes from the same network. */
import { gaussianBlur, resizeBicubic } from '../core/bicubic.js';
import { badOption } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { fullRangeLuma } from '../core/luma.js';
import { fromPlanes, type Planes, toPlanes } from '../core/planes.js';

/** The least and the largest stroke size. */
export const STROKE_SIZES = [0.5, 4] as const;

/** Sigma, in pixels of the reduced photo, of the surroundings in which a picture is compared with its photo. */
const SURROUNDINGS = 1.5;

/** Variance of the photo's luma, in squared levels, below which its edges are noise. */
const NOISE = 30;

/**
 * Checks a stroke size.
 *
 * @throws FnsError (usage) when it is out of range.
 */
export function requireStrokeSize(strokeSize: number): void {
  const [least, most] = STROKE_SIZES;
  if (!(strokeSize >= least && strokeSize <= most)) {
    throw badOption('strokeSize', `a number from ${least} to ${most} is needed, got ${strokeSize}`);
  }
}

/**
 * Draws a photo with strokes `strokeSize` times as large: a network's strokes have a size in pixels, so the photo is
 * reduced by that factor, drawn, and the picture enlarged (bicubic). The photo's own edges, which are lost on the way,
 * are put back as strongly as the picture follows them in the surroundings.
 *
 * @param draw draws a picture in the style, of the same size
 * @param photo RGB 0..255
 * @returns a picture of the size of the photo
 */
export async function drawWithStrokeSize(
  draw: (photo: Image) => Promise<Image>,
  photo: Image,
  strokeSize: number,
): Promise<Image> {
  const { width, height } = photo;
  const side = (pixels: number) => Math.max(1, Math.round(pixels / strokeSize));
  const whole = toPlanes(photo);
  const reduced = resizeBicubic(whole, side(width), side(height));
  const drawn = toPlanes(await draw(fromPlanes(reduced)));
  const picture = resizeBicubic(drawn, width, height);
  if (strokeSize > 1) addEdges(picture, whole, reduced, drawn);
  return fromPlanes(picture);
}

/**
 * Adds to an enlarged picture what the photo has and its reduced version has not, times the slope of the picture's
 * colours over the photo's luma around each pixel: the linear model of a guided filter (He, Sun 2015, "Fast Guided
 * Filter"), of which only the part beyond the reduced photo's resolution is used, so that the strokes stay.
 */
function addEdges(picture: Planes, photo: Planes, reduced: Planes, drawn: Planes): void {
  const { width, height } = photo;
  const luma = lumaOf(reduced);
  const edges = lumaOf(photo);
  const coarse = resizeBicubic(luma, width, height);
  for (let i = 0; i < edges.data.length; i++) edges.data[i]! -= coarse.data[i]!;
  const slopes = resizeBicubic(slopesOf(drawn, luma), width, height);
  const pixels = width * height;
  for (let i = 0; i < picture.data.length; i++) picture.data[i]! += slopes.data[i]! * edges.data[i % pixels]!;
}

/** The slope of each channel over luma around each pixel, -1 to 1. */
function slopesOf(picture: Planes, luma: Planes): Planes {
  const pixels = luma.data.length;
  const blurred = (data: Float32Array) => gaussianBlur({ ...luma, data }, SURROUNDINGS).data;
  const mean = blurred(luma.data);
  const variance = blurred(luma.data.map((v) => v * v)).map((v, i) => v - mean[i]! ** 2);
  const means = blurred(picture.data);
  const products = blurred(picture.data.map((v, i) => v * luma.data[i % pixels]!));
  const data = products.map((product, i) => {
    const covariance = product - means[i]! * mean[i % pixels]!;
    return Math.max(-1, Math.min(1, covariance / (variance[i % pixels]! + NOISE)));
  });
  return { ...picture, data };
}

function lumaOf({ width, height, data }: Planes): Planes {
  const pixels = width * height;
  const luma = Float32Array.from({ length: pixels }, (_, i) =>
    fullRangeLuma(data[i]!, data[pixels + i]!, data[2 * pixels + i]!),
  );
  return { width, height, data: luma };
}
