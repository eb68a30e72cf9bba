import { resizeBicubic } from '../core/bicubic.js';
import { failure } from '../core/errors.js';
import { fillHidden } from '../core/fill-hidden.js';
import { matchHistogram } from '../core/histogram.js';
import type { Image } from '../core/image.js';
import { fromPlanes, toPlanes } from '../core/planes.js';
import { cropPicture, pastePicture, type Rectangle } from '../core/rectangles.js';
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
  /** The metadata of the network's file. */
  readonly info: UpscaleInfo;
  readonly device: string;
  /**
   * Enlarges a picture to `info.factor` times its size; alpha is enlarged bicubically.
   *
   * @param onTile told after each tile how many are done, and of how many
   * @throws FnsError when the result is too large or not finite.
   */
  upscale(image: Image, onTile?: (done: number, all: number) => void): Promise<Image>;
  /** Frees the memory. */
  close(): Promise<void>;
}

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
  const run = async (part: Image): Promise<Image> => {
    const { width, height } = part;
    const { upscaled } = await session.run({
      image: { dtype: 'float32', shape: [1, 3, height, width], data: toPlanes(part).data },
    });
    const values = upscaled!.data as Float32Array;
    if (values.some((v) => !Number.isFinite(v))) {
      throw failure(
        `${label} gave numbers that are not finite: the file is damaged or its training diverged`,
      );
    }
    return fromPlanes({ width: width * factor, height: height * factor, data: values });
  };
  return {
    info,
    device: session.device,
    async upscale(given, onTile) {
      const image = fillHidden(given);
      const { width, height } = image;
      if (width * height * factor * factor > MOST_PIXELS) {
        throw failure(
          `${width}x${height} times ${factor} is ${width * factor}x${height * factor}: more than 2^29 pixels`,
        );
      }
      const tiles = tilesOf(width, height, tile);
      const data = new Uint8Array(3 * width * height * factor * factor);
      let result: Image = { width: width * factor, height: height * factor, data };
      for (const [i, inner] of tiles.entries()) {
        const seen = grown(inner, reach, image);
        const large = await run(cropPicture(image, seen));
        const part = {
          left: (inner.left - seen.left) * factor,
          top: (inner.top - seen.top) * factor,
          width: inner.width * factor,
          height: inner.height * factor,
        };
        pastePicture(result, cropPicture(large, part), inner.left * factor, inner.top * factor);
        onTile?.(i + 1, tiles.length);
      }
      if (options.matchHistogram) result = matchHistogram(result, image);
      return image.alpha ? { ...result, alpha: enlargedAlpha(image, factor) } : result;
    },
    close: () => session.close(),
  };
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
function grown(rectangle: Rectangle, reach: number, picture: Image): Rectangle {
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
