/** How much videos flicker, beside each other. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badOption, failure } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { type FrameMotion, type SummedError, warpingError } from '../evaluate/warping-error.js';
import { readFlo } from '../flow/flo-file.js';
import { loadOpticalFlow } from '../flow/load-optical-flow.js';
import type { GreyPicture, OpticalFlow } from '../flow/optical-flow.js';
import { openVideo } from '../node/video/open-video.js';
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
  // The moving scene is read as one video more, the last.
  const names = source === undefined ? videos : [...videos, source];
  const opened = await Promise.all(names.map((video) => openVideo(video, job)));
  const motionTo = motion === undefined ? estimatedMotion(opticalFlow) : knownMotion(motion);
  const readers = opened.map((video) => video.frames({ signal: job.signal }));
  const sums = videos.map((): SummedError => ({ sum: 0, count: 0 }));
  const all = opened.at(-1)!.info.frames;
  const report = reporter(job);
  const watch = stopwatch();
  let before: Image[] | undefined;
  let number = 0;
  try {
    for (; ; number++) {
      const frames = await Promise.all(readers.map((reader) => reader.next()));
      if (frames.some(({ done }) => done)) {
        const isEnd = frames.every(({ done }) => done);
        if (!isEnd)
          throw failure(`${names.join(', ')}: not all have the same frames (one ends after ${number})`);
        break;
      }
      const now = frames.map(({ value }) => value as Image);
      if (before) {
        const moved = await motionTo(number, before.at(-1)!, now.at(-1)!);
        for (const [i, total] of sums.entries()) {
          const { sum, count } = warpingError(before[i]!, now[i]!, moved, opticalFlow.warp);
          total.sum += sum;
          total.count += count;
        }
      }
      before = now;
      const share = all ? Math.min(1, (number + 1) / all) : 0;
      report.progress({ share, secondsLeft: watch.left(share), unit: 'frame', done: number + 1, all });
    }
  } finally {
    for (const reader of readers) await reader.return(undefined);
  }
  const pairs = number - 1;
  if (pairs === 0) throw failure(`${videos[0]} has one frame: two are needed to compare`);
  return videos.map((video, i) => {
    const { width, height } = opened[i]!.info;
    const { sum, count } = sums[i]!;
    if (count === 0) throw failure(`${video}: no two frames in a row show the same things`);
    return { video, frames: pairs, warpingError: sum / count, seen: count / (pairs * width * height) };
  });
}

/** Gives the motion between a frame and the one before. */
type MotionTo = (number: number, then: Image, now: Image) => Promise<FrameMotion>;

function estimatedMotion(flow: OpticalFlow): MotionTo {
  return async (_, ...frames) => {
    const [then, now] = frames.map((frame) => flow.grey(frame, MOTION_SIDE)) as [GreyPicture, GreyPicture];
    return { back: flow.between(now, then), forth: flow.between(then, now) };
  };
}

function knownMotion(folder: string): MotionTo {
  const read = async (number: number, way: 'back' | 'forth') => {
    const path = join(folder, motionFile(number, way));
    const bytes = await readFile(path).catch((error: Error) => {
      throw failure(`the motion of frame ${number} is missing: cannot read ${path}`, error);
    });
    return readFlo(bytes, path);
  };
  return async (number) => ({ back: await read(number, 'back'), forth: await read(number, 'forth') });
}
