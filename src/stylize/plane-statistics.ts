/** Means and variances of whole planes from those of their strips. */
import type { FloatTensor } from '../core/safetensors.js';
import type { HostTensor } from '../runtime/session.js';

/** The statistics of a plane's channels, strip by strip. */
export interface PlaneStatistics {
  /** Adds a strip of `weight` rows, with the mean and the variance of each channel. */
  add(mean: Float32Array, variance: Float32Array, weight: number): void;
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
    add(part, variance, weight) {
      if (total === 0) [mean, squares] = [new Float64Array(part.length), new Float64Array(part.length)];
      const all = total + weight;
      for (let c = 0; c < part.length; c++) {
        const away = part[c]! - mean[c]!;
        mean[c]! += (away * weight) / all;
        squares[c]! += variance[c]! * weight + (away * away * total * weight) / all;
      }
      total = all;
    },
    mean: () => mean,
    variance: () => squares.map((sum) => sum / total),
  };
}

/** A norm of known statistics as `gain x + offset`, by the names that a strip's graph gives them. */
export function normInputs(
  name: string,
  statistics: PlaneStatistics,
  parameters: ReadonlyMap<string, FloatTensor>,
  epsilon: number,
): [string, HostTensor][] {
  const [scale, shift] = [parameters.get(`${name}.scale`)!.data, parameters.get(`${name}.shift`)!.data];
  const mean = statistics.mean();
  const gain = statistics.variance().map((v, c) => scale[c]! / Math.sqrt(v + epsilon));
  const offset = gain.map((factor, c) => shift[c]! - mean[c]! * factor);
  const input = (data: Float64Array): HostTensor => ({
    dtype: 'float32',
    shape: [1, data.length, 1, 1],
    data: Float32Array.from(data),
  });
  return [
    [`${name}.gain`, input(gain)],
    [`${name}.offset`, input(offset)],
  ];
}
