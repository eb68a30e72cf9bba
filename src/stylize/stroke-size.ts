/** Larger and smaller strokes from the same network. */
import { gaussianBlur, resizeBicubic } from '../core/bicubic.js';
import { badOption } from '../core/errors.js';
import { lumaOf } from '../core/luma.js';
import { clipPlanes, type Planes } from '../core/planes.js';

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
 * @returns RGB 0..255, of the size of the photo
 */
export async function drawWithStrokeSize(
  draw: (photo: Planes) => Promise<Planes>,
  photo: Planes,
  strokeSize: number,
): Promise<Planes> {
  const { width, height } = photo;
  const side = (pixels: number) => Math.max(1, Math.round(pixels / strokeSize));
  const reduced = clipPlanes(resizeBicubic(photo, side(width), side(height)));
  const drawn = await draw(reduced);
  const picture = resizeBicubic(drawn, width, height);
  if (strokeSize > 1) addEdges(picture, photo, reduced, drawn);
  return clipPlanes(picture);
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
