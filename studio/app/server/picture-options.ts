/** The photo and its look, as a `picture` job takes them. */
import { partsOf, strokesFor } from '../engine/look-parts.js';
import type { Look, Photo } from '../state.js';

/** What a job is made of. */
export interface PictureJob {
  inputs: Record<string, Blob>;
  options: object;
}

/** Own styles as files, so that one is sent once. */
const files = new WeakMap<Uint8Array, Blob>();

function fileOf(bytes: Uint8Array): Blob {
  let file = files.get(bytes);
  if (!file) {
    file = new Blob([bytes as Uint8Array<ArrayBuffer>]);
    files.set(bytes, file);
  }
  return file;
}

/** The style of a look that the service can draw: one of the person's, or a blend of shipped ones. */
function styleOfJob(look: Look): { inputs: { style?: Blob }; options: { style?: string } } {
  const parts = partsOf(look);
  const { bytes } = parts[0]!.entry;
  if (bytes) return { inputs: { style: fileOf(bytes) }, options: {} };
  const blend = parts.map(({ entry, share }) => `${entry.name}=${Number(share.toFixed(4))}`).join(',');
  return { inputs: {}, options: { style: parts.length === 1 ? parts[0]!.entry.name : blend } };
}

/** A job for a photo of a size. */
export function pictureJob(
  photo: Blob,
  look: Look,
  size: Pick<Photo, 'width' | 'height'>,
  file: { format: 'png' | 'jpg'; quality?: number },
): PictureJob {
  const { inputs, options } = styleOfJob(look);
  const { strength, colours } = look;
  return {
    inputs: { photo, ...inputs },
    options: { ...options, strength, colours, strokeSize: strokesFor(look, size), ...file },
  };
}
