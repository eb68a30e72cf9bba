/** Saving, copying and sharing the picture at the photo's own size. */
import type { PictureType } from '../../worker/photo.js';
import { Cancelled } from '../engine/draw-host.js';
import { tellFailure } from '../engine/failure.js';
import { fullFile } from '../engine/full-picture.js';
import { downloadBlob } from '../shell/download.js';
import { look, photo, say, styleOf } from '../state.js';
import { words } from '../words.js';

const ENDINGS: Record<PictureType, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
};

/** The name of a photo's picture: that of the photo, with the style's. */
export function pictureName(name: string, type: PictureType): string {
  const style = styleOf(look.value.style)?.name ?? 'picture';
  return `${name.replace(/\.[^.]+$/, '')}-${style}.${ENDINGS[type]}`;
}

async function withFile(type: PictureType, use: (file: File) => Promise<void> | void): Promise<void> {
  const of = photo.value;
  if (!of) return;
  try {
    const blob = await fullFile(type);
    await use(new File([blob], pictureName(of.name, type), { type: blob.type }));
  } catch (error) {
    if (!(error instanceof Cancelled)) tellFailure(error, of.name);
  }
}

/** Saves the picture as a file. */
export function savePicture(type: PictureType): Promise<void> {
  return withFile(type, (file) => downloadBlob(file, file.name));
}

/** Copies the picture. */
export async function copyPicture(): Promise<void> {
  const t = words.value;
  const of = photo.value;
  if (!of) return;
  let failure: unknown;
  try {
    // The promise is given at once: a browser allows copying for a moment after the click only.
    const blob = fullFile('image/png');
    // Its failure is told, not that nothing was copied.
    blob.catch((error) => {
      failure = error;
    });
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
    say('note', t.copied);
  } catch {
    if (failure === undefined) say('error', t.errors.copy);
    else if (!(failure instanceof Cancelled)) tellFailure(failure, of.name);
  }
}

/** Tells whether the machine can share files. */
export const canShare = (): boolean =>
  navigator.canShare?.({ files: [new File([], 'a.jpg', { type: 'image/jpeg' })] }) ?? false;

/** Hands the picture to another program. */
export function sharePicture(): Promise<void> {
  return withFile('image/jpeg', async (file) => {
    await navigator.share({ files: [file] }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  });
}
