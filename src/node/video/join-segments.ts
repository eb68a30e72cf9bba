/** Encoded segments and the sound of the source become one file. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomically } from '../media/files.js';
import { chapterFile, chaptersOfPart } from './chapters.js';
import type { Encoding } from './containers.js';
import { fileArg, runTool } from './ffmpeg.js';
import { inputName } from './input-args.js';
import { type CopiedStream, encodePartSubtitles, isEncodedSubtitle } from './part-subtitles.js';
import type { Chapter, Fraction, SideStream } from './probe.js';

/** A segment: a file of frames whose times begin at 0. */
export interface EncodedSegment {
  path: string;
  /** When its first frame is shown, in units of the time base. */
  from: number;
  /** When the first frame of the next segment is shown, or the last of this one is over. */
  to: number;
}

/** What is joined. */
export interface JoinOptions {
  segments: readonly EncodedSegment[];
  timeBase: Fraction;
  /** The folder of the segments, where the list of them is written. */
  folder: string;
  encoding: Encoding;
  /** The time at which the video that the frames are of begins, in seconds of its own clock. */
  clockStart: number;
  /** What was left out of its beginning, and how long the kept part is, in seconds. */
  start: number;
  seconds?: number | undefined;
  /** That video, whose sound, subtitles, chapters and metadata are kept; absent where ffmpeg does not read it. */
  source?: {
    file: string;
    inputArgs: readonly string[];
    streams: readonly CopiedStream[];
    chapters: readonly Chapter[];
  };
  signal?: AbortSignal | undefined;
}

/** Joins segments into the file `out`, which is replaced when the new one is whole. */
export async function joinSegments(out: string, options: JoinOptions): Promise<void> {
  const { segments, timeBase, folder, encoding, start, source, signal } = options;
  const list = join(folder, 'segments.txt');
  await writeFile(list, concatList(segments, timeBase));
  const first = toMicroseconds(segments[0]!.from, timeBase);
  const delay = sourceDelay(options);
  const chapters = await chapterArgs(options);
  const beside = await besideArgs(options, 2 + chapters.input.filter((arg) => arg === '-i').length);
  const args = [
    ...['-itsoffset', microseconds(first + delay), '-f', 'concat', '-safe', '0', '-i', fileArg(list)],
    ...(source ? sourceArgs(source, options) : []),
    ...chapters.input,
    ...beside.inputs,
    ...['-map', '0:v'],
    ...beside.maps,
    ...(source ? ['-map_metadata', '1'] : []),
    ...['-map_chapters', chapters.from],
    ...videoArgs(encoding),
    ...beside.codecs,
    ...(source && start > 0 ? FROM_START : []),
    ...['-output_ts_offset', microseconds(-partStart(options) - delay)],
    ...(encoding.format === 'mp4' || encoding.format === 'mov' ? ['-movflags', '+faststart'] : []),
    ...['-max_muxing_queue_size', '9999', '-f', encoding.format, '-y'],
  ];
  await writeFileAtomically(out, async (temporary) => {
    await runTool('ffmpeg', [...args, fileArg(temporary)], { doing: `cannot write ${out}`, signal });
  });
}

/**
 * The streams beside the video: what they are mapped from and how they are written.
 *
 * @param next the number of the next input
 */
async function besideArgs(
  options: JoinOptions,
  next: number,
): Promise<Record<'inputs' | 'maps' | 'codecs', string[]>> {
  const { source, start, seconds, encoding, folder } = options;
  const result = { inputs: [] as string[], maps: [] as string[], codecs: [] as string[] };
  if (!source) return result;
  const isPart = start > 0 || seconds !== undefined;
  const from = microseconds(partStart(options) + sourceDelay(options));
  const part = { input: sourceArgs(source, options), from, seconds, format: encoding.format, folder };
  const counts = { audio: 0, subtitle: 0 };
  for (const stream of source.streams) {
    const { kind, index } = stream;
    let [map, encoder] = [`1:${index}`, stream.encoder];
    if (isPart && isEncodedSubtitle(stream)) {
      const path = await encodePartSubtitles(stream, part);
      if (path === undefined) continue;
      result.inputs.push('-itsoffset', from, '-i', fileArg(path));
      [map, encoder] = [`${next++}:0`, 'copy'];
    }
    result.maps.push('-map', map);
    const number = counts[kind]++;
    if (encoder !== undefined) result.codecs.push(`-c:${kind[0]}:${number}`, encoder);
  }
  return result;
}

