import { resizeBicubic } from '../core/bicubic.js';
import { failure } from '../core/errors.js';
import { matchHistogram } from '../core/histogram.js';
import type { Image } from '../core/image.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import { decodeUpscaling, type UpscaleInfo } from '../files/upscale-file.js';
import { upscaleReach } from '../nets/upscale.js';
import type { OpenSession, SessionOptions } from '../runtime/session.js';

/** How pictures are enlarged. */
export interface UpscalerOptions extends Pick<SessionOptions, 'device' | 'threads'> {
  /** `openSession` of runtime/node or of runtime/web. */
  openSession: OpenSession;
  /** Side of the tiles in pixels of the small picture, without their overlap: bounds the memory. Default 128. */
  tile?: number;
  /** Give the result the distribution of colours of the picture, as the paper does. Default false. */
  matchHistogram?: boolean;
}

/** A super-resolution network, ready for pictures. */
export interface Upscaler {
  /** What the network's file says. */
  readonly info: UpscaleInfo;
  readonly device: string;
  /**
   * The picture at `info.factor` times its size; alpha is enlarged bicubically.
   *
   * @param onTile told after each tile how many are done, and of how many
   * @throws FnsError when the result is too large or not finite.
   */
  upscale(image: Image, onTile?: (done: number, all: number) => void): Promise<Image>;
  close(): Promise<void>;
}

/** A larger picture does not fit a typed array of bytes everywhere. */
const MOST_PIXELS = 2 ** 29;

/**
 * Opens a super-resolution network. Pictures go through it in overlapping tiles; since no layer looks at a whole picture, the result is that of
 * the untiled network.
 *
 * @param model the bytes of a file of `encodeUpscaling`
 * @param label what to call it in errors
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
  /** The enlarged rectangle of a planar picture, `[3, f h, f w]`. */
  const run = async (data: Float32Array, width: number, height: number): Promise<Float32Array> => {
    const { upscaled } = await session.run({
      image: { dtype: 'float32', shape: [1, 3, height, width], data },
    });
    const values = upscaled!.data as Float32Array;
    if (values.some((v) => !Number.isFinite(v))) {
      throw failure(
        `${label} gave numbers that are not finite: the file is damaged or its training diverged`,
      );
    }
    return values;
  };
  return {
    info,
    device: session.device,
    async upscale(image, onTile) {
      const { width, height } = image;
      if (width * height * factor * factor > MOST_PIXELS) {
        throw failure(
          `${width}x${height} times ${factor} is ${width * factor}x${height * factor}: more than 2^29 pixels`,
        );
      }
      const tiles = tilesOf(width, height, tile);
      const data = new Uint8Array(3 * width * height * factor * factor);
      for (const [i, { left, top, right, bottom }] of tiles.entries()) {
        const seen = {
          left: Math.max(0, left - reach),
          top: Math.max(0, top - reach),
          right: Math.min(width, right + reach),
          bottom: Math.min(height, bottom + reach),
        };
        const part = cut(image, seen);
        const large = fromPlanes({
          width: part.width * factor,
          height: part.height * factor,
          data: await run(toPlanes(part).data, part.width, part.height),
        });
        const rows = (bottom - top) * factor;
        const bytes = 3 * (right - left) * factor;
        for (let y = 0; y < rows; y++) {
          const from = 3 * (((top - seen.top) * factor + y) * large.width + (left - seen.left) * factor);
          const to = 3 * ((top * factor + y) * width * factor + left * factor);
          data.set(large.data.subarray(from, from + bytes), to);
        }
        onTile?.(i + 1, tiles.length);
      }
      let result: Image = { width: width * factor, height: height * factor, data };
      if (options.matchHistogram) result = matchHistogram(result, image);
      return image.alpha ? { ...result, alpha: enlargedAlpha(image, factor) } : result;
    },
    close: () => session.close(),
  };
}

/** A rectangle of pixels; `right` and `bottom` are the first column and row after it. */
interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A picture's area in tiles of at most `side` pixels, row by row, of sizes as even as they can be. */
function tilesOf(width: number, height: number, side: number): Rectangle[] {
  const cuts = (length: number) => {
    const count = Math.ceil(length / side);
    return Array.from({ length: count + 1 }, (_, i) => Math.round((i * length) / count));
  };
  const [xs, ys] = [cuts(width), cuts(height)];
  return ys
    .slice(1)
    .flatMap((bottom, j) => xs.slice(1).map((right, i) => ({ left: xs[i]!, top: ys[j]!, right, bottom })));
}

function cut({ width, data }: Image, { left, top, right, bottom }: Rectangle): Image {
  const part = {
    width: right - left,
    height: bottom - top,
    data: new Uint8Array(3 * (right - left) * (bottom - top)),
  };
  for (let y = 0; y < part.height; y++) {
    const from = 3 * ((top + y) * width + left);
    part.data.set(data.subarray(from, from + 3 * part.width), 3 * y * part.width);
  }
  return part;
}

function enlargedAlpha({ width, height, alpha }: Image, factor: number): Uint8Array {
  const planes = { width, height, data: Float32Array.from(alpha!) };
  const large = resizeBicubic(planes, width * factor, height * factor).data;
  return Uint8Array.from(large, (v) => Math.min(255, Math.max(0, Math.round(v))));
}
