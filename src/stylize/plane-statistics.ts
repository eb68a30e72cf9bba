/** Means and variances of whole planes from those of their strips. */
import type { FloatTensor } from '../core/safetensors.js';
import type { Affine } from '../nets/strip-stages.js';
import type { HostTensor } from '../runtime/session.js';

/** The statistics of a plane's channels, strip by strip. */
export interface PlaneStatistics {
  /**
   * Adds a strip of `weight` rows.
   *
   * @param means `[parts, C]` of parts of one size
   * @param squares the means of the squares
   */
  add(means: HostTensor, squares: HostTensor, weight: number): void;
  mean(): Float64Array;
  /** Biased. */
  variance(): Float64Array;
}

/** Statistics of no strip yet; strips are merged by the formula of Chan, Golub, LeVeque 1979, in double precision. */
export function planeStatistics(): PlaneStatistics {
  let mean = new Float64Array();
  let squares = new Float64Array();
  let total = 0;
  return {
    add({ data, shape }, { data: squaresData }, weight) {
      const [parts, channels] = shape as [number, number];
      if (total === 0) [mean, squares] = [new Float64Array(channels), new Float64Array(channels)];
      const each = weight / parts;
      for (let p = 0; p < parts; p++) {
        const all = total + each;
        for (let c = 0; c < channels; c++) {
          const own = Number(data[p * channels + c]);
          const variance = Number(squaresData[p * channels + c]) - own * own;
          const away = own - mean[c]!;
          mean[c]! += (away * each) / all;
          squares[c]! += variance * each + (away * away * total * each) / all;
        }
        total = all;
      }
    },
    mean: () => mean,
    variance: () => squares.map((sum) => Math.max(0, sum / total)),
  };
}

/** A norm of known statistics as `gain x + offset`. */
export function affineNorm(
  name: string,
  statistics: PlaneStatistics,
  parameters: ReadonlyMap<string, FloatTensor>,
  epsilon: number,
): Affine {
  const [scale, shift] = [parameters.get(`${name}.scale`)!.data, parameters.get(`${name}.shift`)!.data];
  const mean = statistics.mean();
  const gain = statistics.variance().map((v, c) => scale[c]! / Math.sqrt(v + epsilon));
  return { gain, offset: gain.map((factor, c) => shift[c]! - mean[c]! * factor) };
}
