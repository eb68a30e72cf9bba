/** Encodes frames in segments, each whole in itself, so that those that are finished stay so. */
import type { Image } from '../core/image.js';
import type { Size } from '../core/sizes.js';
import type { Encoding } from '../node/video/containers.js';
import { fileArg } from '../node/video/ffmpeg.js';
import type { Fraction } from '../node/video/probe.js';
import type { VideoFrame } from '../node/video/read-frames.js';
import { type FrameWriter, writeFrames } from '../node/video/write-frames.js';
import type { VideoParts, VideoSegment } from './video-segments.js';

/** How frames become segments. */
export interface SegmentOptions {
  size: Size;
  timeBase: Fraction;
  /** Frames a second, on average. */
  rate: Fraction | undefined;
  pixelAspect: Fraction | undefined;
  encoding: Encoding;
  codec: string | undefined;
  /** When the last frame is over, where that is known: other frames come behind it. */
  to?: number | undefined;
  /** Ends early; what is encoded by then is kept. */
  signal: AbortSignal | undefined;
  /** What is made of the segments, for errors. */
  label: string;
  /** Told of each frame. */
  onFrame: (frame: VideoFrame) => void;
  /** What a later run needs to go on after the frame that was written last. */
  stateAfter?: () => Uint8Array | undefined;
}

/** What was written. */
export interface WrittenSegments {
  /** The frames of all segments, those that were there before included. */
  frames: number;
  stopped: boolean;
  /** When it was stopped: the last segment, which a later run makes anew. */
  unfinished: VideoSegment | undefined;
}

/** How long segments are: what a killed run loses at most, and the time between points that players can jump to. */
const SEGMENT_SECONDS = 4;
const MOST_FRAMES = 250;

/** Codecs whose times are fractions with small numbers. */
const COARSE_TIMES = ['mpeg4', 'mpeg2video', 'mpeg1video', 'libxvid', 'h263'];
const MOST_COARSE = 65_535;

/** A segment that is being written. */
interface Open {
  writer: FrameWriter;
  path: string;
  from: number;
  last: number;
  frames: number;
  state?: Uint8Array | undefined;
}

/** Encodes frames, each segment while the next is begun. Segments are cut at the same frames however often it is stopped. */
export async function writeSegments(
  frames: AsyncIterable<{ frame: VideoFrame; picture: Image }>,
  parts: VideoParts,
  options: SegmentOptions,
): Promise<WrittenSegments> {
  const { signal, timeBase, rate } = options;
  const length = segmentFrames(rate);
  /** What a frame lasts, where there is no next one to tell. */
  const usual = rate ? Math.max(1, Math.round((timeBase.den * rate.den) / (timeBase.num * rate.num))) : 1;
  let open: Open | undefined;
  let closing = Promise.resolve();
  let step = usual;
  let stopped = false;
  let total = parts.segments.reduce((sum, segment) => sum + segment.frames, 0);
  const close = async ({ writer, path, from, frames, state }: Open, to: number) => {
    await writer.finish();
    await parts.add({ from, to, frames }, path, state);
  };
  try {
    for await (const { frame, picture } of stoppedBy(frames, signal)) {
      if (open && open.frames === length) {
        await closing;
        closing = close(open, frame.time);
        closing.catch(() => {});
        open = undefined;
      }
      open ??= begin(frame, parts.temporary(), options);
      await open.writer.write(picture, frame.time - open.from);
      if (open.frames > 0) step = frame.time - open.last;
      Object.assign(open, { last: frame.time, frames: open.frames + 1 });
      if (open.frames === length) open.state = options.stateAfter?.();
      total++;
      options.onFrame(frame);
    }
    stopped = signal?.aborted ?? false;
    await closing;
    if (!open) return { frames: total, stopped, unfinished: undefined };
    const to = options.to ?? open.last + (rate ? usual : step);
    if (!stopped) await close(open, to);
    else await open.writer.finish();
    const { path, from, frames: count } = open;
    return { frames: total, stopped, unfinished: stopped ? { path, from, to, frames: count } : undefined };
  } catch (error) {
    open?.writer.kill();
    await closing.catch(() => {});
    throw error;
  }
}

/** How many frames a segment has. */
export function segmentFrames(rate: Fraction | undefined): number {
  return rate
    ? Math.max(1, Math.min(MOST_FRAMES, Math.round((SEGMENT_SECONDS * rate.num) / rate.den)))
    : MOST_FRAMES;
}

function begin({ time }: VideoFrame, path: string, options: SegmentOptions): Open {
  const { size, timeBase, pixelAspect, encoding } = options;
  const times = ['-enc_time_base', encoderTimes(options)];
  const args = [...encoding.codecArgs, ...times, '-map_metadata', '-1', '-f', 'nut'];
  const writer = writeFrames(fileArg(path), {
    ...{ size, timeBase, pixelAspect, args, filters: encoding.filters, label: options.label },
  });
  return { writer, path, from: time, last: time, frames: 0 };
}

/** The units that an encoder counts times in: those of the frames, or those of the rate where these are too fine. */
function encoderTimes({ timeBase, rate, codec, encoding }: SegmentOptions): string {
  const name = codec ?? encoding.codecArgs[1]!;
  const { num, den } =
    COARSE_TIMES.includes(name) && timeBase.den > MOST_COARSE && rate ? inverse(rate) : timeBase;
  return `${num}:${den}`;
}

function inverse({ num, den }: Fraction): Fraction {
  return { num: den, den: num };
}

/** The frames until the signal ends them. */
async function* stoppedBy<T>(frames: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  try {
    for await (const frame of frames) {
      if (signal?.aborted) return;
      yield frame;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
