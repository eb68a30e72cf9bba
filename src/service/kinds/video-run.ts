import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../core/errors.js';
import { stylizeVideo } from '../../jobs/stylize-video.js';
import { openVideo, type VideoSource } from '../../node/video/open-video.js';
import type { Limits } from '../limits.js';
import { requirePictureWithin } from './checked-picture.js';
import type { KindResult, KindRun } from './kind.js';
import { wantedStyle } from './warm-styles.js';

interface VideoOptions {
  strength?: number;
  strokeSize?: number;
  colours?: 'style' | 'photo' | 'match';
  maxSide?: number;
  start?: number;
  end?: number;
  fps?: number;
  format: string;
}

/** Draws a video: `stylizeVideo`. */
export async function runVideo(run: KindRun): Promise<KindResult> {
  const { inputs, out, limits, machine, signal, onEvent } = run;
  const {
    style: _,
    painting: __,
    device: ___,
    format,
    ...options
  } = run.options as unknown as VideoOptions & Record<'style' | 'painting' | 'device', unknown>;
  const container = await requireContainer(inputs.video!);
  // Under the extension of what it is: ffmpeg believes that of a playlist.
  const video = join(run.work, `video${container}`);
  await rename(inputs.video!, video);
  if (container === '.webp') await requirePictureWithin(video, 'the video', limits);
  const source = await openVideo(video, { signal });
  requireVideoWithin(source, options, limits);
  const { source: style } = await wantedStyle(run);
  const target = join(out, `video.${format}`);
  const { frames, stopped } = await stylizeVideo(
    { video, out: target, style, ...options, ...machine },
    { signal, onEvent },
  );
  if (stopped) return { files: [], pixels: 0, stopped: true };
  const { width, height } = source.info;
  const scale = Math.min(1, (options.maxSide ?? Number.POSITIVE_INFINITY) / Math.max(width, height));
  return { files: [target], pixels: Math.round(width * height * scale ** 2) * frames };
}

/** The first bytes of containers that hold a video themselves. A playlist, which names other files, is none. */
const CONTAINERS: readonly (readonly [RegExp, string])[] = [
  [/^.{4}(ftyp|moov|mdat|free|wide|skip)/s, '.mp4'],
  [/^.E\xdf\xa3/s, '.mkv'],
  [/^RIFF.{4}AVI /s, '.avi'],
  [/^RIFF.{4}WEBP/s, '.webp'],
  [/^GIF8/, '.gif'],
  [/^G.{187}G/s, '.ts'],
];

/**
 * The extension of a video's container, by its first bytes.
 *
 * @throws FnsError when it is none: ffmpeg would open what a playlist names, on this machine or elsewhere.
 */
export async function requireContainer(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(192), 0, 192, 0);
    const head = buffer.toString('latin1', 0, bytesRead);
    const found = CONTAINERS.find(([form]) => form.test(head));
    if (found) return found[1];
  } finally {
    await file.close();
  }
  throw failure('the video is no MP4, MOV, WebM, MKV, AVI, TS, GIF or WebP');
}

/** @throws FnsError when it has too many pixels or frames. */
function requireVideoWithin({ info }: VideoSource, options: Partial<VideoOptions>, limits: Limits): void {
  const { width, height, frameRate, seconds } = info;
  if (width * height > limits.pixels) {
    throw failure(`the video has ${width}x${height} pixels: more than ${limits.pixels} are not taken here`);
  }
  const { start = 0, end = Number.POSITIVE_INFINITY, fps } = options;
  const rate = fps ?? (frameRate ? frameRate.num / frameRate.den : 30);
  const length = Math.max(0, Math.min(end, seconds ?? Number.POSITIVE_INFINITY) - start);
  const isWhole = options.start === undefined && options.end === undefined && fps === undefined;
  const frames = isWhole && info.frames !== undefined ? info.frames : Math.ceil(rate * length);
  if (!(frames <= limits.frames)) {
    const count = Number.isFinite(frames) ? `${frames} frames` : 'no end that it says';
    throw failure(`the video has ${count}: ${limits.frames} frames are taken at most; options.end cuts it`);
  }
}
