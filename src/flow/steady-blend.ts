/** Steady videos: what was drawn before, moved as the video moved, is mixed into what is drawn now. */
import { badOption } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { between, type Flow, resizeFlow, roundTripErrors, stretched } from './flow-field.js';
import type { GreyPicture, OpticalFlow } from './optical-flow.js';

/** How steady, and by whose motion. */
export interface SteadyBlendOptions {
  /** 0: as drawn; 1: as steady as can be without ghosts. */
  amount: number;
  /** What estimates motion. */
  opticalFlow: OpticalFlow;
}

/** The frame before, and its picture as it was shown. */
export interface SteadyState {
  frame: Image;
  picture: Image;
}

/** A blend of one video. */
export interface SteadyBlend {
  /**
   * The picture to show of the next frame.
   *
   * @param frame of the video, RGB 0..255
   * @param drawn what the style made of it, of the same size
   */
  blend(frame: Image, drawn: Image): Image;
  /** What the next blend needs: given to `restore` of another blend, that goes on as this one would. */
  state(): SteadyState | undefined;
  restore(state: SteadyState): void;
}

/** The longer side, in pixels, of the pictures whose motion is estimated. */
const MOTION_SIDE = 480;

/** The share of the old picture where motion is certain, at amount 1. More is steadier, and softer: strokes are averaged. */
const MOST_SHARE = 0.7;

/**
 * Differences in brightness (levels of 255, of the frame and the moved one before, over 3x3 pixels) that begin to tell
 * of another thing, and that certainly do. A ghost begins there.
 */
const SAME = 6;
const OTHER = 24;

/** Round trip errors that are estimation's own. From there to 1 a pixel is less and less what it was. */
const SURE = 0.3;

/** The share of pixels that go on: below, the scene has changed. */
const LEAST_SEEN = 0.25;

/**
 * Makes the blend of a video. The frames of one video are given to it in their order. A pixel keeps `0.7 * amount` of
 * what it showed before, less where the motion there and back does not agree, where brightness says that it is
 * something else, and nothing where it was hidden, beyond the border, or after a cut.
 *
 * @throws FnsError when the amount is not within 0..1.
 */
export function steadyBlend({ amount, opticalFlow }: SteadyBlendOptions): SteadyBlend {
  requireAmount(amount);
  let before: SteadyState | undefined;
  let greyBefore: GreyPicture | undefined;
  return {
    blend(frame, drawn) {
      if (amount === 0) return drawn;
      const grey = opticalFlow.grey(frame, MOTION_SIDE);
      let picture = drawn;
      if (before && isSameSize(before.picture, drawn)) {
        greyBefore ??= opticalFlow.grey(before.frame, MOTION_SIDE);
        const back = opticalFlow.between(grey, greyBefore);
        const forth = opticalFlow.between(greyBefore, grey);
        const certain = certainty(grey, greyBefore, back, forth);
        if (certain) {
          const moved = opticalFlow.warp(before.picture, resizeFlow(back, drawn));
          picture = mixed(drawn, moved, stretched(certain, grey, drawn), MOST_SHARE * amount);
        }
      }
      before = { frame, picture };
      greyBefore = grey;
      return picture;
    },
    state: () => before,
    restore(state) {
      before = state;
      greyBefore = undefined;
    },
  };
}

/** @throws FnsError (usage) */
export function requireAmount(amount: number): void {
  if (!(amount >= 0 && amount <= 1)) throw badOption('steady', `0 to 1 is needed, got ${amount}`);
}

function isSameSize(a: Image, b: Image): boolean {
  return a.width === b.width && a.height === b.height;
}

/** How certain it is that a pixel is what it was before, 0..1; nothing when the scene has changed. */
function certainty(now: GreyPicture, then: GreyPicture, back: Flow, forth: Flow): Float32Array | undefined {
  const { width, height } = now;
  const errors = roundTripErrors(back, forth);
  const changed = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      changed[i] = now.data[i]! - between(then.data, then, x + back.dx[i]!, y + back.dy[i]!);
    }
  }
  const difference = smoothed(changed, width);
  const certain = new Float32Array(width * height);
  let seen = 0;
  for (let i = 0; i < certain.length; i++) {
    const value = fall(errors[i]!, SURE, 1) * fall(Math.abs(difference[i]!), SAME, OTHER);
    seen += value;
    certain[i] = value;
  }
  if (seen < LEAST_SEEN * certain.length) return undefined;
  return smoothed(least(certain, width), width);
}

/** 1 up to `from`, 0 from `to` on. */
function fall(value: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (to - value) / (to - from)));
}

/** The mean of 3x3 pixels around each; at the border of those that are there. */
function smoothed(plane: Float32Array, width: number): Float32Array {
  return overRowsAndColumns(plane, width, (a, b, c) => (a + b + c) / 3);
}

/** The least of 3x3 pixels around each. */
function least(plane: Float32Array, width: number): Float32Array {
  return overRowsAndColumns(plane, width, Math.min);
}

function overRowsAndColumns(
  plane: Float32Array,
  width: number,
  of: (a: number, b: number, c: number) => number,
): Float32Array {
  const rows = new Float32Array(plane.length);
  for (let start = 0; start < plane.length; start += width) {
    const last = start + width - 1;
    for (let i = start; i <= last; i++) {
      rows[i] = of(plane[i > start ? i - 1 : i]!, plane[i]!, plane[i < last ? i + 1 : i]!);
    }
  }
  const result = new Float32Array(plane.length);
  for (let i = 0; i < rows.length; i++) {
    result[i] = of(
      rows[i >= width ? i - width : i]!,
      rows[i]!,
      rows[i + width < rows.length ? i + width : i]!,
    );
  }
  return result;
}

/** `drawn` with `most * certain` of `moved`. */
function mixed(drawn: Image, moved: Image, certain: Float32Array, most: number): Image {
  const { width, height, data } = drawn;
  const result = new Uint8Array(data.length);
  for (let i = 0, at = 0; i < certain.length; i++) {
    const share = most * certain[i]!;
    for (let c = 0; c < 3; c++, at++) {
      result[at] = data[at]! + share * (moved.data[at]! - data[at]!) + 0.5;
    }
  }
  return { width, height, data: result };
}
