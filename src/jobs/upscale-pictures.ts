import { badOption } from '../core/errors.js';
import { readUpscalerFile } from '../node/shipped.js';
import { loadUpscaler, type UpscaleOptions } from '../node/styles.js';
import type { JobOptions } from './job.js';
import { makePictures, type PictureFilesResult } from './make-pictures.js';
import type { PictureFilesOptions } from './picture-files.js';
import { settingsSha256 } from './picture-record.js';

/** Which photos `upscalePictures` enlarges, and by what. */
export interface UpscalePicturesOptions extends Omit<PictureFilesOptions, 'depth'>, UpscaleOptions {
  /** A shipped network, the path of an ONNX file, or its bytes. Default `upscale-x4`, or that of the factor. */
  network?: string | Uint8Array;
  /** 4 or 8; the network's own by default. */
  factor?: number;
}

/**
 * Enlarges photos with a super-resolution network. Any size; transparency is kept (not in JPEG).
 *
 * @throws FnsError when the network cannot be loaded or has another factor, an option makes no sense, or the only photo
 *   fails.
 */
export async function upscalePictures(
  options: UpscalePicturesOptions,
  job: JobOptions = {},
): Promise<PictureFilesResult> {
  const {
    factor,
    network = `upscale-x${factor ?? 4}`,
    device,
    threads,
    tile,
    memory,
    matchHistogram,
  } = options;
  const upscaler = await loadUpscaler(network, { device, threads, tile, memory, matchHistogram });
  try {
    const own = upscaler.info.factor;
    if (factor !== undefined && own !== factor) {
      const name = typeof network === 'string' ? network : 'the network';
      throw badOption('factor', `${name} enlarges by ${own}, not by ${factor}`);
    }
    const bytes = typeof network === 'string' ? (await readUpscalerFile(network)).bytes : network;
    return await makePictures(options, job, {
      make: (image, onShare) =>
        upscaler.upscale(image, (done, all) => onShare(done / all, { unit: 'tile', done, all })),
      large: {
        isLarge: (size) => upscaler.isLarge(size),
        make: (photo, write, onShare) =>
          upscaler.upscaleRows(
            photo,
            write,
            (done, all) => onShare(done / all, { unit: 'tile', done, all }),
            job.signal,
          ),
      },
      factor: own,
      settings: await settingsSha256({ ...options, tile: undefined, memory: undefined }, [bytes]),
    });
  } finally {
    await upscaler.close();
  }
}
