import { allFinite } from '../core/all-finite.js';
import { resizeBicubic } from '../core/bicubic.js';
import { failure } from '../core/errors.js';
import { fillHidden } from '../core/fill-hidden.js';
import { histogram, matchHistogram, matchingTables, throughTables } from '../core/histogram.js';
import type { Image } from '../core/image.js';
import { fromPlanes, type Planes, toPlanes } from '../core/planes.js';
import { cropPicture, cropPlanes, pastePicture, type Rectangle } from '../core/rectangles.js';
import { eachBand, type RowSource, type WriteRows } from '../core/row-source.js';
import { floatScratch, memoryScratch, type OpenScratch } from '../core/scratch.js';
import type { Size } from '../core/sizes.js';
import { decodeUpscaling, type UpscaleInfo } from '../files/upscale-file.js';
import { upscaleReach } from '../nets/upscale.js';
import { runLanes } from '../runtime/lanes.js';
import type { OpenSession, Session, SessionOptions } from '../runtime/session.js';
import { tileLanes } from './tile-lanes.js';

/** How pictures are enlarged. */
export interface UpscalerOptions extends Pick<SessionOptions, 'device' | 'threads'> {
  /** `openSession` of runtime/node or of runtime/web. */
  openSession: OpenSession;
  /**
   * Side of the tiles in pixels of the small picture, without their overlap: bounds the memory, of which there are as
   * many as threads. Default 128.
   */
  tile?: number;
  /** The memory that a picture and its result may take, in bytes; larger ones should be enlarged row by row. */
  memory?: number;
  /** Where rows wait for the histogram of the whole result; in memory by default. */
  openScratch?: OpenScratch;
  /** Give the result the distribution of colours of the picture, as the paper does. Default false. */
  matchHistogram?: boolean;
}

/** Told after each tile how many are done, and of how many. */
export type OnTile = (done: number, all: number) => void;

/** A super-resolution network, ready for pictures. */
export interface Upscaler {
  /** The metadata of the network's file. */
  readonly info: UpscaleInfo;
  readonly device: string;
  /**
   * Enlarges a picture to `info.factor` times its size; alpha is enlarged bicubically.
   *
   * @param onTile told after each tile how many are done, and of how many
   * @throws FnsError when the result is too large or not finite.
   */
  upscale(image: Image, onTile?: OnTile): Promise<Image>;
  /** Tells whether `upscale` would take more than the memory for a picture of this size. */
  isLarge(size: Size): boolean;
  /**
   * Enlarges a picture that need not be in memory; its alpha is the caller's.
   *
   * @param write told the rows of the result
   */
  upscaleRows(photo: RowSource, write: WriteRows, onTile?: OnTile, signal?: AbortSignal): Promise<void>;
  /** Frees the memory. */
  close(): Promise<void>;
}

/** Bytes that `upscale` takes for each pixel of the result: its colours, those of a tile, and what encoding it takes. */
const BYTES_PER_PIXEL = 9;

/** Numbers that a tile's graph holds at once for each pixel of its result: the paper's networks, which compute there, two planes of 64. */
const VALUES_PER_PIXEL = 128;

/** A larger picture does not fit a typed array of bytes everywhere. */
const MOST_PIXELS = 2 ** 29;

/**
 * Opens a super-resolution network. Pictures go through it in overlapping tiles; since no layer looks at a whole
 * picture, the result is that of the untiled network.
 *
 * @param model the bytes of a file of `encodeUpscaling`
 * @param label its name in errors
 */
