/** A look as jobs take it. */
import { partsOf, strokesFor } from '../engine/look-parts.js';
import type { Look, Photo } from '../state.js';

/** What a job is made of. */
export interface LookJob {
  inputs: Record<string, Blob>;
  options: object;
}

type Size = Pick<Photo, 'width' | 'height'>;

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

/** The part of a job that says the look, for pictures of a size. */
function lookOfJob(look: Look, size: Size): { inputs: { style?: Blob }; options: object } {
  const { inputs, options } = styleOfJob(look);
  const { strength, colours } = look;
  return { inputs, options: { ...options, strength, colours, strokeSize: strokesFor(look, size) } };
}

/** A job for a photo of a size. */
export function pictureJob(
  photo: Blob,
  look: Look,
  size: Size,
  file: { format: 'png' | 'jpg'; quality?: number },
): LookJob {
  const { inputs, options } = lookOfJob(look, size);
  return { inputs: { photo, ...inputs }, options: { ...options, ...file } };
}

/** A job for a video whose frames become of a size. */
export function videoJob(
  video: Blob,
  look: Look,
  size: Size,
  file: { format: 'mp4' | 'webm'; maxSide?: number; steady?: number },
): LookJob {
  const { inputs, options } = lookOfJob(look, size);
  return { inputs: { video, ...inputs }, options: { ...options, ...file } };
}
