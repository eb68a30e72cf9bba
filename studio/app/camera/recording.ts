/** A recording of a canvas, with the times at which its frames were taken. */
import { BufferTarget, Output, Quality, VideoSample, VideoSampleSource } from 'mediabunny';
import { containerOf, type FilmFormat, mimeOf } from '../film/formats.js';

/** Frames that may wait for the encoder; more are left out. */
const MOST_WAITING = 3;

export class Recording {
  readonly #target = new BufferTarget();
  readonly #output: Output;
  readonly #source: VideoSampleSource;
  /** The last frame: how long it lasts is known when the next one comes. */
  #last: VideoSample | undefined;
  #begun: number | undefined;
  #waiting = 0;
  #failure: unknown;

  private constructor(
    readonly canvas: HTMLCanvasElement,
    readonly format: FilmFormat,
  ) {
    this.#output = new Output({ format: containerOf(format.type), target: this.#target });
    this.#source = new VideoSampleSource({ codec: format.codec, quality: new Quality('high') });
    this.#output.addVideoTrack(this.#source);
  }

  /** Begins a recording of a canvas, whose size must stay. */
  static async start(canvas: HTMLCanvasElement, format: FilmFormat): Promise<Recording> {
    const recording = new Recording(canvas, format);
    await recording.#output.start();
    return recording;
  }

  /** Adds what the canvas shows. @param taken milliseconds of `performance.now` */
  add(taken: number): void {
    this.#begun ??= taken;
    const timestamp = (taken - this.#begun) / 1000;
    if (this.#waiting >= MOST_WAITING || (this.#last && timestamp <= this.#last.timestamp)) return;
    this.#give(timestamp);
    this.#last = new VideoSample(this.canvas, { timestamp, duration: 0 });
  }

  /** Hands the last frame to the encoder. @param end seconds */
  #give(end: number): void {
    const sample = this.#last;
    this.#last = undefined;
    if (!sample) return;
    sample.setDuration(end - sample.timestamp);
    this.#waiting++;
    this.#source
      .add(sample)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#waiting--;
        sample.close();
      });
  }

  /** Ends it. @throws what the encoder threw */
  async stop(): Promise<Blob> {
    if (this.#begun !== undefined) this.#give((performance.now() - this.#begun) / 1000);
    if (this.#failure === undefined) await this.#output.finalize();
    else await this.#output.cancel();
    if (this.#failure !== undefined) throw this.#failure;
    return new Blob([this.#target.buffer!], { type: mimeOf(this.format.type) });
  }

  /** Ends it, and keeps nothing. */
  async cancel(): Promise<void> {
    this.#last?.close();
    this.#last = undefined;
    await this.#output.cancel();
  }
}
