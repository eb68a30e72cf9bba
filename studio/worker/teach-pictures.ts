/** The pictures of a training, read and reduced once. */
import type { Image } from 'fast-neural-style/browser';
import { decodePhoto } from './photo.js';
import { keptSides, type TeachSettings } from './teach-settings.js';

/** The fewest photos that a style is learned on: of fewer it learns these few. */
export const LEAST_PHOTOS = 10;

/** Files as a person gave them. */
export interface TeachFiles {
  painting: Blob;
  photos: readonly Blob[];
}

/**
 * Reads the painting and the photos, as small as they are used.
 *
 * @param onRead told how many of the photos were read
 * @throws Error `not-a-picture` for the painting, `too-few:N` when fewer than ten photos can be read.
 */
export async function readTeachPictures(
  { painting: file, photos: blobs }: TeachFiles,
  settings: TeachSettings,
  onRead: (done: number) => void,
): Promise<{ painting: Image; photos: Image[]; unreadable: number }> {
  const sides = keptSides(settings);
  const painting = opaque(await decodePhoto(file, undefined, sides.painting));
  const photos: Image[] = [];
  for (const [i, blob] of blobs.entries()) {
    const photo = await decodePhoto(blob, undefined, sides.photo).catch(() => undefined);
    if (photo) photos.push(opaque(photo));
    onRead(i + 1);
  }
  if (photos.length < LEAST_PHOTOS) throw new Error(`too-few:${photos.length}`);
  return { painting, photos, unreadable: blobs.length - photos.length };
}

/** The picture over white. */
function opaque({ width, height, data, alpha }: Image): Image {
  if (!alpha) return { width, height, data };
  const over = data.map((v, i) => Math.round(255 + ((v - 255) * alpha[Math.floor(i / 3)]!) / 255));
  return { width, height, data: over };
}
