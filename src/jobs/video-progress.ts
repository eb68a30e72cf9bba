/** How far a video is. */

import type { VideoFrame } from '../node/video/read-frames.js';
import type { VideoSource } from '../node/video/video-source.js';
import { type Reporter, stopwatch } from './job.js';

/** The part of a video that is made. */
export interface VideoPart {
  /** Frames that were made before. */
  first: number;
  start: number;
  seconds: number | undefined;
  fps: number | undefined;
  /** These frames alone are made, from `first` on: the share is theirs. */
  only?: number | undefined;
}

/** The most milliseconds between two reports. */
const EVERY = 200;

/** Makes what tells how far a video is after each frame. */
export function videoProgress(
  { info }: VideoSource,
  { first, start, seconds, fps, only }: VideoPart,
  report: Reporter,
): (frame: VideoFrame) => void {
  const rate = fps ?? (info.frameRate && info.frameRate.num / info.frameRate.den);
  const left = info.seconds === undefined ? undefined : info.seconds - start;
  const length = Math.min(seconds ?? Number.POSITIVE_INFINITY, left ?? Number.POSITIVE_INFINITY);
  const isWhole = start === 0 && seconds === undefined && fps === undefined;
  const counted = isWhole ? info.frames : undefined;
  const guess = rate && Number.isFinite(length) ? Math.max(1, Math.round(rate * length)) : undefined;
  const all = only ?? counted ?? guess;
  const before = only === undefined ? first : 0;
  const watch = stopwatch();
  let told = 0;
  return ({ index }) => {
    const done = index + 1 - (only === undefined ? 0 : first);
    const now = Date.now();
    if (now - told < EVERY && done !== all) return;
    told = now;
    const made = done - before;
    const whole = all === undefined ? undefined : Math.max(all, done);
    report.progress({
      share: whole === undefined ? 0 : done / whole,
      ...(whole !== undefined && { secondsLeft: watch.left(made / Math.max(1, whole - before)) }),
      ...{ unit: 'frame', done, all: whole, rate: made / Math.max(0.001, watch.seconds()) },
    });
  };
}
