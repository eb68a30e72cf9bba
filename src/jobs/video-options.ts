/** What `stylizeVideo` is told, and its checks. */
import { resolve } from 'node:path';
import { badOption } from '../core/errors.js';
import { realPath } from '../node/media/find-photos.js';
import type { StyleOptions, StyleSource } from '../node/styles.js';
import type { CodecOptions } from '../node/video/containers.js';
import { requireNoOverwrite } from './no-overwrite.js';

/** Which video `stylizeVideo` turns into which style. */
export interface StylizeVideoOptions extends Omit<StyleOptions, 'mask'>, CodecOptions {
  /** A video, GIF or animated WebP; a camera (`/dev/video0`) or the address of a stream. */
  video: string;
  style: StyleSource;
  /** The file to write; a device or the address of a stream. */
  out: string;
  /** The file of a picture: white where the style is, black where the video or `maskStyle` is. */
  mask?: string;
  /** Seconds from the beginning of the video, where the new one begins and ends. */
  start?: number;
  end?: number;
  /** So many frames a second, instead of those of the video. */
  fps?: number;
  /** Frames whose longer side is larger are shrunk to this first. */
  maxSide?: number;
  /** 0 to 1: pictures keep what goes on from frame to frame, against flicker; needs OpenCV (see `createSteadyBlend`). */
  steady?: number;
  /** Goes on where a run of the same options was stopped. */
  resume?: boolean;
  /** Replaces what is there. */
  force?: boolean;
  /** ffmpeg's names of the formats of a device or stream: `v4l2`, `avfoundation`, `mpegts`. */
  inputFormat?: string;
  outputFormat?: string;
}

/**
 * Checks what can be known to be wrong before anything is read.
 *
 * @throws FnsError (usage)
 */
export async function requireVideoOptions(options: StylizeVideoOptions): Promise<void> {
  const { video, out, mask, maskStyle, start = 0, end, fps, maxSide, steady, resume, force } = options;
  if (maskStyle !== undefined && mask === undefined) throw badOption('maskStyle', 'a mask is needed with it');
  if (!(start >= 0)) throw badOption('start', `seconds from 0 on are needed, got ${start}`);
  if (end !== undefined && !(end > start)) throw badOption('end', `more than ${start} is needed, got ${end}`);
  if (fps !== undefined && !(fps > 0 && fps <= 1000)) {
    throw badOption('fps', `a number above 0 and up to 1000 is needed, got ${fps}`);
  }
  if (maxSide !== undefined && !(maxSide >= 1)) throw badOption('maxSide', `from 1 on, got ${maxSide}`);
  if (steady !== undefined && !(steady >= 0 && steady <= 1)) {
    throw badOption('steady', `0 to 1 is needed, got ${steady}`);
  }
  if (resume && force) throw badOption('resume', 'to go on and to begin anew exclude each other');
  const [from, to] = await Promise.all([realPath(video), realPath(out)]);
  if (resolve(from) === resolve(to)) throw badOption('out', `${out} is the video itself: give another name`);
  await requireNoOverwrite([out], [{ path: mask, what: 'the mask' }]);
}
