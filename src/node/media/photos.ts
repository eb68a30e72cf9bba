import sharp from 'sharp';
import { flattenOverWhite } from '../../core/image.js';
import { type BatchOptions, openBatches, type PhotoSource } from '../../train/photo-batches.js';
import { decodeImage } from './image.js';

/** Options of `openPhotos`. */
export interface PhotoOptions extends BatchOptions {
  /** Paths of the photos. Their order matters: the same list and seed give the same batches. */
  files: readonly string[];
  /** The file of the input picture that belongs to a photo, for trainings on pairs. */
  inputOf?: (path: string) => string;
}

/**
 * Opens training photos in files as a stream of batches (see `openBatches`), decoded only as finely as needed.
 * Sets sharp to one thread per picture for the whole process: photos are decoded in parallel instead.
 *
 * @throws FnsError (usage) when there are no files or a number makes no sense.
 */
export function openPhotos({ files, inputOf, ...options }: PhotoOptions): PhotoSource {
  sharp.concurrency(1);
  const read = async (path: string, resize: NonNullable<Parameters<typeof decodeImage>[1]>['resize']) =>
    flattenOverWhite(await decodeImage(path, { resize }));
  return openBatches(
    {
      count: files.length,
      name: (index) => files[index]!,
      read: (index, resize) => read(files[index]!, resize),
      ...(inputOf && { readInput: (index, resize) => read(inputOf(files[index]!), resize) }),
    },
    options,
  );
}
