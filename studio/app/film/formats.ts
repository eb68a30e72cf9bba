/** Which video files this browser can write. */
import {
  getFirstEncodableVideoCodec,
  Mp4OutputFormat,
  type OutputFormat,
  type VideoCodec,
  WebMOutputFormat,
} from 'mediabunny';

/** A kind of video file. */
export type FilmType = 'mp4' | 'webm';

export const FILM_TYPES: readonly FilmType[] = ['mp4', 'webm'];

/** Those that other programs play in such a file, the best first. */
const CODECS: Record<FilmType, VideoCodec[]> = { mp4: ['avc', 'hevc'], webm: ['vp9', 'vp8', 'av1'] };

/** What a video is written with. */
export interface FilmFormat {
  type: FilmType;
  codec: VideoCodec;
}

/** The format of a type for frames of a size, if the browser can encode it. */
export async function formatOf(
  type: FilmType,
  size: { width: number; height: number },
): Promise<FilmFormat | undefined> {
  const codec = await getFirstEncodableVideoCodec(CODECS[type], size);
  return codec ? { type, codec } : undefined;
}

/** The container of a type. */
export function containerOf(type: FilmType): OutputFormat {
  return type === 'mp4' ? new Mp4OutputFormat() : new WebMOutputFormat();
}

/** The type of a file. */
export const mimeOf = (type: FilmType): string => `video/${type}`;
