/** How much a video flickers, apart from its motion. */
import type { Image } from '../core/image.js';
import { consistentPixels, type Flow, resizeFlow } from '../flow/flow-field.js';
import type { OpticalFlow } from '../flow/optical-flow.js';

/** The motion between two frames. */
export interface FrameMotion {
  /** Where each pixel of a frame is in the one before. */
  back: Flow;
  /** Where each pixel of the one before is in the frame. */
  forth: Flow;
}

/** Differences that were added up. */
export interface SummedError {
  /** Squared differences in levels of 255. */
  sum: number;
  /** Pixels. */
  count: number;
}

/**
 * The warping error of two frames: squared differences between a frame and the one before, moved as the scene moved,
 * over the pixels that both show (Lai et al. 2018); of the three colours the mean. Divided by the count it is 0 for a
 * video that is painted onto the things in it.
 */
export function warpingError(
  before: Image,
  now: Image,
  motion: FrameMotion,
  warp: OpticalFlow['warp'],
): SummedError {
  const back = resizeFlow(motion.back, now);
  const seen = consistentPixels(back, resizeFlow(motion.forth, now));
  const moved = warp(before, back);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < seen.length; i++) {
    if (seen[i] === 0) continue;
    count++;
    for (let c = 3 * i; c < 3 * i + 3; c++) sum += (now.data[c]! - moved.data[c]!) ** 2 / 3;
  }
  return { sum, count };
}
