/** Frames out of ffmpeg, as pixels with their times. */
import { createInterface } from 'node:readline';
import { failure } from '../../core/errors.js';
import type { Image } from '../../core/image.js';
import type { Size } from '../../core/sizes.js';
import { startTool, type ToolProcess } from './ffmpeg.js';
import { inputName, isRemote } from './input-args.js';
import type { Fraction, VideoInfo } from './probe.js';

/** A frame of a video: its picture, and when it is shown. */
export interface VideoFrame extends Image {
  /** Its number, from 0 on. */
  index: number;
  /** When it is shown, in units of the time base of the video. */
  time: number;
}

/** Which frames are read, and how. */
export interface ReadFramesOptions {
  /** ffmpeg's options of how to read the file. */
  inputArgs: readonly string[];
  /** The size that frames are resized to. */
  size: Size;
  /** The units of times. */
  timeBase: Fraction;
  /** Seconds from the beginning, and how many seconds. */
  start?: number;
  seconds?: number;
  /** Frames from this time on, in seconds of the file's own clock, are left out. */
  until?: number | undefined;
  /** So many frames a second, instead of those of the file. */
  fps?: number;
  /** Frames before this one are decoded and left out. */
  first?: number;
  /** When the frame before the first is shown, in units of the time base: no time is before it. */
  after?: number | undefined;
  /** Takes any end of the decoder for the end of the video, with a warning: live sources cannot be resumed. */
  anyEnd?: boolean;
  signal?: AbortSignal;
  /** Told what was wrong with a file that could be read in part. */
  onWarning?: (message: string) => void;
}

/**
 * Reads the frames of a video, upright, deinterlaced and in sRGB. The decoder works ahead by what fits into pipes.
 *
 * @throws FnsError when the file cannot be decoded, holds no frames, its address breaks off, or another program ends the
 *   decoder.
 */
export async function* readFrames(
  file: string,
  info: VideoInfo,
  options: ReadFramesOptions,
): AsyncGenerator<VideoFrame> {
  const { size, first = 0, after, signal } = options;
  const decoder = startTool('ffmpeg', decoderArgs(file, info, options), {
    doing: `cannot read ${file}`,
    extra: true,
  });
  decoder.stdin.end();
  const stop = () => decoder.kill();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  const times = frameTimes(decoder, after);
  let index = first;
  try {
    for await (const data of frameBytes(decoder, 3 * size.width * size.height)) {
      const time = await times.next();
      if (time.done) break;
      yield { ...size, data, index, time: time.value };
      index++;
    }
    signal?.throwIfAborted();
    await endOfFrames(decoder, index, file, options);
  } finally {
    signal?.removeEventListener('abort', stop);
    decoder.kill();
  }
}

/** Why there is no frame. */
export function noFrames(fps: number | undefined, start = 0): string {
  if (start > 0) return `it holds no frames from ${start} seconds on`;
  return fps === undefined ? 'it holds no frames' : `it is too short for a frame at ${fps} a second`;
}

/** Tells of a file that ended badly, or throws when it gave nothing. */
async function endOfFrames(
  decoder: ToolProcess,
  frames: number,
  file: string,
  { fps, start, anyEnd, signal, onWarning }: ReadFramesOptions,
): Promise<void> {
  let broken: string | undefined;
  await decoder.ended.catch((error: Error) => {
    if (frames === 0) throw error;
    broken = error.message;
  });
  signal?.throwIfAborted();
  const complaints = decoder.complaints();
  if (!anyEnd) requireWholeFile(decoder, file, broken);
  if (frames === 0) throw failure(`cannot read ${file}: ${complaints[0] ?? noFrames(fps, start)}`);
  if (complaints.length > 0) {
    const more = complaints.length > 1 ? ` (and ${complaints.length - 1} more)` : '';
    onWarning?.(`parts of ${file} are damaged: ${complaints[0]}${more}`);
  } else if (broken) onWarning?.(broken);
}

/** What ffmpeg says of an address that gives no more; it takes that for the end, and mostly ends well. */
const BROKEN_OFF = /\bended? prematurely|: partial file$|^Error during demuxing: (?!Invalid data)/;

