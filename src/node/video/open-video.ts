/** A video that is open: what it holds, and its frames. */
import { extname } from 'node:path';
import { inputArgs, isAddress, isLiveSource, requireVideoFile } from './input-args.js';
import { openMovingPicture } from './moving-picture.js';
import { probeVideo } from './probe.js';
import { readFrames } from './read-frames.js';
import { rateBase, type VideoSource } from './video-source.js';

/** What a video is opened with. */
export interface OpenVideoOptions {
  /** ffmpeg's name of the format, where the name does not tell: `v4l2`, `avfoundation`, `dshow`, `lavfi`. */
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
  const live = isLiveSource(name, inputFormat);
  if (!live && !isAddress(name)) await requireVideoFile(name);
  // ffmpeg skips the animation of a WebP.
  const isWebp = extname(name).toLowerCase() === '.webp' && inputFormat === undefined;
  if (isWebp && !isAddress(name)) return openMovingPicture(name);
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
