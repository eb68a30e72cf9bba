/** A video that is open: what it holds, and its frames. */
import { extname } from 'node:path';
import { badOption } from '../../core/errors.js';
import { flattenOverWhite } from '../../core/image.js';
import type { Size } from '../../core/sizes.js';
import { openPicture } from '../media/decode.js';
import { readOrdinaryFile } from '../media/files.js';
import { inputArgs, isAddress, isLive, requireVideoFile } from './input-args.js';
import { type Fraction, probeVideo, type VideoInfo } from './probe.js';
import { type ReadFramesOptions, readFrames, type VideoFrame } from './read-frames.js';

/** Which part of a video is read, and at which size. */
export interface FramesOptions extends Omit<ReadFramesOptions, 'inputArgs' | 'size' | 'timeBase'> {
  /** The size that frames are resized to; their own by default. */
  size?: Size;
}

/** A video that is open. */
export interface VideoSource {
  /** The file, device or address. */
  name: string;
  info: VideoInfo;
  /** It goes on while it is worked on, and has no beginning to come back to. */
  isLive: boolean;
  /** ffmpeg's options for reading it; absent when ffmpeg cannot. */
  inputArgs: readonly string[] | undefined;
  /** The units of the times of frames, with these frames a second. */
  timeBase(fps?: number): Fraction;
  /** Its frames, in order. */
  frames(options?: FramesOptions): AsyncGenerator<VideoFrame>;
}

/** What a video is opened with. */
export interface OpenVideoOptions {
  /** ffmpeg's name of the format of a device or stream: `v4l2`, `avfoundation`, `dshow`, `lavfi`. */
  inputFormat?: string;
  signal?: AbortSignal;
}

/**
 * Opens a video: a file of any format that ffmpeg reads, an animated WebP, a camera or an address.
 *
 * @throws FnsError when it cannot be read, or ffmpeg is missing.
 */
export async function openVideo(name: string, options: OpenVideoOptions = {}): Promise<VideoSource> {
  const { inputFormat, signal } = options;
  const live = isLive(name, inputFormat);
  if (!live && !isAddress(name)) await requireVideoFile(name);
  // ffmpeg skips the animation of a WebP.
  if (extname(name).toLowerCase() === '.webp' && !live && !isAddress(name)) return openMovingPicture(name);
  const args = inputArgs(name, inputFormat);
  const info = await probeVideo(name, args, signal);
  const timeBase = (fps?: number) => (fps === undefined ? info.timeBase : rateBase(fps));
  return {
    name,
    info,
    isLive: live,
    inputArgs: args,
    timeBase,
    frames: ({ size = info, ...rest } = {}) => {
      const { width, height } = size;
      return readFrames(name, info, {
        ...{ ...rest, size: { width, height } },
        ...{ timeBase: timeBase(rest.fps), inputArgs: args },
      });
    },
  };
}

/** Times in units in which frames of a constant rate, of up to three decimals, are whole numbers apart. */
function rateBase(fps: number): Fraction {
  return { num: 1000, den: Math.round(1000 * fps) };
}

/** An animated picture, whose times are in thousandths of a second. */
async function openMovingPicture(file: string): Promise<VideoSource> {
  const bytes = await readOrdinaryFile(file);
  const decoded = async (size?: Size) =>
    (await openPicture(bytes, file, { allFrames: () => true, ...(size && { resize: () => size }) })).decode();
  const { frames, timing } = await decoded();
  const { width, height } = frames[0]!;
  const timeBase = { num: 1, den: 1000 };
  const delays = frames.map((_, i) => Math.max(1, timing?.delay[i] ?? 100));
  const total = delays.reduce((sum, delay) => sum + delay, 0);
  return {
    name: file,
    info: {
      ...{ width, height, codec: 'webp', rotation: 0, timeBase, startSeconds: 0, sides: [] },
      ...{
        frameRate: { num: 1000 * frames.length, den: total },
        frames: frames.length,
        seconds: total / 1000,
      },
      ...{ isInterlaced: false, hdr: undefined, pixelAspect: undefined, assumedMatrix: undefined },
    },
    isLive: false,
    inputArgs: undefined,
    timeBase: () => timeBase,
    async *frames({ first = 0, start = 0, seconds = Number.POSITIVE_INFINITY, size, fps } = {}) {
      if (fps !== undefined) throw badOption('fps', 'an animated WebP keeps its own times');
      const resized = size ? (await decoded(size)).frames : frames;
      let time = 0;
      let index = 0;
      for (const [i, frame] of resized.entries()) {
        const isWanted = time >= 1000 * start && time < 1000 * (start + seconds);
        if (isWanted && index >= first) yield { ...flattenOverWhite(frame), index, time };
        if (isWanted) index++;
        time += delays[i]!;
      }
    },
  };
}
