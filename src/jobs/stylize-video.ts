/** Applies a style to a video. */
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { FnsError, failure } from '../core/errors.js';
import { sha256 } from '../core/sha256.js';
import type { SteadyBlend } from '../flow/steady-blend.js';
import { removeAbandoned, requireFolderFor } from '../node/media/files.js';
import { decodeImage } from '../node/media/image.js';
import { networksOf } from '../node/styles.js';
import { encoding } from '../node/video/containers.js';
import { isAddress, isLive, isLiveSource } from '../node/video/input-args.js';
import { openVideo } from '../node/video/open-video.js';
import { tryEncoding } from '../node/video/try-encoding.js';
import type { VideoSource } from '../node/video/video-source.js';
import { type JobOptions, type Reporter, reporter } from './job.js';
import { stylizeLive } from './live-video.js';
import { maskBytes } from './mask-bytes.js';
import { decodeSteadyState, openSteadyBlend } from './steady-frames.js';
import { drawnSeconds, drawSegments, joinVideo, type VideoWork, videoWork } from './video-file.js';
import { requireVideoOptions, type StylizeVideoOptions } from './video-options.js';
import { exists, isThere, openParts, partsFolder, type VideoParts } from './video-segments.js';

/** What `stylizeVideo` made. */
export interface StylizedVideo {
  /** The file, device or address. */
  out: string;
  /** The frames of the whole video. */
  frames: number;
  /** True when the signal ended the job: the video is a part of the whole. */
  stopped: boolean;
}

/**
 * Applies a style to a video: every frame at its time, with the sound, subtitles, chapters and metadata of the video.
 * Frames are encoded in segments, in a folder beside the result, so that a killed run can be resumed; the result is put
 * together at the end. A signal ends it early with a video of what is done.
 *
 * From a camera or a stream, and to a device or a stream, frames go straight through. What cannot be drawn in time is
 * left out.
 *
 * @throws FnsError when the video or the style cannot be read, an option makes no sense, or the result is there.
 */
export async function stylizeVideo(
  options: StylizeVideoOptions,
  job: JobOptions = {},
): Promise<StylizedVideo> {
  await requireVideoOptions(options);
  const { video, out, inputFormat, outputFormat } = options;
  if (isLiveSource(video, inputFormat) || isLive(out, outputFormat)) {
    if (!options.force && (await isFile(out))) throw exists(`${out} is there already`);
    if (!isLive(out) && !isAddress(out)) await requireFolderFor(out);
    return stylizeLive(options, job);
  }
  const report = reporter(job);
  encoding(out, { width: 2, height: 2 }, undefined, options);
  await requireFolderFor(out);
  if (await isThere(out)) {
    const isWhole = !(await isThere(partsFolder(out)));
    if (options.resume && isWhole) {
      report.note(`${out} is finished; to draw it in another way, force it`);
      return { out, frames: 0, stopped: false };
    }
    if (!options.resume && !options.force) throw exists(`${out} is there already`);
  }
  await removeAbandoned(dirname(out), new Set([basename(out)]));
  const source = await openVideo(video, { inputFormat, signal: job.signal });
  sayWhatIsChanged(source, report);
  const work = videoWork(source, options);
  const { codec, crf, preset } = options;
  if (codec !== undefined || crf !== undefined || preset !== undefined) {
    await tryEncoding(work.encoding, work.size);
  }
  const settings = await settingsOf(options);
  const blend = await openSteadyBlend(options.steady);
  const parts = await openParts(out, { ...options, settings });
  try {
    return await stylizeFile(work, { parts, blend }, options, job);
  } catch (error) {
    if (parts.segments.length > 0) throw unfinished(error);
    // There is nothing to go on with.
    await parts.remove();
    throw error;
  } finally {
    await parts.release();
  }
}

async function stylizeFile(
  work: VideoWork,
  { parts, blend }: { parts: VideoParts; blend: SteadyBlend | undefined },
  options: StylizeVideoOptions,
  job: JobOptions,
): Promise<StylizedVideo> {
  const { out } = options;
  const report = reporter(job);
  const first = parts.segments.reduce((sum, { frames }) => sum + frames, 0);
  if (first > 0) report.note(`going on at frame ${first + 1}`);
  const state = first > 0 ? await parts.state() : undefined;
  if (blend && state) blend.restore(decodeSteadyState(state, work.size));
  const whole = await drawSegments(work, { parts, blend }, options, job);
  const segments = whole.unfinished ? [...parts.segments, whole.unfinished] : parts.segments;
  if (segments.length === 0) {
    await parts.remove();
    return { out, frames: 0, stopped: true };
  }
  // A run that goes on begins behind the last segment, and may be stopped before it is as far as the one before.
  if (whole.stopped && parts.framesAtStop >= whole.frames && (await isThere(out))) {
    report.note(`${out} stays as it was, with its ${parts.framesAtStop} frames`);
    return { out, frames: parts.framesAtStop, stopped: true };
  }
  // The sound of a part ends with its pictures.
  const seconds = whole.stopped ? drawnSeconds(work, segments, options) : work.seconds;
  await joinVideo({ ...work, seconds }, { segments, folder: parts.folder }, options, report);
  if (whole.stopped) await parts.recordStop(whole.frames);
  else await parts.remove();
  report.file(out);
  return { out, frames: whole.frames, stopped: whole.stopped };
}

/** The error of a video whose parts are kept. */
function unfinished(error: unknown): unknown {
  const isPlain = error instanceof FnsError && error.kind === 'failure' && error.code === undefined;
  return isPlain ? failure(error.message, error, 'video-unfinished') : error;
}

/** Says what of a video is not as it was. */
export function sayWhatIsChanged({ name, info }: VideoSource, report: Reporter): void {
  if (info.isInterlaced) report.note(`${name} is interlaced: its frames are made whole (deinterlaced) first`);
  if (info.hdr) {
    report.warning(`${name} is HDR (${info.hdr}): its colours are fitted to those of a usual screen first`);
  }
}

/** The SHA-256 of what frames are made of and how. */
async function settingsOf(options: StylizeVideoOptions): Promise<string> {
  // Where the result lies and how fast it is computed change nothing.
  const { out: _, resume: __, force: ___, threads: ____, memory: _____, ...looks } = options;
  const file = await stat(options.video).catch(() => undefined);
  const networks = await networksOf(options.style, options.maskStyle);
  const mask = options.mask === undefined ? [] : maskBytes(await decodeImage(options.mask));
  const known = { ...looks, extension: options.out.slice(options.out.lastIndexOf('.')).toLowerCase() };
  const text = JSON.stringify(
    [Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1)), file?.size, file?.mtimeMs],
    (_key, value) => (ArrayBuffer.isView(value) ? undefined : value),
  );
  return sha256(new TextEncoder().encode(text), ...networks, ...mask);
}

/** Tells whether a path is an ordinary file: devices are there, and are written to. */
async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
