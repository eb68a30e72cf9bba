/** A style learned by the service: one job, of the painting and of small copies of the photos. */
import { Zip, ZipPassThrough } from 'fflate';
import { LEAST_PHOTOS } from '../../worker/teach-pictures.js';
import { chosenOptions, keptSides, type TeachSettings } from '../../worker/teach-settings.js';
import { Cancelled } from '../engine/worker-host.js';
import { checkToken } from './check-token.js';
import { type JobTask, ServiceUser } from './job.js';

/** A training that is asked for. */
export interface AskedTraining extends Pick<JobTask, 'signal' | 'onStep'> {
  painting: Blob;
  /** The first is the one of the preview. */
  photos: readonly Blob[];
  settings: TeachSettings;
  /** Told how many of the photos were read. */
  onRead: (done: number) => void;
}

/** What the service has learned. */
export interface LearnedStyle {
  style: Uint8Array;
  /** The photo of the preview in the style. */
  preview: Blob | undefined;
  /** How many of the photos could be read. */
  photos: number;
}

/**
 * Has a style learned.
 *
 * @throws ServiceFailure, Cancelled when the signal is aborted; Error `not-a-picture` for the painting, `too-few:N` when
 *   fewer than ten photos can be read.
 */
export async function learnOnServer(asked: AskedTraining): Promise<LearnedStyle> {
  const { settings, signal, onStep } = asked;
  await checkToken('train');
  const picture = await createImageBitmap(asked.painting).catch(() => {
    throw new Error('not-a-picture');
  });
  const sides = keptSides(settings);
  const options = { ...chosenOptions(settings, picture), ...settings.overrides };
  const painting = await reduced(picture, sides.painting, 'image/png');
  const { zip, photos } = await zipOf(asked, sides.photo);
  const user = new ServiceUser();
  try {
    const inputs = { painting, photos: zip };
    const [style, preview] = await user.results({ kind: 'train', inputs, options, signal, onStep });
    return { style: new Uint8Array(await style!.arrayBuffer()), preview, photos };
  } finally {
    user.close();
  }
}

/** The photos as small JPEG files in a zip; those that cannot be read are left out. */
async function zipOf(
  { photos, signal, onRead }: AskedTraining,
  side: number,
): Promise<{ zip: Blob; photos: number }> {
  const chunks: Blob[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  });
  let count = 0;
  for (const [i, file] of photos.entries()) {
    if (signal.aborted) throw new Cancelled();
    const bitmap = await createImageBitmap(file).catch(() => undefined);
    if (bitmap) {
      const copy = await reduced(bitmap, side, 'image/jpeg');
      // In the order of their names the first stays the first.
      const entry = new ZipPassThrough(`${String(i).padStart(4, '0')}.jpg`);
      zip.add(entry);
      entry.push(new Uint8Array(await copy.arrayBuffer()), true);
      count++;
    }
    onRead(i + 1);
  }
  if (count < LEAST_PHOTOS) throw new Error(`too-few:${count}`);
  zip.end();
  return { zip: new Blob(chunks, { type: 'application/zip' }), photos: count };
}

/** A copy over white whose shorter side is no longer than this. The bitmap is closed. */
async function reduced(bitmap: ImageBitmap, side: number, type: 'image/png' | 'image/jpeg'): Promise<Blob> {
  const scale = Math.min(1, side / Math.min(bitmap.width, bitmap.height));
  const [width, height] = [Math.round(scale * bitmap.width), Math.round(scale * bitmap.height)];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  Object.assign(context, { fillStyle: 'white', imageSmoothingQuality: 'high' });
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return canvas.convertToBlob({ type, quality: 0.92 });
}
