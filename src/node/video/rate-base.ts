/** Times at a constant rate. */
import type { Fraction } from './probe.js';

/** Times in units in which frames of a constant rate, of up to three decimals, are whole numbers apart. */
export function rateBase(fps: number): Fraction {
  return { num: 1000, den: Math.round(1000 * fps) };
}

/** Why there is no frame. */
export function noFrames(fps: number | undefined): string {
  return fps === undefined ? 'it holds no frames' : `it is too short for a frame at ${fps} a second`;
}
