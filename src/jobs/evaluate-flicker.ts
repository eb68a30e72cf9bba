/** How much videos flicker, beside each other. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badOption, failure } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { type FrameMotion, type SummedError, warpingError } from '../evaluate/warping-error.js';
import { readFlo } from '../flow/flo-file.js';
import { type GreyPicture, loadOpticalFlow, type OpticalFlow } from '../flow/optical-flow.js';
import { openVideo, type VideoSource } from '../node/video/open-video.js';
import { type JobOptions, reporter, stopwatch } from './job.js';

/** Options of `evaluateFlicker`. */
export interface EvaluateFlickerOptions {
  /** The videos: pictures of the same scene, with the same frames. */
  videos: readonly string[];
  /** The video that they were made of, whose motion is estimated. */
  source?: string;
  /** The folder of the true motion instead: see `motionFile`. */
  motion?: string;
}

/** How much a video flickers. */
export interface FlickerResult {
  video: string;
  /** Frames that were compared with the one before. */
  frames: number;
  /** The mean squared difference to the frame before, moved along, in levels² of 255, over what both frames show. */
  warpingError: number;
  /** The share of pixels that were compared. */
  seen: number;
}

/** The longer side, in pixels, of the pictures whose motion is estimated. */
const MOTION_SIDE = 960;

/** The name of the .flo file of frame `number`, from 1 on: to the frame before (`back`), or from there (`forth`). */
export function motionFile(number: number, way: 'back' | 'forth'): string {
  return `${String(number).padStart(5, '0')}.${way}.flo`;
}

/**
 * Measures the flicker of videos: the warping error with the motion of the video that they were made of, estimated by
 * optical flow, or known and in files.
 *
 * @throws FnsError when a video cannot be read, videos have not the same frames, or the motion is missing.
 */
export async function evaluateFlicker(
  options: EvaluateFlickerOptions,
  job: JobOptions = {},
): Promise<FlickerResult[]> {
  const { videos, source, motion } = options;
  if ((source === undefined) === (motion === undefined)) {
    throw badOption(
      'source',
      'the video whose motion is estimated, or a folder of true motion, is needed: one of both',
    );
  }
  const opticalFlow = await loadOpticalFlow();
  const opened = await Promise.all(videos.map((video) => openVideo(video, job)));
  const moving = source === undefined ? undefined : await openVideo(source, job);
  const motionOf = moving ? estimatedMotion(moving, opticalFlow, job.signal) : knownMotion(motion!);
  const readers = opened.map((video) => video.frames({ signal: job.signal }));
  const sums = videos.map((): SummedError => ({ sum: 0, count: 0 }));
  const all = (moving ?? opened[0])!.info.frames;
  const report = reporter(job);
  const watch = stopwatch();
  let before: Image[] | undefined;
  let pairs = 0;
  try {
    for (let number = 0; ; number++) {
      const frames = await Promise.all(readers.map((reader) => reader.next()));
      const moved = await motionOf(
        number,
        frames.every(({ done }) => !done),
      );
      if (frames.some(({ done }) => done) || moved === 'end') {
        requireSameEnd(frames.every(({ done }) => done) && moved === 'end', videos, number);
        break;
      }
      const now = frames.map(({ value }) => value as Image);
      if (before && moved) {
        for (const [i, picture] of now.entries()) {
          const { sum, count } = warpingError(before[i]!, picture, moved, opticalFlow.warp);
          sums[i]!.sum += sum;
          sums[i]!.count += count;
        }
        pairs++;
      }
      before = now;
      const share = all ? Math.min(1, (number + 1) / all) : 0;
      report.progress({ share, secondsLeft: watch.left(share), unit: 'frame', done: number + 1, all });
    }
  } finally {
    for (const reader of readers) await reader.return(undefined);
  }
  if (pairs === 0) throw failure(`${videos[0]} has one frame: two are needed to compare`);
  return videos.map((video, i) => {
    const { info } = opened[i]!;
    const { sum, count } = sums[i]!;
    return {
      video,
      frames: pairs,
      warpingError: sum / count,
      seen: count / (pairs * info.width * info.height),
    };
  });
}

/** Gives the motion to a frame from the one before; nothing for the first; `end` behind the last. */
type MotionOf = (number: number, isThere: boolean) => Promise<FrameMotion | 'end' | undefined>;

function estimatedMotion(video: VideoSource, flow: OpticalFlow, signal: AbortSignal | undefined): MotionOf {
  const frames = video.frames({ signal });
  let before: GreyPicture | undefined;
  return async () => {
    const next = await frames.next();
    if (next.done) return 'end';
    const now = flow.grey(next.value, MOTION_SIDE);
    const then = before;
    before = now;
    return then && { back: flow.between(now, then), forth: flow.between(then, now) };
  };
}

function knownMotion(folder: string): MotionOf {
  const read = async (number: number, way: 'back' | 'forth') => {
    const path = join(folder, motionFile(number, way));
    const bytes = await readFile(path).catch((error: Error) => {
      throw failure(`the motion of frame ${number} is missing: cannot read ${path}`, error);
    });
    return readFlo(bytes, path);
  };
  return async (number, isThere) => {
    if (!isThere) return 'end';
    if (number === 0) return undefined;
    return { back: await read(number, 'back'), forth: await read(number, 'forth') };
  };
}

function requireSameEnd(isSame: boolean, videos: readonly string[], number: number): void {
  if (isSame) return;
  throw failure(`${videos.join(', ')}: not all have the same frames (one ends after ${number})`);
}
