/** Pictures of photos that are too large for the memory: through files of pixels, a few rows at a time. */
import { eachBand, type RowSource, type WriteRows } from '../core/row-source.js';
import type { Size } from '../core/sizes.js';
import type { Decoded, OpenPicture } from '../node/media/decode.js';
import { newPixelFile, type PixelFile, pixelSource, roundedRows } from '../node/media/pixel-file.js';
import type { JobProgress } from './job.js';

/** Told the share of a photo's picture that is done, and what was counted. */
export type OnShare = (share: number, counted?: Pick<JobProgress, 'unit' | 'done' | 'all'>) => void;

/** How pictures are made a few rows at a time. */
export interface LargeMaker {
  /** Tells whether a photo of this size is made so. */
  isLarge(size: Size): boolean | Promise<boolean>;
  make(photo: RowSource, write: WriteRows, onShare: OnShare): Promise<void>;
}

const BAND = 64;

/**
 * The picture of a photo, in a file.
 *
 * @param depth bits of its channels
 * @returns undefined where alpha hides pixels, whose colours depend on all others
 */
export async function largePicture(
  photo: OpenPicture,
  { make, factor }: LargeMaker & { factor: number },
  depth: 8 | 16,
  onShare: OnShare,
): Promise<Decoded<PixelFile> | undefined> {
  const { frames: decoded, carrier } = await photo.decodeToFile();
  let picture: PixelFile | undefined;
  try {
    const { width, height } = decoded;
    const { readAlpha, ...colours } = pixelSource(decoded);
    let isOpaque = true;
    let hides = false;
    if (readAlpha) {
      await eachBand(height, BAND, async (start, end) => {
        for (const opacity of await readAlpha(start, end)) {
          isOpaque &&= opacity === 255;
          hides ||= opacity === 0;
        }
      });
    }
    if (hides || (!isOpaque && factor !== 1)) return undefined;
    const alpha = isOpaque ? undefined : readAlpha;
    const size = { width: width * factor, height: height * factor };
    const made = await newPixelFile({ ...size, channels: alpha ? 4 : 3, depth });
    picture = made;
    const write: WriteRows = async (rows, start) => {
      const opacity = await alpha?.(start, start + rows.height);
      await made.write(start, roundedRows(rows, made, opacity));
    };
    await make({ ...colours, ...(alpha && { readAlpha: alpha }) }, write, onShare);
    return { frames: made, ...(carrier && { carrier }) };
  } catch (error) {
    await picture?.free();
    throw error;
  } finally {
    await decoded.free();
  }
}
