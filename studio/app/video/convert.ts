/** Draws all frames of a video and keeps its sound. */
import { BufferTarget, Conversion, ConversionCanceledError, Output, Quality, VideoSample } from 'mediabunny';
import type { DrawnFrame } from '../../worker/film.worker.js';
import { Cancelled } from '../engine/worker-host.js';
import { containerOf, type FilmFormat, mimeOf } from '../film/formats.js';
import type { Film } from './film.js';

/** What a video becomes. */
export interface ConvertOptions {
  format: FilmFormat;
  /** Of its frames, even. */
  width: number;
  height: number;
  /** Draws a frame, which it closes. */
  draw(frame: VideoFrame): Promise<DrawnFrame>;
  /** Told of each frame that is drawn, while its picture is there, and how far the video is: 0 to 1. */
  onFrame(frame: DrawnFrame, share: number): void;
  signal: AbortSignal;
}

/** A video that is done. */
export interface Converted {
  blob: Blob;
  frames: number;
  /** There was sound that could not be kept. */
  lostSound: boolean;
}

/**
 * Draws a video. Its frames keep their times; sound is copied where the file may hold it, else encoded anew.
 *
 * @throws Cancelled when the signal is aborted.
 */
export async function convertFilm(film: Film, options: ConvertOptions): Promise<Converted> {
  const { format, width, height, draw, onFrame, signal } = options;
  const target = new BufferTarget();
  let frames = 0;
  const conversion = await Conversion.init({
    input: film.input,
    output: new Output({ format: containerOf(format.type), target }),
    tracks: 'primary',
    showWarnings: false,
    video: {
      ...{ codec: format.codec, quality: new Quality('high'), forceTranscode: true },
      // Frames come as they are shown: turned, of the size that is wanted.
      ...{ width, height, fit: 'fill', allowTransformationMetadata: false },
      async process(sample) {
        signal.throwIfAborted();
        const { timestamp, duration } = sample;
        const drawn = await draw(sample.toVideoFrame());
        frames++;
        onFrame(drawn, Math.min(1, (timestamp + duration) / film.duration));
        const result = new VideoSample(drawn.bitmap, { timestamp, duration });
        drawn.bitmap.close();
        return result;
      },
    },
  });
  if (!conversion.utilizedTracks.includes(film.track)) throw new Error('no-encoder');
  const cancel = () => void conversion.cancel();
  signal.addEventListener('abort', cancel);
  try {
    signal.throwIfAborted();
    await conversion.execute();
  } catch (error) {
    if (signal.aborted || error instanceof ConversionCanceledError) throw new Cancelled();
    await conversion.cancel().catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
  return {
    blob: new Blob([target.buffer!], { type: mimeOf(format.type) }),
    frames,
    lostSound: film.sound !== undefined && !conversion.utilizedTracks.includes(film.sound),
  };
}
