/** A video that is open: what it holds, and its frames. */
import { extname } from 'node:path';
import type { Size } from '../../core/sizes.js';
import { inputArgs, isAddress, isLive, requireVideoFile } from './input-args.js';
import { openMovingPicture } from './moving-picture.js';
import { type Fraction, probeVideo, type VideoInfo } from './probe.js';
import { rateBase } from './rate-base.js';
import { type ReadFramesOptions, readFrames, type VideoFrame } from './read-frames.js';

/** Which part of a video is read, and at which size. */
export interface FramesOptions extends Omit<ReadFramesOptions, 'inputArgs' | 'size' | 'timeBase' | 'until'> {
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
      const { start = 0, seconds } = rest;
      // A device's clock began whenever it did.
      const until = live || seconds === undefined ? undefined : info.startSeconds + start + seconds;
      return readFrames(name, info, {
        ...{ ...rest, size: { width, height } },
        ...{ timeBase: timeBase(rest.fps), inputArgs: args, until },
      });
    },
  };
}
