/** A video that is opened: what it is, and its frames. */
import {
  ALL_FORMATS,
  BlobSource,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  VideoSampleSink,
} from 'mediabunny';

/** A video. */
export interface Film {
  /** Counts videos, so that each is another. */
  id: number;
  name: string;
  file: File;
  input: Input;
  track: InputVideoTrack;
  /** Its sound, if it has any. */
  sound: InputAudioTrack | undefined;
  /** Of its frames as they are shown. */
  width: number;
  height: number;
  /** Seconds. */
  begin: number;
  duration: number;
  /** Frames a second, in the mean of the first. */
  rate: number;
  frames: VideoSampleSink;
}

/** Why a file cannot be used: keys of `words.video.failures`, and what the sentence names. */
export class FilmFailure extends Error {
  constructor(
    readonly kind: 'notAVideo' | 'noPictures' | 'cannotDecode' | 'noWebCodecs',
    readonly detail = '',
  ) {
    super(kind);
  }
}

/** The frames that the rate is the mean of. */
const RATE_FRAMES = 60;

let count = 0;

/**
 * Opens a file.
 *
 * @throws FilmFailure
 */
export async function openFilm(file: File): Promise<Film> {
  if (!('VideoDecoder' in globalThis)) throw new FilmFailure('noWebCodecs');
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  try {
    if (!(await input.canRead())) throw new FilmFailure('notAVideo', file.name);
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new FilmFailure('noPictures', file.name);
    if (!(await track.canDecode())) {
      const codec = (await track.getCodec()) ?? String(await track.getInternalCodecId());
      throw new FilmFailure('cannotDecode', codecName(codec));
    }
    const sound = (await input.getPrimaryAudioTrack()) ?? undefined;
    const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
    const begin = await track.getFirstTimestamp();
    const duration = (await track.computeDuration()) - begin;
    const { averagePacketRate: rate } = await track.computePacketStats(RATE_FRAMES);
    const frames = new VideoSampleSink(track);
    return {
      ...{ id: ++count, name: file.name, file, input, track, sound, frames },
      width,
      height,
      begin,
      duration,
      rate,
    };
  } catch (error) {
    input.dispose();
    if (error instanceof FilmFailure) throw error;
    throw new FilmFailure('notAVideo', file.name);
  }
}

/** Codecs, and the names in files of those that no browser has. */
const NAMES: Record<string, string> = {
  mp4v: 'MPEG-4 Visual',
  'V_MPEG4/ISO/ASP': 'MPEG-4 Visual',
  avc: 'H.264',
  hevc: 'HEVC (H.265)',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
};

/** The name of a codec for people. */
export function codecName(codec: string): string {
  return NAMES[codec] ?? codec;
}

/** The size of frames whose longer side is at most so long: both sides even, as codecs want them. */
export function frameSize({ width, height }: Pick<Film, 'width' | 'height'>, longest: number) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2));
  return { width: even(width), height: even(height) };
}
