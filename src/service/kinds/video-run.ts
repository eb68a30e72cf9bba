import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../core/errors.js';
import { drawSpan, joinSpans, planVideo } from '../../jobs/share-video.js';
import { stylizeVideo } from '../../jobs/stylize-video.js';
import type { VideoSpan } from '../../jobs/video-file.js';
import { openVideo } from '../../node/video/open-video.js';
import type { VideoSource } from '../../node/video/video-source.js';
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
  steady?: number;
  format: string;
}

/** Draws a video: `stylizeVideo`. A long one is cut into parts, which are joined when they are there. */
export async function runVideo(run: KindRun): Promise<KindResult> {
  const { out, parts, signal, onEvent } = run;
  const { source, look } = await openInput(run);
  const target = join(out, `video.${run.options.format}`);
  const options = { ...look, video: source.name, out: target };
  const job = { signal, onEvent };
  if (parts) {
    // Nothing is drawn any more.
    const frames = await joinSpans(source, parts, { ...options, style: [] }, job);
    return { files: [target], pixels: pixelsOf(source, look, frames) };
  }
  const { source: style } = await wantedStyle(run);
  const spans = await planVideo(source, { ...options, style }, job);
  if (spans) {
    const shared = spans.map((span) => ({ weight: span.frames, plan: { ...span } }));
    return { files: [], pixels: 0, shared };
  }
  const { frames, stopped } = await stylizeVideo({ ...options, style, ...run.machine }, job);
  if (stopped) return { files: [], pixels: 0, stopped: true };
  return { files: [target], pixels: pixelsOf(source, look, frames) };
}

/** Draws a part of a video. Its pixels count when the whole is there. */
export async function runVideoPart(run: KindRun): Promise<KindResult> {
  const { work, part, machine, signal, onEvent } = run;
  const { source, look } = await openInput(run);
  const { source: style } = await wantedStyle(run);
  const options = {
    ...look,
    ...machine,
    video: source.name,
    out: join(work, `part.${run.options.format}`),
    style,
  };
  const { files, stopped } = await drawSpan(source, part as unknown as VideoSpan, options, {
    signal,
    onEvent,
  });
  return { files, pixels: 0, stopped };
}

/** Opens the video of a job, once it is known to be one that is taken. */
async function openInput({ inputs, work, limits, signal, options }: KindRun) {
  const {
    style: _,
    painting: __,
    device: ___,
    format: ____,
    ...look
  } = options as unknown as VideoOptions & Record<'style' | 'painting' | 'device', unknown>;
  const container = await requireContainer(inputs.video!);
  // Under the extension of what it is: ffmpeg believes that of a playlist.
  const video = join(work, `video${container}`);
  await rename(inputs.video!, video);
  if (container === '.webp') await requirePictureWithin(video, 'the video', limits);
  const source = await openVideo(video, { signal });
  requireVideoWithin(source, look, limits);
  return { source, look };
}

function pixelsOf({ info }: VideoSource, { maxSide }: Partial<VideoOptions>, frames: number): number {
  const { width, height } = info;
  const scale = Math.min(1, (maxSide ?? Number.POSITIVE_INFINITY) / Math.max(width, height));
  return Math.round(width * height * scale ** 2) * frames;
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
