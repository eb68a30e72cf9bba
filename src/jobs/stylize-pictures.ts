import { atMostLongerSide, type Size } from '../core/sizes.js';
import { readStyleFile } from '../node/shipped.js';
import { loadStyle, type StyleOptions } from '../node/styles.js';
import { type JobOptions, reporter } from './job.js';
import { makePictures, type PictureFilesResult } from './make-pictures.js';
import type { PictureFilesOptions } from './picture-files.js';
import { settingsSha256 } from './picture-record.js';

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
  const { style, maxSide, device, threads, strength, mix, strokeSize } = options;
  const stylizer = await loadStyle(style, { device, threads, strength, mix, strokeSize });
  try {
    if (stylizer.fixedSize) {
      const { width, height } = stylizer.fixedSize;
      const name = typeof style === 'string' ? style : 'the style';
      reporter(job).note(`${name} takes ${width}x${height} only: photos are resized to that and back`);
    }
    const resize = maxSide === undefined ? undefined : (own: Size) => atMostLongerSide(own, maxSide);
    const network = typeof style === 'string' ? (await readStyleFile(style)).bytes : style;
    return await makePictures(options, job, {
      make: (image) => stylizer.stylize(image),
      resize,
      settings: await settingsSha256(options, network),
    });
  } finally {
    await stylizer.close();
  }
}
