import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { failure } from '../../core/errors.js';
import { firstLine } from '../../jobs/job.js';
import type { PictureFilesResult } from '../../jobs/make-pictures.js';
import { requirePictureWithin } from './checked-picture.js';
import type { KindResult, KindRun } from './kind.js';
import { drawPhotos, type PictureOptions } from './picture-run.js';
import { type UnzippedFile, unzip, zipFiles } from './zip.js';

/** A photo that could not be drawn. */
interface FailedPhoto {
  name: string;
  message: string;
}

/** Draws the photos of a zip. */
export async function runFolder(run: KindRun): Promise<KindResult> {
  const { options, out, work, limits, inputs } = run;
  const { format, maxSide } = options as unknown as PictureOptions;
  const [photos, pictures] = ['photos', 'pictures'].map((name) => join(work, name)) as [string, string];
  for (const each of [photos, pictures]) await mkdir(each);
  const failed: FailedPhoto[] = [];
  const usable: UnzippedFile[] = [];
  let pixels = 0;
  for (const photo of await unzip(inputs.photos!, photos, limits)) {
    try {
      pixels += await requirePictureWithin(photo.path, photo.name, limits, { maxSide });
      usable.push(photo);
    } catch (error) {
      failed.push({ name: photo.name, message: firstLine(error) });
      await rm(photo.path);
    }
  }
  if (usable.length === 0) throw failure(`none of the zip can be drawn: ${failed[0]!.message}`);
  const result = await drawPhotos(
    run,
    usable.map(({ path }) => path),
    `${pictures}/`,
    format,
  );
  if (result.stopped) return { files: [], pixels: 0, stopped: true };
  const made = new Set(result.written.map((path) => basename(path)));
  const drawn = usable.flatMap(({ name, path }) => {
    const picture = `${basename(path, extname(path))}.${format}`;
    return made.has(picture) ? [{ name: pictureName(name, format), path: join(pictures, picture) }] : [];
  });
  failed.push(...failedOf(result, usable));
  if (drawn.length === 0) throw failure(`none of the zip can be drawn: ${failed[0]!.message}`);
  const files = [join(out, 'pictures.zip')];
  await zipFiles(files[0]!, apart(drawn));
  if (failed.length > 0) {
    files.push(join(out, 'failed.json'));
    await writeFile(files[1]!, JSON.stringify(failed, undefined, 2));
  }
  return { files, pixels };
}

/** The name of the picture of a photo. */
function pictureName(name: string, format: string): string {
  return `${name.slice(0, name.length - extname(name).length)}.${format}`;
}

/** Files whose names differ: `a.jpg` and `a.png` both become `a.jpg`. */
function apart(files: readonly UnzippedFile[]): UnzippedFile[] {
  const taken = new Set<string>();
  return files.map(({ name, path }) => {
    let own = name;
    for (let i = 2; taken.has(own); i++) own = name.replace(/(\.\w+)$/, `-${i}$1`);
    taken.add(own);
    return { name: own, path };
  });
}

function failedOf({ failed }: PictureFilesResult, photos: readonly UnzippedFile[]): FailedPhoto[] {
  return failed.map(({ file, message }) => {
    const name = photos.find(({ path }) => path === file)?.name ?? basename(file);
    return { name, message: message.replaceAll(file, name) };
  });
}
