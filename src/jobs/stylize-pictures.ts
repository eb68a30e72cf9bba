import { badOption } from '../core/errors.js';
import { atMostLongerSide, type Size, withLongerSide } from '../core/sizes.js';
import { decodeImage } from '../node/media/image.js';
import { loadStyle, networksOf, type StyleOptions, type StyleSource } from '../node/styles.js';
import { maskPlane } from '../stylize/looks.js';
import { type JobOptions, reporter } from './job.js';
import { makePictures, type PictureFilesResult } from './make-pictures.js';
import { maskBytes } from './mask-bytes.js';
import type { PictureFilesOptions } from './picture-files.js';
import { settingsSha256 } from './picture-record.js';

/** Which photos `stylizePictures` turns into which style. */
export interface StylizePicturesOptions extends PictureFilesOptions, Omit<StyleOptions, 'mask'> {
  style: StyleSource;
  /** The file of a picture: white where the style is, black where the photo or `maskStyle` is. */
  mask?: string;
  /** Photos are shrunk or enlarged first, so that their longer side has this size. */
  size?: number;
  /** Photos whose longer side is larger are shrunk to this first. Not together with `size`. */
  maxSide?: number;
}

/**
 * Applies a style to photos. Each picture has exactly the size of its photo; transparency is kept (not in JPEG).
 *
 * @throws FnsError when the style cannot be loaded, an option makes no sense, or the only photo fails.
 */
export async function stylizePictures(
  options: StylizePicturesOptions,
  job: JobOptions = {},
): Promise<PictureFilesResult> {
  const { photos, out, format, quality, style, mask: maskFile, size, maxSide, ...look } = options;
  const report = reporter(job);
  const resize = resizing(size, maxSide);
  if (look.maskStyle !== undefined && maskFile === undefined)
    throw badOption('maskStyle', 'a mask is needed with it');
  const mask = maskFile === undefined ? undefined : await decodeImage(maskFile);
  if (mask && !maskPlane(mask, mask).data.some((share) => share > 0)) {
    report.warning(`the mask ${maskFile} is black or transparent everywhere: none of the style is shown`);
  }
  const networks = await networksOf(style, look.maskStyle);
  const loading = loadStyle(style, { ...look, mask });
  const ready = loading.then(({ notes }) => notes.forEach(report.note));
  // Whoever waits for it is told; until then nobody does.
  ready.catch(() => {});
  try {
    return await makePictures(options, job, {
      ready,
      make: async (image, onShare) => (await loading).stylize(image, {}, { signal: job.signal, onShare }),
      large: {
        isLarge: async (size) => (await loading).isLarge(size),
        make: async (photo, write, onShare) =>
          (await loading).stylizeRows(photo, write, {}, { signal: job.signal, onShare }),
      },
      resize,
      reads: [{ path: maskFile, what: 'the mask' }],
      settings: await settingsSha256(options, mask ? [...networks, ...maskBytes(mask)] : networks),
    });
  } finally {
    const stylizer = await loading.catch(() => undefined);
    await stylizer?.close();
  }
}

/** The longest side that can be asked for: that of a JPEG file. */
const MOST_SIDE = 65_535;

/** Chooses the size that a photo is stylised at. */
function resizing(size: number | undefined, maxSide: number | undefined): ((own: Size) => Size) | undefined {
  if (size !== undefined && maxSide !== undefined) {
    throw badOption('size', 'give a size or a largest size, not both');
  }
  if (size !== undefined && size > MOST_SIDE) {
    throw badOption('size', `at most ${MOST_SIDE} pixels are possible, got ${size}`);
  }
  if (size !== undefined) return (own) => withLongerSide(own, size);
  return maxSide === undefined ? undefined : (own) => atMostLongerSide(own, maxSide);
}
