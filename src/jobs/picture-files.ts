/** Jobs that make one picture of each photo. */
import { stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { badOption, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { makeFolder } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import {
  type DecodeOptions,
  decodeImage,
  encodeImage,
  requireWritableExtension,
} from '../node/media/image.js';
import { firstLine, type JobOptions, reporter, stopwatch } from './job.js';

/** Which photos, where their pictures go and how they are written. */
export interface PictureFilesOptions {
  /** Photos, or folders of photos, those in their folders included (see `listPhotos`). */
  photos: string | readonly string[];
  /** The picture to write; a folder for several photos. */
  out: string;
  /** Format of pictures written into a folder: `jpg`, `png`, `webp`, `avif`, `tiff`. As the photo by default. */
  format?: string;
  /** Of JPEG, WebP and AVIF, 1 to 100. Default 92. */
  quality?: number;
}

/** The results of photos. */
export interface PictureFilesResult {
  /** The pictures that were written. */
  written: string[];
  /** The photos that could not be done, of several. */
  failed: { file: string; message: string }[];
  /** True when the signal ended the job before the last photo. */
  stopped: boolean;
}

/** One photo and where its picture goes. */
export interface PictureFile {
  photo: string;
  target: string;
}

/**
 * Makes a picture of each photo. One bad photo among many does not stop the others.
 *
 * @param make the picture of a photo; `onTile` may be told how many tiles of it are done
 * @throws FnsError when the only photo fails.
 */
export async function makePictures(
  files: readonly PictureFile[],
  { quality }: Pick<PictureFilesOptions, 'quality'>,
  job: JobOptions,
  make: (image: Image, onTile: (done: number, all: number) => void) => Promise<Image>,
  decoding: DecodeOptions = {},
): Promise<PictureFilesResult> {
  const report = reporter(job);
  const watch = stopwatch();
  const result: PictureFilesResult = { written: [], failed: [], stopped: false };
  for (const [i, { photo, target }] of files.entries()) {
    if (job.signal?.aborted) return { ...result, stopped: true };
    const part = files.length > 1 ? `${i + 1}/${files.length} ${basename(photo)}` : basename(photo);
    const share = i / files.length;
    if (files.length > 1) report.progress({ share, secondsLeft: watch.left(share), part });
    const onTile = (done: number, all: number) => {
      if (all === 1) return;
      const now = (i + done / all) / files.length;
      report.progress({ share: now, secondsLeft: watch.left(now), part, unit: 'tile', done, all });
    };
    try {
      await encodeImage(target, await make(await decodeImage(photo, decoding), onTile), { quality });
      result.written.push(target);
      report.file(target);
    } catch (error) {
      if (job.signal?.aborted) return { ...result, stopped: true };
      if (files.length === 1) throw error;
      const message = firstLine(error);
      result.failed.push({ file: photo, message });
      report.emit({ type: 'failed', file: photo, message });
    }
  }
  return result;
}

/**
 * Where each picture goes: the file itself for one photo, otherwise files of the photos' names in the folder, which is
 * made.
 *
 * @throws FnsError (usage) when two would be written to one file or a format cannot be written.
 */
export async function pictureFiles({
  photos,
  out,
  format,
  quality = 92,
}: PictureFilesOptions): Promise<PictureFile[]> {
  requireQuality(quality);
  const files: string[] = [];
  let folders = false;
  for (const photo of [photos].flat()) {
    const isFolder = (await stat(photo).catch(() => undefined))?.isDirectory() ?? false;
    folders ||= isFolder;
    files.push(...(isFolder ? await listPhotos(photo) : [photo]));
  }
  const outIsFolder = out.endsWith('/') || ((await stat(out).catch(() => undefined))?.isDirectory() ?? false);
  if (files.length === 1 && !folders && !outIsFolder) {
    requireWritableExtension(out);
    return requireNoOverwrite([{ photo: files[0]!, target: out }]);
  }
  if (!outIsFolder && extname(out) !== '') {
    throw badOption('out', `several photos need a folder (such as out/), got the file '${out}'`);
  }
  const extension = format === undefined ? undefined : `.${format.replace(/^\./, '')}`;
  if (extension) requireWritableExtension(`x${extension}`);
  const targets = files.map((photo) => {
    const own = extname(photo);
    const writable = extension ?? (own.toLowerCase() === '.gif' ? '.png' : own);
    return { photo, target: join(out, basename(photo, own) + writable) };
  });
  requireOneEach(targets);
  for (const { target } of targets) requireWritableExtension(target);
  requireNoOverwrite(targets);
  await makeFolder(out);
  return targets;
}

/**
 * Checks that no picture would replace a photo.
 *
 * @throws FnsError (usage)
 */
function requireNoOverwrite(files: PictureFile[]): PictureFile[] {
  const photos = new Set(files.map(({ photo }) => resolve(photo)));
  const lost = files.find(({ target }) => photos.has(resolve(target)));
  if (lost) throw badOption('out', `${lost.target} is one of the photos, and would be overwritten`);
  return files;
}

/** @throws FnsError (usage) when two pictures would be written to one file. */
function requireOneEach(targets: readonly PictureFile[]): void {
  const seen = new Map<string, string>();
  for (const { photo, target } of targets) {
    const other = seen.get(target);
    if (other !== undefined)
      throw usage(`${other} and ${photo} would both be written to ${target}: give them one by one`);
    seen.set(target, photo);
  }
}

/**
 * Checks a quality.
 *
 * @throws FnsError (usage) when it is no whole number from 1 to 100.
 */
export function requireQuality(quality: number): void {
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw badOption('quality', `a whole number from 1 to 100 is needed, got ${quality}`);
  }
}
