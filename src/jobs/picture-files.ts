/** Which photos a job makes pictures of, and where these go. */
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { badOption, usage } from '../core/errors.js';
import { isSameFormat, requireDepth, requireWritableExtension } from '../node/media/encode.js';
import { findPhotos, realPath } from '../node/media/find-photos.js';
import { STANDARD } from '../node/media/standard-streams.js';
import type { Reporter } from './job.js';
import { type ReadFile, requireNoOverwrite } from './no-overwrite.js';
import { type PictureFile, placePictures } from './picture-places.js';
import { RECORD } from './picture-record.js';

/** Which photos, where their pictures go and how they are written. */
export interface PictureFilesOptions {
  /**
   * Photos, folders of photos (those in their folders included) and patterns (`holiday/**\/*.jpg`); `-` alone is
   * standard input.
   */
  photos: string | readonly string[];
  /** The picture to write; a folder for several photos, in which their folders are made too; `-`: standard output. */
  out: string;
  /** Format of pictures written into a folder: `jpg`, `png`, `webp`, `avif`, `tiff`, `gif`. As the photo by default. */
  format?: string;
  /** Of JPEG, WebP and AVIF, 1 to 100. Default 92. */
  quality?: number;
  /** Bits of a channel: 8, or 16 in PNG and TIFF. Default 8. */
  depth?: 8 | 16;
  /** Keeps the photo's colour profile, and the colours in its space, instead of converting them to sRGB. */
  keepProfile?: boolean;
  /** Keeps the photo's EXIF and XMP data (EXIF not in TIFF, neither in GIF). */
  keepMetadata?: boolean;
  /** Makes pictures of a folder anew that are finished. By default they are left as they are. */
  force?: boolean;
}

/** What there is to do. */
export interface PicturePlan {
  files: PictureFile[];
  /** The folder of the pictures, when the result is one and not a file. */
  folder: string | undefined;
}

/**
 * Plans where each picture goes: the file itself for one photo, otherwise files in the folder, at the places that the
 * photos have in theirs.
 *
 * @throws FnsError (usage) when a picture would replace a photo or a format cannot be written.
 */
export async function planPictures(
  { photos, out, format, quality = 92, depth = 8 }: PictureFilesOptions,
  report: Reporter,
  others: readonly ReadFile[] = [],
): Promise<PicturePlan> {
  requireQuality(quality);
  const given = [photos].flat();
  const extension = format === undefined ? undefined : `.${format.replace(/^\./, '')}`;
  if (extension) requireWritableExtension(`x${extension}`);
  if (out === STANDARD || given.includes(STANDARD)) {
    const only = await streamed(given, out);
    if (out !== STANDARD) requireFormat(out, extension);
    if (out !== STANDARD || extension) requireDepth(out === STANDARD ? `x${extension}` : out, depth);
    await requireKept([only], others);
    return { files: [only], folder: undefined };
  }
  const isOut = await Promise.all(given.map((each) => isSameFolder(each, out)));
  // A shell's pattern (`photos/*`) names the folder of the results too, when it is among the photos.
  const isResult = given.length > 1 && (await stat(join(out, RECORD)).catch(() => undefined)) !== undefined;
  const inputs = given.filter((_, i) => !(isOut[i] && isResult));
  const found = await findPhotos(inputs, { out, marker: RECORD });
  sayLeftOut(found.skipped, found.leftOut, report);
  if (found.photos.length === 0) throw usage(`no pictures among ${given.join(', ')}`);
  const outIsFolder = out.endsWith('/') || (await isFolder(out));
  if (found.photos.length === 1 && !outIsFolder && !(await isFolder(given[0]!))) {
    requireWritableExtension(out);
    requireFormat(out, extension);
    requireDepth(out, depth);
    const files = [{ photo: found.photos[0]!.path, target: out }];
    await requireKept(files, others);
    return { files, folder: undefined };
  }
  if (!outIsFolder && extname(out) !== '') {
    throw badOption('out', `several photos need a folder (such as out/), got the file '${out}'`);
  }
  if (!isResult && isOut.includes(true)) {
    throw badOption('out', `${out} is the folder of the photos: give another one, such as ${beside(out)}`);
  }
  const files = placePictures(found.photos, out, extension);
  for (const { target } of files) {
    requireWritableExtension(target);
    requireDepth(target, depth);
  }
  await requireKept(files, others);
  return { files, folder: out };
}

/** A file's name says its format: another one that is asked for would be a mistake in one of the two. */
function requireFormat(out: string, extension: string | undefined): void {
  if (extension === undefined || isSameFormat(extname(out), extension)) return;
  const name = `${out.slice(0, -extname(out).length)}${extension}`;
  throw badOption(
    'format',
    `${extension.slice(1)}, but the name of the picture says otherwise: ${name} is needed for it`,
  );
}

function requireKept(files: readonly PictureFile[], others: readonly ReadFile[]): Promise<void> {
  const photos = files.map(({ photo }) => ({ path: photo, what: 'one of the photos' }));
  return requireNoOverwrite(
    files.map(({ target }) => target),
    [...others, ...photos],
  );
}

/** The one photo of a job that reads or writes a stream. */
async function streamed(given: readonly string[], out: string): Promise<PictureFile> {
  if (given.length !== 1 || (await isFolder(given[0]!))) {
    throw usage('- (standard input or output) takes one photo, and is the only one');
  }
  if (out === STANDARD) return { photo: given[0]!, target: STANDARD };
  if (out.endsWith('/') || (await isFolder(out))) {
    throw badOption('out', 'a picture of standard input goes into a file, or to - (standard output)');
  }
  requireWritableExtension(out);
  return { photo: STANDARD, target: out };
}

async function isSameFolder(a: string, b: string): Promise<boolean> {
  return (await isFolder(a)) && (await realPath(a)) === (await realPath(b));
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** A name for a folder beside another. */
function beside(folder: string): string {
  const name = folder.replace(/\/+$/, '');
  return name === '' || /^\.+$/.test(name) ? join(folder, '..', 'pictures/') : `${name}-pictures/`;
}

/** So many names are said. */
const SAID = 5;

function sayLeftOut(skipped: readonly string[], leftOut: readonly string[], report: Reporter): void {
  const list = (names: readonly string[]) =>
    `${names.slice(0, SAID).join(', ')}${names.length > SAID ? ` and ${names.length - SAID} more` : ''}`;
  if (skipped.length > 0) report.note(`skipped, because they are no pictures: ${list(skipped)}`);
  if (leftOut.length > 0) report.note(`left out, because they hold pictures made before: ${list(leftOut)}`);
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