export async function openUpscaler(
  model: Uint8Array,
  label: string,
  options: UpscalerOptions,
): Promise<Upscaler> {
  const { info } = decodeUpscaling(model, label);
  const { openSession, device, threads, tile = 128 } = options;
  const session = await openSession(model, { device, threads });
  const { factor } = info;
  const reach = upscaleReach(info);
  const seenSide = (tile + 2 * reach) * factor;
  const tileBytes = VALUES_PER_PIXEL * 4 * seenSide ** 2;
  const lanes = tileLanes(model, session, { openSession, threads, tileBytes, memory: options.memory });
  /** The enlarged picture of what the network saw of a tile. */
  const enlarged = (values: Float32Array, { inner, seen }: SeenTile): Image => {
    if (!allFinite(values)) {
      throw failure(
        `${label} gave numbers that are not finite: the file is damaged or its training diverged`,
      );
    }
    const whole = { width: seen.width * factor, height: seen.height * factor, data: values };
    return cropPicture(fromPlanes(whole), {
      left: (inner.left - seen.left) * factor,
      top: (inner.top - seen.top) * factor,
      width: inner.width * factor,
      height: inner.height * factor,
    });
  };
  /** The end of the picture before: each has all sessions to itself. */
  let turn: Promise<void> = Promise.resolve();
  /** Enlarges the tiles of a picture, of which `read` gives what the network sees; they are taken in order. */
  const eachTile = async (
    { width, height }: Size,
    read: (seen: Rectangle) => Promise<Planes>,
    take: (part: Image, tile: Rectangle) => Promise<void>,
    { onTile, signal }: { onTile: OnTile | undefined; signal?: AbortSignal | undefined },
  ): Promise<void> => {
    const tiles = tilesOf(width, height, tile);
    const prepare = async (run: Session['run'], i: number) => {
      const inner = tiles[i]!;
      const seen = grown(inner, reach, { width, height });
      const { data } = await read(seen);
      const image = { dtype: 'float32', shape: [1, 3, seen.height, seen.width], data } as const;
      return {
        async run() {
          const { upscaled } = await run({ image }, undefined, { takeFeeds: true });
          return { values: upscaled!.data as Float32Array, inner, seen };
        },
      };
    };
    const enlargeAll = async () => {
      const sessions = await lanes.sessions(tiles.length);
      await runLanes(
        tiles.length,
        sessions.map(({ run }) => ({ prepare: (i) => prepare(run, i) })),
        async ({ values, ...seen }, i) => {
          await take(enlarged(values, seen), seen.inner);
          onTile?.(i + 1, tiles.length);
        },
        signal,
      );
    };
    const own = turn.then(enlargeAll);
    turn = own.catch(() => {});
    await own;
  };
  return {
    info,
    device: session.device,
    isLarge: ({ width, height }) =>
      BYTES_PER_PIXEL * width * height * factor * factor > (options.memory ?? Infinity),
    async upscaleRows(photo, write, onTile, signal) {
      const { width, height } = photo;
      const scratch = options.matchHistogram
        ? await floatScratch(options.openScratch ?? memoryScratch, {
            width: width * factor,
            height: height * factor,
          })
        : undefined;
      const [own, wanted] = [histogram(), histogram()];
      try {
        let band: Image | undefined;
        const read = async (seen: Rectangle) => {
          const rows = await photo.read(seen.top, seen.top + seen.height);
          // Rounded, as the pixels of a picture in memory are.
          return toPlanes(fromPlanes(cropPlanes(rows, { ...seen, top: 0 })));
        };
        const take = async (part: Image, inner: Rectangle) => {
          const size = { width: width * factor, height: inner.height * factor };
          band ??= { ...size, data: new Uint8Array(3 * size.width * size.height) };
          pastePicture(band, part, inner.left * factor, 0);
          if (inner.left + inner.width < width) return;
          own.add(band);
          await (scratch?.write ?? write)(toPlanes(band), inner.top * factor);
          band = undefined;
        };
        await eachTile(photo, read, take, { onTile, signal });
        if (!scratch) return;
        await eachBand(height, tile, async (start, end) =>
          wanted.add(fromPlanes(await photo.read(start, end))),
        );
        const tables = matchingTables(own, wanted);
        await eachBand(height * factor, tile, async (start, end) => {
          const rows = fromPlanes(await scratch.read(start, end));
          await write(toPlanes(throughTables(rows, tables)), start);
        });
      } finally {
        await scratch?.free();
      }
    },
    async upscale(given, onTile) {
      const image = fillHidden(given);
      const { width, height } = image;
      if (width * height * factor * factor > MOST_PIXELS) {
        throw failure(
          `${width}x${height} times ${factor} is ${width * factor}x${height * factor}: more than 2^29 pixels`,
        );
      }
      const data = new Uint8Array(3 * width * height * factor * factor);
      let result: Image = { width: width * factor, height: height * factor, data };
      const read = async (seen: Rectangle) => toPlanes(cropPicture(image, seen));
      const take = async (part: Image, inner: Rectangle) =>
        pastePicture(result, part, inner.left * factor, inner.top * factor);
      await eachTile(image, read, take, { onTile });
      if (options.matchHistogram) result = matchHistogram(result, image);
      return image.alpha ? { ...result, alpha: enlargedAlpha(image, factor) } : result;
    },
    async close() {
      await lanes.close();
      await session.close();
    },
  };
}

/** A tile, and it with what the network needs to see of its surroundings. */
interface SeenTile {
  inner: Rectangle;
  seen: Rectangle;
}

/** A picture's area in tiles of at most `side` pixels, row by row, of sizes as even as they can be. */
function tilesOf(width: number, height: number, side: number): Rectangle[] {
  const cuts = (length: number) => {
    const count = Math.ceil(length / side);
    const at = (i: number) => Math.round((i * length) / count);
    return Array.from({ length: count }, (_, i) => ({ start: at(i), length: at(i + 1) - at(i) }));
  };
  return cuts(height).flatMap((row) =>
    cuts(width).map((column) => ({
      left: column.start,
      top: row.start,
      width: column.length,
      height: row.length,
    })),
  );
}

/** The rectangle and `reach` pixels more on each side, as far as the picture goes. */
function grown(rectangle: Rectangle, reach: number, picture: Size): Rectangle {
  const left = Math.max(0, rectangle.left - reach);
  const top = Math.max(0, rectangle.top - reach);
  const width = Math.min(picture.width, rectangle.left + rectangle.width + reach) - left;
  const height = Math.min(picture.height, rectangle.top + rectangle.height + reach) - top;
  return { left, top, width, height };
}

function enlargedAlpha({ width, height, alpha }: Image, factor: number): Uint8Array {
  const planes = { width, height, data: Float32Array.from(alpha!) };
  const large = resizeBicubic(planes, width * factor, height * factor).data;
  return Uint8Array.from(large, (v) => Math.min(255, Math.max(0, Math.round(v))));
}
