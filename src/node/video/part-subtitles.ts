/** Subtitles of a part of a video that its format holds in another way than the source's. */
import { join } from 'node:path';
import { fileArg, runTool } from './ffmpeg.js';
import type { SideStream } from './probe.js';

/** A stream that goes into the file. */
export interface CopiedStream extends SideStream {
  /** ffmpeg's encoder: `copy` as it is, none for the format's own. */
  encoder: string | undefined;
}

/** A part of a video whose subtitles are encoded. */
export interface SubtitlePart {
  /** ffmpeg's options that read the part. */
  input: readonly string[];
  /** When it begins by the times that are read, and how long it is, in seconds. */
  from: string;
  seconds: number | undefined;
  format: string;
  folder: string;
}

/** Tells whether ffmpeg would write subtitles of before and behind a part: it cuts those that are copied alone. */
export function isEncodedSubtitle({ kind, encoder }: CopiedStream): boolean {
  return kind === 'subtitle' && encoder !== 'copy';
}

/**
 * Encodes the subtitles that begin in a part into a file of their own, whose times begin at 0.
 *
 * @returns the path of the file, or undefined when there are none
 */
export async function encodePartSubtitles(
  { index, encoder }: CopiedStream,
  { input, from, seconds, format, folder }: SubtitlePart,
): Promise<string | undefined> {
  const path = join(folder, `subtitles-${index}.writing`);
  const part = ['-ss', from, ...(seconds === undefined ? [] : ['-t', String(seconds)])];
  const codec = encoder === undefined ? [] : ['-c:s', encoder];
  const output = ['-map', `0:${index}`, ...codec, ...part, '-f', format, '-y', fileArg(path)];
  const doing = 'cannot write the subtitles';
  await runTool('ffmpeg', [...input, ...output], { doing });
  const first = ['-read_intervals', '%+#1', '-show_entries', 'packet=size', '-of', 'csv=p=0'];
  // A file without packets may be none that can be read.
  const packets = await runTool('ffprobe', [...first, '-i', fileArg(path)], { doing }).catch(() => '');
  return packets.trim() === '' ? undefined : path;
}
