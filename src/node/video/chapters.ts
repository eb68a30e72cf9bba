/** Chapters of a part of a video, as a file that ffmpeg reads. */
import type { Chapter } from './probe.js';

/**
 * Cuts chapters to a part of a video and counts their times from its beginning.
 *
 * @param from when the part begins, in seconds of the video's clock
 * @param seconds how long it is
 */
export function chaptersOfPart(
  chapters: readonly Chapter[],
  from: number,
  seconds = Number.POSITIVE_INFINITY,
): Chapter[] {
  return chapters
    .filter(({ start, end }) => (end > from || start >= from) && start < from + seconds)
    .map(({ start, end, tags }) => ({
      start: Math.max(0, start - from),
      end: Math.min(seconds, end - from),
      tags,
    }));
}

/** Writes chapters as ffmpeg's `ffmetadata`. */
export function chapterFile(chapters: readonly Chapter[]): string {
  const microseconds = (time: number) => Math.round(1e6 * time);
  const lines = chapters.flatMap(({ start, end, tags }) => [
    ...['[CHAPTER]', 'TIMEBASE=1/1000000', `START=${microseconds(start)}`, `END=${microseconds(end)}`],
    ...Object.entries(tags).map(([key, value]) => `${escaped(key)}=${escaped(value)}`),
  ]);
  return `${[';FFMETADATA1', ...lines].join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replace(/[=;#\\\n]/g, '\\$&');
}
