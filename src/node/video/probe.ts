/** What a video file holds, as ffprobe tells it. */
import { failure } from '../../core/errors.js';
import type { Size } from '../../core/sizes.js';
import { runTool } from './ffmpeg.js';
import { inputName } from './input-args.js';

/** A fraction: of a second, for times; of a pixel's width to its height. */
export interface Fraction {
  num: number;
  den: number;
}

/** A stream of sound or of subtitles. */
export interface SideStream {
  /** Its number in the file. */
  index: number;
  kind: 'audio' | 'subtitle';
  codec: string;
}

/** A chapter: its times in seconds of the file's clock, and what is said of it, mostly its `title`. */
export interface Chapter {
  start: number;
  end: number;
  tags: Readonly<Record<string, string>>;
}

/** The first video stream of a file, and what is beside it. */
export interface VideoInfo extends Size {
  codec: string;
  /** Degrees that the picture is turned by when it is shown; `width` and `height` are those of the turned picture. */
  rotation: number;
  /** The seconds that times are counted in. */
  timeBase: Fraction;
  /** Frames a second, on average. */
  frameRate: Fraction | undefined;
  /** How many frames there are, when the file says so. */
  frames: number | undefined;
  /** How long the file is. */
  seconds: number | undefined;
  /** The time at which the file begins, in seconds: not 0 in transport streams. Never below: that is sound to be skipped. */
  startSeconds: number;
  /** Frames hold two half pictures of different times. */
  isInterlaced: boolean;
  /** The curve of a video whose brightness goes beyond that of a screen. */
  hdr: 'PQ' | 'HLG' | undefined;
  /** How wide a pixel is to its height, when it is not a square (of the turned picture). */
  pixelAspect: Fraction | undefined;
  /** The matrix that its colours are coded with, when the file does not say so: that of its size, as players take it. */
  assumedMatrix: 'bt601' | 'bt709' | undefined;
  sides: SideStream[];
  chapters: Chapter[];
}

/** The fields of ffprobe's answer that are read. */
interface Probed {
  streams?: ProbedStream[];
  chapters?: { start_time?: string; end_time?: string; tags?: Record<string, string> }[];
  format?: { duration?: string; start_time?: string };
}

interface ProbedStream {
  index: number;
  codec_type?: string;
  codec_name?: string;
  width?: number;
  height?: number;
  time_base?: string;
  avg_frame_rate?: string;
  r_frame_rate?: string;
  nb_frames?: string;
  duration?: string;
  field_order?: string;
  color_space?: string;
  color_transfer?: string;
  sample_aspect_ratio?: string;
  disposition?: { attached_pic?: number };
  side_data_list?: { rotation?: number }[];
}

/** A file that takes longer is none that a person waits for. */
const PROBE_SECONDS = 60;

/** From so many lines on players take colours without a mark as those of high definition. */
const HIGH_DEFINITION = 577;

/**
 * Reads what a video holds.
 *
 * @param inputArgs ffmpeg's options of how to read it (see `inputArgs`)
 * @throws FnsError when it is no video, or ffprobe is missing.
 */
export async function probeVideo(
  file: string,
  inputArgs: readonly string[],
  signal?: AbortSignal,
): Promise<VideoInfo> {
  const args = [
    ...inputArgs,
    '-show_streams',
    '-show_chapters',
    '-show_format',
    '-of',
    'json',
    '-i',
    inputName(file, inputArgs),
  ];
  const doing = `cannot read ${file}`;
  const text = await runTool('ffprobe', args, { doing, seconds: PROBE_SECONDS, signal });
  const { streams = [], chapters = [], format = {} } = JSON.parse(text) as Probed;
  const video = streams.find(
    ({ codec_type, disposition }) => codec_type === 'video' && !disposition?.attached_pic,
  );
  if (!video) throw failure(`${doing}: it holds no video`);
  const { width = 0, height = 0 } = video;
  if (!(width > 0 && height > 0)) throw failure(`${doing}: it is no video, or its frames have no size`);
  const rotation = (((video.side_data_list?.find((data) => data.rotation)?.rotation ?? 0) % 360) + 360) % 360;
  const isTurned = rotation % 180 === 90;
  const aspect = fraction(video.sample_aspect_ratio, ':');
  const isSquare = aspect === undefined || aspect.num === aspect.den;
  const isUntold = !video.color_space || video.color_space === 'unknown';
  return {
    ...(isTurned ? { width: height, height: width } : { width, height }),
    codec: video.codec_name ?? 'unknown',
    rotation,
    timeBase: fraction(video.time_base) ?? { num: 1, den: 90_000 },
    frameRate: fraction(video.avg_frame_rate) ?? fraction(video.r_frame_rate),
    frames: positive(video.nb_frames),
    seconds: positive(format.duration) ?? positive(video.duration),
    startSeconds: Math.max(0, Number(format.start_time) || 0),
    isInterlaced: ['tt', 'bb', 'tb', 'bt'].includes(video.field_order ?? ''),
    hdr: { smpte2084: 'PQ' as const, 'arib-std-b67': 'HLG' as const }[video.color_transfer ?? ''],
    pixelAspect: isSquare ? undefined : isTurned ? { num: aspect.den, den: aspect.num } : aspect,
    assumedMatrix: isUntold ? (height >= HIGH_DEFINITION ? 'bt709' : 'bt601') : undefined,
    sides: streams
      .filter(({ codec_type }) => codec_type === 'audio' || codec_type === 'subtitle')
      .map(({ index, codec_type, codec_name }) => ({
        index,
        kind: codec_type as SideStream['kind'],
        codec: codec_name ?? 'unknown',
      })),
    chapters: chapters.map(({ start_time, end_time, tags = {} }) => ({
      start: Number(start_time) || 0,
      end: Number(end_time) || 0,
      tags,
    })),
  };
}

/** A fraction of two positive numbers, or undefined. */
function fraction(text: string | undefined, divider = '/'): Fraction | undefined {
  const [num, den] = (text ?? '').split(divider).map(Number);
  return num! > 0 && den! > 0 ? { num: num!, den: den! } : undefined;
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return value > 0 ? value : undefined;
}
