/** When a picture is drawn in strips, and how large they may be. */
import { FnsError } from '../core/errors.js';
import type { RowSource, WriteRows } from '../core/row-source.js';
import { memoryScratch, type OpenScratch } from '../core/scratch.js';
import type { Size } from '../core/sizes.js';
import { styleOfVector } from '../files/mixture.js';
import type { Style } from '../files/style-file.js';
import { laneCount } from '../runtime/lanes.js';
import type { OpenSession, Session, SessionOptions } from '../runtime/session.js';
import { leastStripBytes, type StripOptions, stylizeInStrips, type TileMode } from './strips.js';

/** How much memory a picture may take. */
export interface MemoryOptions {
  /**
   * The memory that drawing a picture may take, in bytes: larger pictures are drawn in strips. In Node a quarter of the
   * machine's by default, elsewhere 1 GiB. On a GPU it is never more than its buffers allow.
   */
  memory?: number;
  /** How pictures that take more are drawn: `exact` (default), `fast`, or `off`, whole in spite of it. */
  tiles?: TileMode | 'off';
  /** Where the strips keep what they have computed; in memory by default, in Node in a temporary file. */
  openScratch?: OpenScratch;
}

/** What a program may want of a picture that takes long. */
export interface DrawJob extends Pick<StripOptions, 'signal' | 'onShare'> {
  /** Bytes that the photo and the picture take themselves, where they are in memory. */
  held?: number;
}

const MIB = 2 ** 20;
const DEFAULT_MEMORY = 1024 * MIB;

/** Bytes for each pixel and channel at full resolution that a whole picture takes: measured at width 16. */
export const BYTES_PER_VALUE = 16;

/** What a program takes before the first picture: Node, ONNX Runtime, the network. */
export const PROGRAM_BYTES = 200 * MIB;

/**
 * The most that a strip takes. More is slower: each session touches its memory for the first time, and there are some 50
 * of them.
 */
const MOST_STRIP = 256 * MIB;

/** Where memory ends with strips of less, it is not for their size. */
const LEAST_STRIP = 8 * MIB;

/** A GPU binds 128 MiB as one buffer: what the values of a whole picture may then take. */
const GPU_MEMORY = 512 * MIB;

/** Draws pictures that are too large for the memory. */
export interface LargePictures {
  /** Tells whether a picture of this size has to be drawn in strips on a device. */
  isTooLarge(photo: Size, device: string): boolean;
  /**
   * Draws it; in smaller strips where memory ends. `mix` is the input of a network of many paintings,
   * `beside` the style's own session, whose device and thread the strips take.
   *
   * @param write told the rows of the picture
   * @throws FnsError (`out-of-memory`) when it ends with the smallest strips, too.
   */
  draw(
    photo: RowSource,
    mix: Float32Array | undefined,
    job: DrawJob,
    beside: Session,
    write: WriteRows,
  ): Promise<void>;
}

/**
 * How large pictures are drawn in a style: `undefined` when its network cannot be cut into strips (only `modern` can).
 *
 * @param style a style of ours
 */
export function largePictures(
  style: Style,
  options: MemoryOptions & { openSession: OpenSession } & Pick<SessionOptions, 'threads'>,
): LargePictures | undefined {
  const { openSession, threads, tiles = 'exact', memory = DEFAULT_MEMORY } = options;
  if (tiles === 'off') return undefined;
  const { architecture, width: channels, paintings } = style.info;
  if (architecture !== 'modern') return undefined;
  const openScratch = options.openScratch ?? memoryScratch;
  return {
    isTooLarge({ width, height }, device) {
      const values = BYTES_PER_VALUE * channels * width * height;
      return (
        values > (device === 'cpu' ? memory - PROGRAM_BYTES : Math.min(memory - PROGRAM_BYTES, GPU_MEMORY))
      );
    },
    async draw(photo, mix, job, beside, write) {
      const { device } = beside;
      const left = memory - PROGRAM_BYTES - (job.held ?? 0);
      const most = device === 'cpu' ? MOST_STRIP : GPU_MEMORY;
      const single = paintings ? styleOfVector(style, mix!) : style;
      const session = { device, threads, beside };
      const strips = { mode: tiles, openSession, openScratch, session, ...job };
      const strip = Math.max(most, leastStripBytes(channels, photo.width));
      let lanes = await laneCount(openSession, session, left / strip);
      for (let share = Math.max(LEAST_STRIP, Math.min(left / lanes, most)); ; share /= 4) {
        try {
          const work = { ...strips, memory: share, lanes };
          return await stylizeInStrips(photo, single, work, write, mix?.at(-1) ?? 0);
        } catch (error) {
          if (!isOutOfMemory(error) || share < LEAST_STRIP) throw error;
          lanes = 1;
        }
      }
    },
  };
}

/** Tells whether work ended because memory did. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof FnsError && error.code === 'out-of-memory';
}
