/** Which codec a video file gets, and how ffmpeg is told. */
import { extname } from 'node:path';
import { badOption } from '../../core/errors.js';
import type { Size } from '../../core/sizes.js';
import type { Fraction } from './probe.js';

/** How videos are encoded. */
export interface CodecOptions {
  /** An encoder of ffmpeg, such as `libx265`, `libvpx-vp9`, `libsvtav1` or `prores_ks`. The format's own by default. */
  codec?: string;
  /** Constant quality of the codec: smaller is better and larger. */
  crf?: number;
  /** The codec's preset, such as `veryfast` or `slow`. */
  preset?: string;
}

/** How frames become a file. */
export interface Encoding {
  /** ffmpeg's name of the file's format. */
  format: string;
  /** ffmpeg's options of the codec. */
  codecArgs: string[];
  /** ffmpeg's filters before it. */
  filters: string[];
  /**
   * Set where the whole video must be encoded at once: parts are kept without loss, and this is what is done with them
   * at the end.
   */
  atOnce?: { filters: string[]; args: string[] };
  /** The format can hold sound. */
  hasSound: boolean;
}

/** Formats by the extension of a file. */
const FORMATS: Readonly<Record<string, { format: string; codec: string }>> = {
  '.mp4': { format: 'mp4', codec: 'libx264' },
  '.m4v': { format: 'mp4', codec: 'libx264' },
  '.mov': { format: 'mov', codec: 'libx264' },
  '.mkv': { format: 'matroska', codec: 'libx264' },
  '.webm': { format: 'webm', codec: 'libvpx-vp9' },
  '.avi': { format: 'avi', codec: 'mpeg4' },
  '.ts': { format: 'mpegts', codec: 'libx264' },
  '.gif': { format: 'gif', codec: 'gif' },
  '.webp': { format: 'webp', codec: 'libwebp_anim' },
};

/** The extensions that can be written. */
export const VIDEO_EXTENSIONS: readonly string[] = Object.keys(FORMATS);

/** Constant quality and preset where none is asked for. Strokes are fine detail, which codecs blur first. */
const QUALITY: Readonly<Record<string, { crf?: number; preset?: string; more?: string[] }>> = {
  libx264: { crf: 19, preset: 'fast' },
  libx265: { crf: 22, preset: 'fast' },
  'libvpx-vp9': { crf: 30, more: ['-b:v', '0', '-row-mt', '1', '-deadline', 'good', '-cpu-used', '4'] },
  libsvtav1: { crf: 30, preset: '8' },
  'libaom-av1': { crf: 28, more: ['-b:v', '0', '-row-mt', '1', '-cpu-used', '6'] },
  mpeg4: { more: ['-q:v', '3'] },
  prores_ks: { more: ['-profile:v', 'hq'] },
};

/** Codecs whose pixels are other than 8 bits with colours of half the resolution. */
const PIXELS: Readonly<Record<string, string>> = {
  prores_ks: 'yuv422p10le',
  prores: 'yuv422p10le',
  prores_aw: 'yuv422p10le',
  ffv1: 'bgr0',
  libx264rgb: 'rgb24',
  mjpeg: 'yuvj420p',
};

/** GIFs are shown at 50 frames a second at most: viewers take a shorter time for a mistake. */
const GIF_RATE = 50;

/**
 * How the frames of a video become the file `out`.
 *
 * @throws FnsError (usage) for an unknown extension or an option that the format does not have.
 */
export function encoding(
  out: string,
  size: Size,
  frameRate: Fraction | undefined,
  options: CodecOptions = {},
): Encoding {
  const extension = extname(out).toLowerCase();
  const known = FORMATS[extension];
  if (!known) {
    const all = VIDEO_EXTENSIONS.map((each) => each.slice(1)).join(', ');
    throw badOption('out', `videos can be written as ${all}, got '${out}'`);
  }
  const { format } = known;
  if (format === 'gif' || format === 'webp') {
    for (const option of ['codec', 'crf', 'preset'] as const) {
      if (options[option] !== undefined) throw badOption(option, `a ${format} file has no choice of it`);
    }
    const codecArgs = ['-c:v', 'ffv1', '-pix_fmt', 'bgr0'];
    return { format, codecArgs, filters: [], atOnce: moving(format, frameRate), hasSound: false };
  }
  return { format, ...codecSettings(options.codec ?? known.codec, size, options), hasSound: true };
}

/** The options and filters of a codec. */
export function codecSettings(
  codec: string,
  { width, height }: Size,
  { crf, preset }: CodecOptions,
): Pick<Encoding, 'codecArgs' | 'filters'> {
  const own = QUALITY[codec] ?? {};
  const args: string[] = ['-c:v', codec];
  const quality = crf ?? own.crf;
  if (quality !== undefined) args.push('-crf', String(quality));
  const speed = preset ?? own.preset;
  if (speed !== undefined) args.push('-preset', speed);
  args.push(...(own.more ?? []));
  const pixels = PIXELS[codec] ?? 'yuv420p';
  args.push('-pix_fmt', pixels);
  if (!pixels.startsWith('yuv')) return { codecArgs: args, filters: [] };
  args.push('-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709');
  const range = pixels.startsWith('yuvj') ? 'pc' : 'tv';
  args.push('-color_range', range);
  return {
    codecArgs: args,
    filters: [
      ...evenSides(width, height, pixels),
      `scale=out_color_matrix=bt709:out_range=${range}:flags=accurate_rnd+full_chroma_int`,
      `format=${pixels}`,
    ],
  };
}

/** Where colours have half the resolution, the last column or row of an odd size is repeated. */
function evenSides(width: number, height: number, pixels: string): string[] {
  const right = width % 2;
  const bottom = pixels.includes('420') ? height % 2 : 0;
  if (right + bottom === 0) return [];
  return [
    `pad=${width + right}:${height + bottom}`,
    `fillborders=left=0:top=0:right=${right}:bottom=${bottom}:mode=smear`,
  ];
}

function moving(format: 'gif' | 'webp', frameRate: Fraction | undefined): Encoding['atOnce'] {
  if (format === 'webp') {
    return { filters: [], args: ['-c:v', 'libwebp_anim', '-quality', '80', '-loop', '0'] };
  }
  const isFast = frameRate !== undefined && frameRate.num / frameRate.den > GIF_RATE;
  return {
    filters: [
      ...(isFast ? [`fps=${GIF_RATE}`] : []),
      'split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1',
    ],
    args: ['-c:v', 'gif', '-loop', '0', '-enc_time_base', '1:100'],
  };
}
