/** How the photo of a step is moved and disturbed, to learn that its picture goes along. */
import { combineSeeds, normalValues, randomGenerator } from '../core/random.js';
import type { FloatTensor } from '../core/tensor.js';

/** The motion of one step and its noise. */
export interface StabilityDraw {
  /** The map from the moved photo to the photo, `[2, 3]`, as `moveAffine` takes it. */
  motion: FloatTensor;
  /** Levels that are added to the moved photo, of the batch's shape. */
  noise: FloatTensor;
}

/** Sets these draws apart from the others of the same seed. */
const STABILITY = 0x57ab;

/** The most that a photo is shifted, in pixels and in parts of its side. */
const SHIFT = 8;
const SHIFT_SHARE = 1 / 16;

/** The most that a photo is turned, in radians (2 degrees), and by which its size changes. */
const TURN = Math.PI / 90;
const ZOOM = 0.03;

/** The most of the standard deviation of the noise, in levels of 255. */
const NOISE = 8;

/** How far a pixel of a picture of this side can come from, in whole pixels, what lies between pixels included. */
export function motionReach(side: number): number {
  return Math.ceil(mostShift(side) + (side / 2) * (TURN + ZOOM)) + 2;
}

/**
 * Draws the motion and the noise of a step: the same for the same seed and step, whatever was drawn before.
 *
 * @param step from 0 on
 * @param shape `[N, 3, S, S]` of the batch
 */
export function drawStability(seed: number, step: number, shape: readonly number[]): StabilityDraw {
  const own = combineSeeds(seed, STABILITY, step);
  const random = randomGenerator(own);
  const within = (most: number) => most * (2 * random() - 1);
  const shift = mostShift(shape[3]!);
  const [across, down, turn, zoom] = [within(shift), within(shift), within(TURN), 1 + within(ZOOM)];
  const [cos, sin] = [zoom * Math.cos(turn), zoom * Math.sin(turn)];
  const count = shape.reduce((a, b) => a * b, 1);
  return {
    motion: { shape: [2, 3], data: Float32Array.of(cos, -sin, across, sin, cos, down) },
    noise: { shape: [...shape], data: normalValues(count, combineSeeds(own, 1), NOISE * random()) },
  };
}

function mostShift(side: number): number {
  return Math.min(SHIFT, side * SHIFT_SHARE);
}
