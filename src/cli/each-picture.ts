/** Commands that make one picture of each photo. */
import { mkdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Command } from 'commander';
import { failure, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { writeFailure } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import {
  type DecodeOptions,
  decodeImage,
  encodeImage,
  requireWritableExtension,
} from '../node/media/image.js';
import { numberOption } from './options.js';
import { duration, type ProgressLine } from './progress.js';

/** Where pictures go and how they are written. */
export interface PictureFlags {
  out: string;
  format?: string;
  quality: number;
}

/** Adds `--format` and `--quality`. */
export function withPictureOptions(command: Command): Command {
  return command
    .option(
      '--format <extension>',
      'format of pictures written into a folder: jpg, png, webp, avif, tiff (default: as the photo)',
    )
    .option(
      '--quality <n>',
      'JPEG, WebP and AVIF quality, 1 to 100',
      numberOption('--quality', { min: 1, whole: true }),
      92,
    );
}

/** One photo and where its picture goes. */
export interface PictureJob {
  photo: string;
  target: string;
}

/**
 * Makes a picture of each photo, with a progress line where there are several. One bad photo among many does not stop the others.
 *
 * @param done what has happened to a photo, for the error: `stylised`
 * @throws FnsError when the only photo fails, or at the end when some did.
 */
export async function eachPicture(
  jobs: readonly PictureJob[],
  { quality }: Pick<PictureFlags, 'quality'>,
  line: ProgressLine,
  done: string,
  make: (image: Image, show: (text: string) => void) => Promise<Image>,
  decoding: DecodeOptions = {},
): Promise<void> {
  const started = Date.now();
  let failed = 0;
  try {
    for (const [i, { photo, target }] of jobs.entries()) {
      const left =
        i === 0 ? '' : `, ${duration(((Date.now() - started) / 1000 / i) * (jobs.length - i))} left`;
      const place = jobs.length > 1 ? `${i + 1}/${jobs.length} ${basename(photo)}${left}` : '';
      if (place !== '') line.update(place);
      const show = (text: string) => line.update(place === '' ? text : `${place}  ${text}`);
      try {
        await encodeImage(target, await make(await decodeImage(photo, decoding), show), { quality });
        console.log(target);
      } catch (error) {
        if (jobs.length === 1) throw error;
        failed++;
        line.note(`error: ${(error as Error).message.split('\n')[0]}`);
      }
    }
  } finally {
    line.end();
  }
  if (failed > 0) throw failure(`${failed} of ${jobs.length} photos could not be ${done} (see above)`);
}

/**
 * Where each picture goes: the file itself for one photo, otherwise files of the photos' names in the folder, which is made.
 *
 * @throws FnsError (usage) when two would be written to one file or a format can not be written.
 */
export async function pictureJobs(
  photos: readonly string[],
  { out, format, quality }: PictureFlags,
): Promise<PictureJob[]> {
  if (quality > 100) throw usage(`--quality needs a whole number from 1 to 100, got '${quality}'`);
  const files: string[] = [];
  let folders = false;
  for (const photo of photos) {
    const isFolder = (await stat(photo).catch(() => undefined))?.isDirectory() ?? false;
    folders ||= isFolder;
    files.push(...(isFolder ? await listPhotos(photo) : [photo]));
  }
  const outIsFolder = out.endsWith('/') || ((await stat(out).catch(() => undefined))?.isDirectory() ?? false);
  const single = files.length === 1 && !folders && !outIsFolder;
  if (single) {
    requireWritableExtension(out);
    return [{ photo: files[0]!, target: out }];
  }
  if (!outIsFolder && extname(out) !== '') {
    throw usage(`several photos need a folder as --out (such as out/), got the file '${out}'`);
  }
  const extension = format === undefined ? undefined : `.${format.replace(/^\./, '')}`;
  if (extension) requireWritableExtension(`x${extension}`);
  const jobs = files.map((photo) => {
    const own = extname(photo);
    const writable = extension ?? (own.toLowerCase() === '.gif' ? '.png' : own);
    return { photo, target: join(out, basename(photo, own) + writable) };
  });
  const seen = new Map<string, string>();
  for (const { photo, target } of jobs) {
    const other = seen.get(target);
    if (other !== undefined)
      throw usage(`${other} and ${photo} would both be written to ${target}: give them one by one`);
    seen.set(target, photo);
    requireWritableExtension(target);
  }
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(out, error);
  });
  return jobs;
}
