/**
 * Figure 5 of the paper on one photo: the objective of one forward pass, and of the optimisation after each iteration.
 */

import type { Image } from '../core/image.js';
import type { Planes } from '../core/planes.js';
import { toPlanes } from '../core/planes.js';
import { withoutBorder } from '../core/rectangles.js';
import { decodeStyle, encodeStyle } from '../files/style-file.js';
import { clipped } from '../minimise/vector.js';
import { openSession } from '../node/session.js';
import { loadStyle } from '../node/styles.js';
import { optimisePicture, PIXELS } from '../optimize/optimise-picture.js';
import { openPictureObjective } from '../optimize/pixel-objective.js';
import type { Device } from '../runtime/session.js';
import type { Stylizer } from '../stylize/stylizer.js';
import { type EvaluatedStyle, squarePhoto } from './evaluated-style.js';

/**
 * Pixels that are cut off each side for the objective without the border. VGG sees zeros beyond a picture, and a frame
 * of about ten pixels that makes up for them lowers the objective: the optimisation draws one, and so does a network
 * that was trained without a margin, but a style file cuts it off.
 */
export const BORDER = 16;

/**
 * Noise of variance 1, as the paper's own program starts from. Whole steps of L-BFGS from stronger noise may diverge.
 */
const PAPER_NOISE = Math.sqrt(3);

/** Steps that Torch's `optim.lbfgs` remembers. */
export const TORCH_MEMORY = 100;

/** How the optimisation is done. */
export interface CurveOptions {
  iterations: number;
  init: 'noise' | 'photo';
  lineSearch: 'none' | 'wolfe';
  bounded: boolean;
  seed: number;
  session: { device: Device; threads?: number };
}

/** The course of the optimisation on one photo: its objective after each iteration, as a share of the photo's own. */
export interface OptimisationCurve {
  /** Of its picture, clipped to 0..255. */
  whole: number[];
  /** Of that picture without its border. */
  inner: number[];
  /** Of the pixels that the optimisation has, some of which may be outside 0..255. */
  free: number[];
}

/** The results of one forward pass on one photo: objectives as shares of the photo's own. */
export interface ForwardShares {
  /** Of the picture of the network alone: it sees the photo and nothing beyond. */
  network: number;
  /** Of the picture of the style file, which continues the photo beyond its border. */
  file: number;
  /** Of the file's picture without its border. */
  inner: number;
}

/** The networks of a style: alone, and as its file is, which continues the photo beyond its border. */
export interface StyleNetworks {
  network: Stylizer;
  file: Stylizer;
  close(): Promise<void>;
}

/** Loads a style with and without its continued border. */
export async function openStyleNetworks(
  { name, bytes }: Pick<EvaluatedStyle, 'name' | 'bytes'>,
  session: CurveOptions['session'],
): Promise<StyleNetworks> {
  const { info, parameters } = decodeStyle(bytes, name);
  const file = await loadStyle(bytes, session);
  const network = info.bleed
    ? await loadStyle(encodeStyle({ info: { ...info, bleed: 0 }, parameters }), session)
    : file;
  return {
    file,
    network,
    async close() {
      if (network !== file) await network.close();
      await file.close();
    },
  };
}

/**
 * The central square of a photo, and how pictures of it are judged: by their objective as a share of the photo's own.
 */
export interface JudgedPhoto {
  image: Image;
  planes: Planes;
  /** The photo's own objective. */
  own: number;
  /** Of a picture `[3, size, size]`, 0..255. */
  whole(picture: Float32Array): Promise<number>;
  /** Of that picture without its border, against the photo without its border. */
  inner(picture: Float32Array): Promise<number>;
  close(): Promise<void>;
}

/** Opens the objective of a photo's central square, `size` pixels wide, with and without the border. */
export async function openJudgedPhoto(
  { weights, style, lossNetwork }: Pick<EvaluatedStyle, 'weights' | 'style' | 'lossNetwork'>,
  path: string,
  size: number,
  session: CurveOptions['session'],
): Promise<JudgedPhoto> {
  const { image, planes } = await squarePhoto(path, size);
  const common = { weights, style, lossNetwork, openSession, session };
  const innerOf = (picture: Float32Array) =>
    withoutBorder({ width: size, height: size, data: picture }, BORDER).data;
  const side = size - 2 * BORDER;
  const whole = await openPictureObjective({ ...common, width: size, height: size, content: planes.data });
  const inner = await openPictureObjective({
    ...common,
    width: side,
    height: side,
    content: innerOf(planes.data),
  });
  const own = await whole.value(planes.data);
  const innerOwn = await inner.value(innerOf(planes.data));
  return {
    image,
    planes,
    own,
    whole: async (picture) => (await whole.value(picture)) / own,
    inner: async (picture) => (await inner.value(innerOf(picture))) / innerOwn,
    async close() {
      await whole.close();
      await inner.close();
    },
  };
}

/** One forward pass on a photo. */
export async function forwardShares(
  { network, file }: StyleNetworks,
  { image, whole, inner }: JudgedPhoto,
): Promise<ForwardShares> {
  const picture = toPlanes(await file.stylize(image)).data;
  return {
    network: await whole(toPlanes(await network.stylize(image)).data),
    file: await whole(picture),
    inner: await inner(picture),
  };
}

/** The optimisation of Gatys et al. on a photo, judged after each iteration. */
export async function optimisationCurve(
  { weights, style, lossNetwork }: Pick<EvaluatedStyle, 'weights' | 'style' | 'lossNetwork'>,
  { planes, own, whole, inner }: JudgedPhoto,
  { iterations, init, lineSearch, bounded, seed, session }: CurveOptions,
  onIteration: (iteration: number) => void,
): Promise<OptimisationCurve> {
  const curve: OptimisationCurve = { whole: [], inner: [], free: [] };
  await optimisePicture({
    width: planes.width,
    height: planes.height,
    weights,
    style,
    lossNetwork,
    openSession,
    session,
    content: planes,
    start: init === 'noise' ? 'noise' : planes,
    iterations,
    seed,
    lineSearch,
    ...(lineSearch === 'none' && { memory: TORCH_MEMORY, noise: PAPER_NOISE }),
    clip: bounded,
    onProgress: async ({ iteration, value, picture }) => {
      const shown = clipped(picture, PIXELS);
      const share = value / own;
      curve.free.push(share);
      // Within bounds there is nothing to clip.
      curve.whole.push(bounded ? share : await whole(shown));
      curve.inner.push(await inner(shown));
      onIteration(iteration);
    },
  });
  return curve;
}