/** Throws when there is more of a video than was read: damaged files have no more. */
function requireWholeFile(decoder: ToolProcess, file: string, broken: string | undefined): void {
  const endedBy = decoder.endedBy();
  if (endedBy) {
    throw failure(
      `cannot read ${file} to its end: ffmpeg was ended by ${endedBy}, from another program or a system short of memory`,
    );
  }
  if (!isRemote(file)) return;
  const complaints = decoder.complaints();
  // `https://host/film.mp4: Connection reset by peer` says more than what follows from it.
  const ofAddress = complaints
    .filter((line) => line.startsWith(`${file}: `))
    .map((line) => line.slice(file.length + 2))
    .find((reason) => !reason.startsWith('Invalid data'));
  const reason = ofAddress ?? complaints.find((line) => BROKEN_OFF.test(line)) ?? broken;
  if (reason !== undefined) throw failure(`${file} broke off: ${reason}`);
}

function decoderArgs(file: string, info: VideoInfo, options: ReadFramesOptions): string[] {
  const { inputArgs, start, seconds } = options;
  return [
    ...inputArgs,
    '-copyts',
    ...(start ? ['-ss', String(start)] : []),
    ...(seconds === undefined ? [] : ['-t', String(seconds)]),
    ...['-i', inputName(file, inputArgs), '-map', '0:V:0', '-vf', filters(info, options).join(',')],
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
  ];
}

/** The curve of an HDR video is made linear, its brightness fitted to a screen's, and given the curve of one. */
const TONE_MAPPING = [
  'zscale=transfer=linear:npl=100',
  'format=gbrpf32le',
  'zscale=primaries=bt709',
  'tonemap=hable:desat=0',
  'zscale=transfer=bt709:matrix=bt709:range=tv',
  'format=yuv444p',
];

function filters(info: VideoInfo, { size, timeBase, until, fps, first = 0 }: ReadFramesOptions): string[] {
  const matrix = info.hdr ? 'bt709' : info.assumedMatrix;
  const scale = [
    `scale=${size.width}:${size.height}`,
    'flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp',
    ...(matrix ? [`in_color_matrix=${matrix}`] : []),
  ];
  return [
    ...(info.isInterlaced ? ['bwdif=mode=send_frame'] : []),
    // Of some formats `-t` lets a frame too many through.
    ...(until === undefined ? [] : [`trim=end=${until}`]),
    ...(fps === undefined ? [] : [`fps=${fps}`]),
    ...(first > 0 ? [`select=gte(n\\,${first})`] : []),
    ...(info.hdr ? TONE_MAPPING : []),
    scale.join(':'),
    'format=rgb24',
    `settb=${timeBase.num}/${timeBase.den}`,
    // It prints frames that have metadata of some kind.
    'metadata=mode=add:key=frame:value=1',
    'metadata=mode=print:file=pipe\\\\:3:direct=1',
  ];
}

/**
 * The times of frames, from the fourth stream. It is read from the start and to its end by itself: a program whose
 * streams are not read to their end never ends for Node.
 */
function frameTimes({ extra }: ToolProcess, after: number | undefined): AsyncGenerator<number> {
  const lines = createInterface({ input: extra!, crlfDelay: Number.POSITIVE_INFINITY });
  return increasingTimes(lines[Symbol.asyncIterator](), after);
}

async function* increasingTimes(lines: AsyncIterable<string>, after = -1): AsyncGenerator<number> {
  let last = after;
  for await (const line of lines) {
    const [, pts] = /^frame:\d+\s+pts:(\S+)/.exec(line) ?? [];
    if (pts === undefined) continue;
    // A frame without a time, or with one of the past, is shown as soon as it can be.
    last = Math.max(last + 1, Number.parseInt(pts, 10) || 0);
    yield last;
  }
}

/** The output of a decoder, cut into frames; a last one that is not whole is left out. */
async function* frameBytes({ stdout }: ToolProcess, length: number): AsyncGenerator<Uint8Array> {
  let frame = new Uint8Array(length);
  let filled = 0;
  for await (const chunk of stdout as AsyncIterable<Uint8Array>) {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + length - filled);
      frame.set(part, filled);
      from += part.length;
      filled += part.length;
      if (filled < length) continue;
      yield frame;
      frame = new Uint8Array(length);
      filled = 0;
    }
  }
}
