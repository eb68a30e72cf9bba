import { resizeBicubic } from '../core/bicubic.js';
import type { Planes } from '../core/planes.js';
import { uniformValues } from '../core/random.js';
import type { StyleSource } from '../losses/style-targets.js';
import { adam } from '../minimise/adam.js';
import { type LbfgsOptions, lbfgs } from '../minimise/lbfgs.js';
import { openPixelObjective, type PixelObjectiveOptions } from './pixel-objective.js';

/** Levels of a pixel. */
export const PIXELS = { low: 0, high: 255 };

/** How a picture is optimised. */
export interface OptimiseOptions
  extends Omit<PixelObjectiveOptions, 'content' | 'style' | 'width' | 'height'> {
  /** Size of the result. */
  width: number;
  height: number;
  /** The content at the size of the result. */
  content?: Planes;
  /** Gives the style; needed when style layers have a weight. */
  style?: StyleSource;
  /** Where to start: noise, or a picture of the size of the result. */
  start: 'noise' | Planes;
  /** Seed of the noise. Default 0. */
  seed?: number;
  /** How far noise goes from mid-grey, in levels: it is uniform. Default 20. */
  noise?: number;
  /** Iterations at the full size. */
  iterations: number;
  /** `lbfgs` by default. */
  optimizer?: 'lbfgs' | 'adam';
  /** Length of Adam's steps in levels of 0..255. Default 5. */
  learningRate?: number;
  /**
   * Sizes to go through: with 3 the picture is made at a quarter, then at half, then at the full size, each from the
   * one before, everything scaled alike. Large structures form where they are small and cheap. Default 1.
   */
  scales?: number;
  /**
   * Keep the pixels within 0..255 all the time: the picture is then the best of those that can be written. Default
   * true.
   */
  clip?: boolean;
  /** Of L-BFGS. Default `wolfe`. */
  lineSearch?: LbfgsOptions['lineSearch'];
  /** Steps that L-BFGS remembers. Default 20. */
  memory?: number;
  onProgress?: (progress: OptimiseProgress) => void | Promise<void>;
  signal?: AbortSignal;
}

/** One iteration. */
export interface OptimiseProgress {
  /** From 1, over all scales. */
  iteration: number;
  /** Of all scales. */
  iterations: number;
  width: number;
  height: number;
  value: number;
  evaluations: number;
  /** The picture so far: planes, RGB 0..255; beyond these without `clip`. */
  picture: Float32Array;
}

/** The result of `optimisePicture`. */
export interface Optimised {
  /** The picture, RGB 0..255; beyond these without `clip`. */
  picture: Planes;
  value: number;
  iterations: number;
  /** True when `signal` ended it. */
  stopped: boolean;
}

/**
 * Optimises the pixels of a picture: style transfer by Gatys et al. 2016, feature inversion and style reconstruction,
 * by what has a weight.
 */
export async function optimisePicture(options: OptimiseOptions): Promise<Optimised> {
  const { scales = 1, iterations, seed = 0, noise = 20, signal, clip = true } = options;
  const sizes = Array.from({ length: scales }, (_, i) => 2 ** (scales - 1 - i)).map((factor) => ({
    factor,
    width: Math.max(16, Math.round(options.width / factor)),
    height: Math.max(16, Math.round(options.height / factor)),
  }));
  let picture: Planes | undefined;
  let done = 0;
  let value = Number.NaN;
  let reached = 0;
  for (const { factor, width, height } of sizes) {
    const start: Planes = picture
      ? resized(picture, width, height)
      : options.start === 'noise'
        ? { width, height, data: uniformValues(3 * width * height, seed, noise).map((v) => v + 127.5) }
        : resized(options.start, width, height);
    const { onProgress, content, style, ...rest } = options;
    const objective = await openPixelObjective({
      ...rest,
      width,
      height,
      ...(content && { content: resized(content, width, height).data }),
      ...(style && { style: shrunk(style, factor) }),
    });
    try {
      const minimise = {
        iterations,
        signal,
        ...(clip && { bounds: PIXELS }),
        onIteration: async (i: { iteration: number; value: number; evaluations: number; x: Float32Array }) =>
          onProgress?.({
            iteration: done + i.iteration,
            iterations: iterations * scales,
            width,
            height,
            value: i.value,
            evaluations: i.evaluations,
            picture: i.x,
          }),
      };
      const found =
        options.optimizer === 'adam'
          ? await adam(objective.evaluate, start.data, {
              ...minimise,
              learningRate: options.learningRate ?? 5,
            })
          : await lbfgs(objective.evaluate, start.data, {
              ...minimise,
              lineSearch: options.lineSearch,
              memory: options.memory,
            });
      picture = { width, height, data: found.x };
      value = found.value;
      reached += found.iterations;
      done += iterations;
    } finally {
      await objective.close();
    }
    if (signal?.aborted) break;
  }
  return {
    picture: resized(picture!, options.width, options.height),
    value,
    iterations: reached,
    stopped: signal?.aborted ?? false,
  };
}

function resized(image: Planes, width: number, height: number): Planes {
  return image.width === width && image.height === height ? image : resizeBicubic(image, width, height);
}

/** A style at 1 / factor of its size. */
function shrunk(style: StyleSource, factor: number): StyleSource {
  const small = (image: Planes) =>
    resized(
      image,
      Math.max(16, Math.round(image.width / factor)),
      Math.max(16, Math.round(image.height / factor)),
    );
  return 'data' in style ? small(style) : style.map(({ image, weight }) => ({ image: small(image), weight }));
}
