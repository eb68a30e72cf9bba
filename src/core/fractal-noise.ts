import { resizeBicubic } from './bicubic.js';
import type { Image } from './image.js';
import { fromPlanes } from './planes.js';
import { combineSeeds, uniformValues } from './random.js';

/** Pixels between the grid points of the coarsest octave. */
const COARSEST = 128;
const OCTAVES = 6;

/** Clouds of random colours: octaves of smooth noise, each half as wide and half as strong as the one before. */
export function fractalNoise(width: number, height: number, seed: number): Image {
  const sum = new Float32Array(3 * width * height).fill(127.5);
  for (let octave = 0; octave < OCTAVES; octave++) {
    const cell = COARSEST / 2 ** octave;
    const [w, h] = [width, height].map((side) => Math.max(2, Math.ceil(side / cell)));
    const grid = uniformValues(3 * w! * h!, combineSeeds(seed, octave), 110 / 2 ** octave);
    const { data } = resizeBicubic({ width: w!, height: h!, data: grid }, width, height);
    for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
  }
  return fromPlanes({ width, height, data: sum });
}
