/** The two steps of a video that is a file: its frames become segments, its segments become the file. */
import { badOption } from '../core/errors.js';
import { atMostLongerSide, type Size } from '../core/sizes.js';
import type { SteadyBlend } from '../flow/steady-blend.js';
import { decodeImage } from '../node/media/image.js';
import { type Encoding, encoding } from '../node/video/containers.js';
import { MOST_SIDE } from '../node/video/ivf.js';
import { fittingStreams, joinSegments } from '../node/video/join-segments.js';
import type { CopiedStream } from '../node/video/part-subtitles.js';
import type { Fraction, SideStream } from '../node/video/probe.js';
import type { VideoFrame } from '../node/video/read-frames.js';
import type { VideoSource } from '../node/video/video-source.js';
import { stylizeFrames } from '../stylize/stylize-frames.js';
import { loadStyleForFrames } from './frame-stylizers.js';
import { type JobOptions, type Reporter, reporter } from './job.js';
import { encodeSteadyState, steadyFrames } from './steady-frames.js';
import type { StylizeVideoOptions } from './video-options.js';
import { videoProgress } from './video-progress.js';
import type { VideoParts, VideoSegment } from './video-segments.js';
import { type WrittenSegments, writeSegments } from './write-segments.js';

/** A video that is a file, as it is worked on. */
export interface VideoWork {
  source: VideoSource;
  size: Size;
  /** Frames a second, on average. */
  rate: Fraction | undefined;
  /** The units of times. */
  timeBase: Fraction;
  /** How long the kept part is, in seconds; all of it by default. */
  seconds: number | undefined;
  encoding: Encoding;
}

/**
 * What follows from a video and its options.
 *
 * @throws FnsError for sizes and formats that cannot be written.
 */
export function videoWork(source: VideoSource, options: StylizeVideoOptions): VideoWork {
  const { out, fps, start = 0, end, maxSide } = options;
  const size = frameSize(source, maxSide);
  const rate = fps === undefined ? source.info.frameRate : { num: 1000 * fps, den: 1000 };
  return {
    ...{ source, size, rate, timeBase: source.timeBase(fps) },
    seconds: end === undefined ? undefined : end - start,
    encoding: encoding(out, size, rate, options),
  };
}

/** A run of frames that is drawn for itself. */
export interface VideoSpan {
  /** The number of its first frame, and how many there are. */
  first: number;
  frames: number;
  /** When the frame before it is shown, in units of the time base; absent where there is none. */
  after?: number;
  /** When the frame behind it is shown; absent where there is none. */
  to?: number;
}

/**
 * Draws frames and encodes them in segments, behind those that are there already.
 *
 * @param span these frames alone; all that are left by default
 * @throws FnsError when the style or the video cannot be read.
 */
export async function drawSegments(
  { source, size, rate, timeBase, seconds, encoding }: VideoWork,
  { parts, blend, span }: { parts: VideoParts; blend?: SteadyBlend | undefined; span?: VideoSpan },
  options: StylizeVideoOptions,
  job: JobOptions,
): Promise<WrittenSegments> {
  const { out, style, mask: maskFile, start = 0, end: _, fps, maxSide: __, steady: ___, ...look } = options;
  const { signal } = job;
  const report = reporter(job);
  const mask = maskFile === undefined ? undefined : await decodeImage(maskFile);
  const first = span?.first ?? parts.segments.reduce((sum, { frames }) => sum + frames, 0);
  // A segment is over when the frame behind it is shown.
  const last = parts.segments.at(-1);
  const after = span ? span.after : last && last.to - 1;
  const stylizers = await loadStyleForFrames(style, { ...look, mask }, size);
  try {
    for (const note of stylizers[0]!.notes) report.note(note);
    const onWarning = report.warning;
    const all = source.frames({ size, start, seconds, fps, first, after, signal, onWarning });
    const frames = span ? atMost(all, span.frames) : all;
    const drawn = stylizeFrames(frames, stylizers, { signal });
    return await writeSegments(steadyFrames(drawn, blend), parts, {
      ...{ size, timeBase, rate, encoding, signal, codec: look.codec, to: span?.to, label: out },
      pixelAspect: source.info.pixelAspect,
      onFrame: videoProgress(source, { first, start, seconds, fps, only: span?.frames }, report),
      stateAfter: () => {
        const state = blend?.state();
        return state && encodeSteadyState(state);
      },
    });
  } finally {
    for (const stylizer of stylizers) await stylizer.close();
  }
}

async function* atMost(frames: AsyncIterable<VideoFrame>, count: number): AsyncGenerator<VideoFrame> {
  let left = count;
  for await (const frame of frames) {
    yield frame;
    if (--left === 0) return;
  }
}

/** How long the pictures that are drawn go on, in seconds from where the kept part begins. */
export function drawnSeconds(
  { source, timeBase: { num, den }, seconds = Number.POSITIVE_INFINITY }: VideoWork,
  segments: readonly VideoSegment[],
  { start = 0 }: StylizeVideoOptions,
): number {
  const end = (segments.at(-1)!.to * num) / den;
  return Math.min(seconds, Math.max(0, end - source.info.startSeconds - start));
}

/** Joins segments into the file, with the sound, subtitles, chapters and metadata of the video. */
export async function joinVideo(
  { source, timeBase, seconds, encoding }: VideoWork,
  { segments, folder }: { segments: readonly VideoSegment[]; folder: string },
  { out, start = 0 }: StylizeVideoOptions,
  report: Reporter,
): Promise<void> {
  const { info, inputArgs } = source;
  const { hasSound, format } = encoding;
  const streams =
    inputArgs && hasSound ? await fittingStreams(source.name, inputArgs, info.sides, format, folder) : [];
  sayLostStreams(info.sides, streams, encoding, report);
  await joinSegments(out, {
    ...{ segments, timeBase, folder, encoding, clockStart: info.startSeconds, start, seconds },
    ...(inputArgs && { source: { file: source.name, inputArgs, streams, chapters: info.chapters } }),
  });
}

/**
 * The size that frames are drawn at.
 *
 * @throws FnsError when a side is longer than frames can be handed over with.
 */
function frameSize({ name, info }: VideoSource, maxSide: number | undefined): Size {
  const own = { width: info.width, height: info.height };
  const size = maxSide === undefined ? own : atMostLongerSide(own, maxSide);
  if (Math.max(size.width, size.height) > MOST_SIDE) {
    const { width, height } = size;
    throw badOption(
      'maxSide',
      `${name} is ${width}x${height}, and a side can have ${MOST_SIDE} pixels at most`,
    );
  }
  return size;
}

function sayLostStreams(
  all: readonly SideStream[],
  fitting: readonly CopiedStream[],
  { format, hasSound }: Encoding,
  report: Reporter,
): void {
  const word = { audio: 'sound', subtitle: 'subtitles' };
  for (const { index, kind, codec } of all) {
    const what = `${word[kind]} (${codec})`;
    const found = fitting.find((each) => each.index === index);
    if (!found) {
      if (hasSound) report.warning(`${format} cannot hold the ${what}: it is left out`);
      else report.note(`${format} has no sound and no subtitles: the ${what} is left out`);
    } else if (found.encoder !== 'copy') {
      report.note(`${format} does not hold the ${what} as it is: it is encoded anew`);
    }
  }
}