/** How streams are tried to get into a file, in this order. */
const WAYS: Readonly<Record<SideStream['kind'], readonly (readonly string[])[]>> = {
  audio: [['copy'], []],
  subtitle: [['copy'], ['mov_text'], ['webvtt'], ['srt'], ['ass']],
};

/**
 * Finds out how the streams beside the video get into a file of this format, by trying: a table would have to know every
 * format. Those that do not are left out.
 */
export async function fittingStreams(
  file: string,
  inputArgs: readonly string[],
  streams: readonly SideStream[],
  format: string,
  folder: string,
): Promise<CopiedStream[]> {
  const trial = join(folder, 'trial.writing');
  const works = async ({ index }: SideStream, codec: string[]) => {
    const input = [...inputArgs, '-i', inputName(file, inputArgs), '-map', `0:${index}`];
    const args = [...input, ...codec, '-t', '0.5', '-f', format, '-y'];
    return runTool('ffmpeg', [...args, fileArg(trial)], { doing: '', seconds: 60 }).then(
      () => true,
      () => false,
    );
  };
  const result: CopiedStream[] = [];
  for (const stream of streams) {
    for (const [encoder] of WAYS[stream.kind]) {
      const codec = encoder === undefined ? [] : [`-c:${stream.kind[0]}`, encoder];
      if (!(await works(stream, codec))) continue;
      result.push({ ...stream, encoder });
      break;
    }
  }
  return result;
}

/** The list for ffmpeg's `concat`: each segment begins where the one before is said to end. */
function concatList(segments: readonly EncodedSegment[], timeBase: Fraction): string {
  const lines = ['ffconcat version 1.0'];
  for (const { path, from, to } of segments) {
    // Rounded times are subtracted, so that roundings do not add up.
    const duration = toMicroseconds(to, timeBase) - toMicroseconds(from, timeBase);
    const name = fileArg(resolve(path)).replaceAll("'", "'\\''");
    lines.push(`file '${name}'`, `duration ${microseconds(duration)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** When the kept part begins, in microseconds of the file's own clock. */
function partStart({ clockStart, start }: JoinOptions): number {
  return Math.round(1e6 * (clockStart + start));
}

/**
 * How much later, in microseconds, all streams are read than the file's clock has them.
 *
 * ffmpeg seeks to `-ss` behind the start of the file's clock, but leaves out copied packets before `-ss` on the clock
 * itself. `-seek_timestamp` makes both the latter; the end of `-t` then counts the clock's start twice, which this undoes.
 */
function sourceDelay({ clockStart, start }: JoinOptions): number {
  return start > 0 ? Math.round(1e6 * clockStart) : 0;
}

function sourceArgs({ file, inputArgs }: NonNullable<JoinOptions['source']>, options: JoinOptions): string[] {
  const { start, seconds } = options;
  const delay = microseconds(sourceDelay(options));
  const seek = ['-seek_timestamp', '1', '-itsoffset', delay, '-ss', microseconds(partStart(options))];
  return [
    ...inputArgs,
    ...(start > 0 ? seek : []),
    ...(seconds === undefined ? [] : ['-t', String(seconds)]),
    ...['-copyts', '-i', inputName(file, inputArgs)],
  ];
}

/** The input that has the chapters, and its number: ffmpeg leaves those of the source where they were in the whole. */
async function chapterArgs(options: JoinOptions): Promise<{ input: string[]; from: string }> {
  const { folder, source, seconds } = options;
  if (!source) return { input: [], from: '-1' };
  const start = partStart(options);
  if (start === 0 && seconds === undefined) return { input: [], from: '1' };
  const chapters = chaptersOfPart(source.chapters, start / 1e6, seconds);
  if (chapters.length === 0) return { input: [], from: '-1' };
  const file = join(folder, 'chapters.txt');
  await writeFile(file, chapterFile(chapters));
  return { input: ['-f', 'ffmetadata', '-i', fileArg(file)], from: '2' };
}

/** A seek goes to the keyframe before: copied packets from there to the start would come before the picture. */
const FROM_START = ['-copypriorss:a', '0', '-copypriorss:s', '0'];

function videoArgs({ atOnce }: Encoding): string[] {
  if (!atOnce) return ['-c:v', 'copy'];
  const filters = atOnce.filters.length > 0 ? ['-filter:v', atOnce.filters.join(',')] : [];
  return [...filters, '-fps_mode', 'passthrough', ...atOnce.args];
}

/** Writes millionths of a second as seconds. */
function microseconds(count: number): string {
  return (count / 1e6).toFixed(6);
}

function toMicroseconds(time: number, { num, den }: Fraction): number {
  return Math.round((time * num * 1e6) / den);
}
