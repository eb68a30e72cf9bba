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
    this.#source = new VideoSampleSource({
      ...{ codec: format.codec, quality: new Quality('high') },
      // A frame that was on its way when the size was fixed.
      sizeChangeBehavior: 'fill',
    });
    this.#output.addVideoTrack(this.#source);
  }

  /** Begins a recording of a canvas, whose size should stay. */
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

  /** Ends it; nothing comes of a recording without a frame. @throws what the encoder threw */
  async stop(): Promise<Blob | undefined> {
    if (this.#begun !== undefined) this.#give((performance.now() - this.#begun) / 1000);
    if (this.#begun === undefined || this.#failure !== undefined) await this.#output.cancel();
    else await this.#output.finalize();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#target.buffer
      ? new Blob([this.#target.buffer], { type: mimeOf(this.format.type) })
      : undefined;
  }
}
