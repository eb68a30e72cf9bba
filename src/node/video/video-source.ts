/** What every open video offers, whatever reads it. */
import type { Size } from '../../core/sizes.js';
import type { Fraction, VideoInfo } from './probe.js';
import type { ReadFramesOptions, VideoFrame } from './read-frames.js';

/** Which part of a video is read, and at which size. */
export interface FramesOptions extends Omit<ReadFramesOptions, 'inputArgs' | 'size' | 'timeBase' | 'until'> {
  /** The size that frames are resized to; their own by default. */
  size?: Size;
}

/** A video that is open. */
export interface VideoSource {
  /** The file, device or address. */
  name: string;
  info: VideoInfo;
  /** It goes on while it is worked on, and has no beginning to come back to. */
  isLive: boolean;
  /** ffmpeg's options for reading it; absent when ffmpeg cannot. */
  inputArgs: readonly string[] | undefined;
  /** The units of the times of frames, with these frames a second. */
  timeBase(fps?: number): Fraction;
  /** Its frames, in order. */
  frames(options?: FramesOptions): AsyncGenerator<VideoFrame>;
}

/** Times in units in which frames of a constant rate, of up to three decimals, are whole numbers apart. */
export function rateBase(fps: number): Fraction {
  return { num: 1000, den: Math.round(1000 * fps) };
}
