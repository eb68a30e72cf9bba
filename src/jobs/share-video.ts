/**
 * A video that several share: its frames are counted and cut into spans, each span is drawn for itself, and the segments
 * of all are joined. The file is that of `stylizeVideo`, frame by frame, for segments are cut at the same frames.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure } from '../core/errors.js';
import type { VideoSource } from '../node/video/video-source.js';
import { type JobOptions, reporter } from './job.js';
import { drawSegments, joinVideo, type VideoSpan, type VideoWork, videoWork } from './video-file.js';
import type { StylizeVideoOptions } from './video-options.js';
import { openParts, type VideoSegment } from './video-segments.js';
import { segmentFrames } from './write-segments.js';

/** Segments of a span, where that makes no more than `MOST_SPANS`. */
const SPAN_SEGMENTS = 2;

/** Spans of a video at most: the frames before a span are decoded for it, too. */
const MOST_SPANS = 32;

/** Frames are counted at this part of their size, which is faster. */
const COUNTED_SCALE = 1 / 16;

/**
 * Cuts a video into spans that can be drawn by several. It is decoded once to its end for that: only then the number of
 * its frames and their times are known.
 *
 * @returns nothing where it is to be drawn as a whole: it has no more than two segments, its pictures depend on each
 *   other (`steady`), or its format belongs to the whole file (GIF, animated WebP)
 * @throws FnsError when it cannot be read.
 */
export async function planVideo(
  source: VideoSource,
  options: StylizeVideoOptions,
  { signal }: JobOptions = {},
): Promise<VideoSpan[] | undefined> {
  const { steady, start = 0, fps } = options;
  const work = videoWork(source, options);
  const { rate, seconds, encoding } = work;
  const isWhole = steady || encoding.atOnce || !source.inputArgs || source.isLive || !rate;
  if (isWhole || isSurelyShort(work, start)) return undefined;
  const times: number[] = [];
  const [width, height] = [source.info.width, source.info.height].map((side) =>
    Math.max(2, Math.round(side * COUNTED_SCALE)),
  ) as [number, number];
  for await (const { time } of source.frames({ size: { width, height }, start, seconds, fps, signal })) {
    times.push(time);
  }
  return spansOf(times, segmentFrames(rate));
}

/** Whether there is no need to count. */
function isSurelyShort({ source, rate, seconds }: VideoWork, start: number): boolean {
  const left = source.info.seconds === undefined ? undefined : source.info.seconds - start;
  const length = Math.min(seconds ?? Number.POSITIVE_INFINITY, left ?? Number.POSITIVE_INFINITY);
  return 1.1 * (rate!.num / rate!.den) * length <= SPAN_SEGMENTS * segmentFrames(rate);
}

/** Cuts frames into spans of whole segments, as equal as can be. */
export function spansOf(times: readonly number[], segment: number): VideoSpan[] | undefined {
  const segments = Math.ceil(times.length / segment);
  if (segments <= SPAN_SEGMENTS) return undefined;
  const count = Math.min(MOST_SPANS, Math.ceil(segments / SPAN_SEGMENTS));
  const begin = (span: number) => Math.min(times.length, segment * Math.floor((span * segments) / count));
  return Array.from({ length: count }, (_, i) => {
    const [first, end] = [begin(i), begin(i + 1)];
    return {
      ...{ first, frames: end - first },
      ...(first > 0 && { after: times[first - 1] }),
      ...(end < times.length && { to: times[end] }),
    };
  });
}

/**
 * Draws the frames of a span into segments, in the folder beside `options.out`.
 *
 * @returns the files of the segments and, each behind its segment, of their records
 * @throws FnsError when the video has other frames than were counted.
 */
export async function drawSpan(
  source: VideoSource,
  span: VideoSpan,
  options: StylizeVideoOptions,
  job: JobOptions = {},
): Promise<{ files: string[]; stopped: boolean }> {
  const work = videoWork(source, options);
  const parts = await openParts(options.out, { settings: '' });
  try {
    const { frames, stopped } = await drawSegments(work, { parts, span }, options, job);
    if (stopped) return { files: [], stopped };
    if (frames !== span.frames) {
      throw failure(
        `the video gave ${frames} frames from ${span.first} on, where ${span.frames} were counted`,
      );
    }
    return { files: parts.segments.flatMap(({ path }) => [path, recordOf(path)]), stopped };
  } finally {
    await parts.release();
  }
}

/**
 * Joins the segments of all spans.
 *
 * @param files what `drawSpan` gave for each span, in the order of spans; all in one folder
 * @returns how many frames the video has
 * @throws Error when a segment is missing.
 */
export async function joinSpans(
  source: VideoSource,
  files: readonly string[],
  options: StylizeVideoOptions,
  job: JobOptions = {},
): Promise<number> {
  const segments: VideoSegment[] = [];
  for (const path of files.filter((file) => file.endsWith('.nut'))) {
    const { from, to, frames } = JSON.parse(await readFile(recordOf(path), 'utf8'));
    const last = segments.at(-1);
    if (last && last.to !== from)
      throw new Error(`a segment of the video is missing between ${last.to} and ${from}`);
    segments.push({ path, from, to, frames });
  }
  const folder = dirname(segments[0]!.path);
  await joinVideo(videoWork(source, options), { segments, folder }, options, reporter(job));
  return segments.reduce((sum, { frames }) => sum + frames, 0);
}

function recordOf(path: string): string {
  return path.replace(/nut$/, 'json');
}
