import { atMostLongerSide, type Size } from '../core/sizes.js';
import { loadStyle, type StyleOptions } from '../node/styles.js';
import { type JobOptions, reporter } from './job.js';
import {
  makePictures,
  type PictureFilesOptions,
  type PictureFilesResult,
  pictureFiles,
} from './picture-files.js';

/** Which photos `stylizePictures` turns into which style. */
export interface StylizePicturesOptions extends PictureFilesOptions, StyleOptions {
  /**
   * A shipped style (`wave`), the path of an ONNX file, or its bytes; `many.onnx:wave=0.6,scream=0.4` for a mixture.
   */
  style: string | Uint8Array;
  /** Photos whose longer side is larger are shrunk to this first. */
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
  const { style, maxSide, device, threads, strength, mix, strokeSize, memory, tiles } = options;
  const own = { device, threads, strength, mix, strokeSize, memory, tiles };
  const stylizer = await loadStyle(style, own);
  try {
    const files = await pictureFiles(options);
    if (stylizer.fixedSize) {
      const { width, height } = stylizer.fixedSize;
      const name = typeof style === 'string' ? style : 'the style';
      reporter(job).note(`${name} takes ${width}x${height} only: photos are resized to that and back`);
    }
    const resize = maxSide === undefined ? undefined : (own: Size) => atMostLongerSide(own, maxSide);
    const make: Parameters<typeof makePictures>[3] = (image, onTile) => {
      const onShare = (share: number) => onTile(Math.round(100 * share), 100);
      return stylizer.stylize(image, {}, { signal: job.signal, onShare });
    };
    return await makePictures(files, options, job, make, { resize });
  } finally {
    await stylizer.close();
  }
}
