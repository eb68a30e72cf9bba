/** Opening photos: one on the stage, several in the queue. */
import { signal } from '@preact/signals';
import { addressOf } from '../address.js';
import { failureText } from '../engine/failure.js';
import { DEFAULT_LOOK, mask, type Photo, photo, say, work } from '../state.js';
import { words } from '../words.js';

/** The photos that were opened together, when they were several. */
export const queue = signal<File[]>([]);

let count = 0;
/** Counts photos that the person asked for, of which the last one wins. */
let openings = 0;

/** Opens files as photos: the first on the stage; several can be made all at once. */
export async function openPhotos(files: readonly File[]): Promise<void> {
  queue.value = files.length > 1 ? [...files] : [];
  const [first] = files;
  if (first) await openPhoto(first, first.name);
}

/** Puts a photo on the stage. */
export async function openPhoto(file: Blob, name: string): Promise<void> {
  const opening = ++openings;
  const isWanted = () => opening === openings;
  work.value = { kind: 'photo' };
  try {
    await show(file, name, isWanted);
  } catch {
    if (isWanted()) say('error', failureText(new Error('not-a-picture'), name));
  } finally {
    if (isWanted() && work.value?.kind === 'photo') work.value = undefined;
  }
}

/** Opens the example, whose picture in the usual look came with the page. A photo of the person's stays. */
export async function openExample(): Promise<void> {
  const isWanted = () => photo.value === undefined;
  const response = await fetch('./example/photo.webp').catch(() => undefined);
  if (!response?.ok || !isWanted()) return;
  const ready = { url: './example/picture.webp', address: addressOf(DEFAULT_LOOK, 'photo') };
  await show(await response.blob(), words.value.example, isWanted, ready);
}

/** @param isWanted asked when the photo has been read: another may have taken its place */
async function show(
  file: Blob,
  name: string,
  isWanted: () => boolean,
  ready?: Photo['ready'],
): Promise<void> {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
  if (!isWanted()) {
    URL.revokeObjectURL(url);
    return;
  }
  const { naturalWidth: width, naturalHeight: height } = image;
  const before = photo.value;
  mask.value = undefined;
  photo.value = { id: ++count, name, file, url, width, height, ready };
  if (before) URL.revokeObjectURL(before.url);
}
