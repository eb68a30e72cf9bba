/** Frames into ffmpeg, which encodes them. */
import type { Image } from '../../core/image.js';
import type { Size } from '../../core/sizes.js';
import { startTool } from './ffmpeg.js';
import { ivfFrame, ivfHeader } from './ivf.js';
import type { Fraction } from './probe.js';

/** How frames are encoded. */
export interface FrameWriterOptions {
  size: Size;
  /** The units of the times of frames. */
  timeBase: Fraction;
  /** How wide a pixel is to its height, when it is not a square. */
  pixelAspect?: Fraction | undefined;
  /** ffmpeg's options of the codec and the format (see `encoding`). */
  args: readonly string[];
  /** ffmpeg's filters before the codec. */
  filters: readonly string[];
  /** What it is a part of, for errors; `out` by default. */
  label?: string;
  /** Encodes each frame when it comes, instead of waiting for more to choose well. */
  live?: boolean;
}

/** An encoder that runs. */
export interface FrameWriter {
  /**
   * Gives it a frame; resolves when it can take another.
   *
   * @param time in units of the time base, more than that of the frame before, from 0 on
   */
  write(picture: Image, time: number): Promise<void>;
  /** Resolves when all frames are written. */
  finish(): Promise<void>;
  /** Ends it; what it wrote is not whole. */
  kill(): void;
}

/**
 * Starts an encoder.
 *
 * @param out a file, a device or an address that ffmpeg can write to
 * @throws FnsError (from `write` and `finish`) when the encoder fails.
 */
export function writeFrames(out: string, options: FrameWriterOptions): FrameWriter {
  const { size, timeBase, pixelAspect, args, filters, live, label = out } = options;
  const aspect = pixelAspect ? [`setsar=${pixelAspect.num}/${pixelAspect.den}`] : [];
  const chain = [...filters, ...aspect];
  const encoder = startTool(
    'ffmpeg',
    [
      ...(live ? ['-probesize', '32', '-analyzeduration', '0'] : []),
      ...['-f', 'ivf', '-i', 'pipe:0'],
      ...(chain.length > 0 ? ['-vf', chain.join(',')] : []),
      ...['-fps_mode', 'passthrough', ...args, '-y', out],
    ],
    { doing: `cannot write ${label}` },
  );
  const { stdin } = encoder;
  // An encoder that ends never asks for more. It says why; its pipe, that breaks before, only that it broke.
  let end: { error?: unknown } | undefined;
  let wake = (_?: unknown) => {};
  const ended = (error?: unknown) => {
    end = { error };
    wake(error);
  };
  encoder.ended.then(() => ended(stdin.writable ? undefined : new Error('it ended')), ended);
  stdin.on('drain', () => wake());
  stdin.write(ivfHeader(size, timeBase));
  return {
    async write(picture, time) {
      if (stdin.write(ivfFrame(picture.data, time))) return;
      await new Promise<void>((resolve, reject) => {
        wake = (error) => (error === undefined ? resolve() : reject(error));
        if (end) wake(end.error);
      });
    },
    async finish() {
      stdin.end();
      await encoder.ended;
    },
    kill: () => encoder.kill(),
  };
}
