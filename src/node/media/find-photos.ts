/** The photos that files, folders and patterns name, and their places in a folder of results. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { failure } from '../../core/errors.js';
import { pictureSize } from './decode.js';
import { pictureExtension } from './formats.js';

/** A photo that was found. */
export interface FoundPhoto {
  path: string;
  /** Its path as seen from what named it, with `/`: `a/IMG_1.jpg` of a folder that holds `a`. */
  place: string;
  /** The extension of a picture made of it, with its dot. */
  extension: string;
}

/** What was found. */
export interface FoundPhotos {
  photos: FoundPhoto[];
  /** Files that are no pictures. */
  skipped: string[];
  /** Folders of pictures made before, inside the given ones, which were left out. */
  leftOut: string[];
}

/** How `findPhotos` searches. */
export interface FindOptions {
  /** The folder of the results, which is left out of the search. */
  out: string;
  /** A file that marks a folder of results. */
  marker: string;
}

/** A file to look at. */
interface Candidate {
  path: string;
  place: string;
  /** Whether the caller named this very file. */
  isNamed: boolean;
}

/**
 * The photos of files, folders (with the folders inside them) and patterns (`holiday/**\/*.jpg`), each once, in the order
 * given and within a folder in the order of their characters' codes. Hidden files of folders are left out, and so are
 * folders of results. Several arguments: a folder's photos stand under its name, as `cp -r` would put them.
 *
 * @throws FnsError when a pattern matches nothing or a folder holds no picture.
 */
export async function findPhotos(
  given: readonly string[],
  { out, marker }: FindOptions,
): Promise<FoundPhotos> {
  const found: FoundPhotos = { photos: [], skipped: [], leftOut: [] };
  const seen = new Set<string>();
  const outFolder = await realPath(out);
  for (const argument of given) {
    const isFolder = (await stat(argument).catch(() => undefined))?.isDirectory() ?? false;
    const candidates = isFolder
      ? await inFolder(
          argument,
          given.length > 1 ? basename(resolve(argument)) : '',
          outFolder,
          marker,
          found,
        )
      : await named(argument);
    const before = found.photos.length;
    for (const candidate of candidates) {
      const real = join(await realPath(dirname(candidate.path)), basename(candidate.path));
      if (seen.has(real)) continue;
      seen.add(real);
      const extension = await extensionOf(candidate, given.length > 1);
      if (extension === undefined) found.skipped.push(candidate.path);
      else found.photos.push({ path: candidate.path, place: candidate.place, extension });
    }
    if (isFolder && given.length === 1 && found.photos.length === before) {
      throw failure(`no pictures in ${argument} (nor in its folders)`);
    }
  }
  return found;
}

/**
 * The extension to write a picture with; undefined for what is no picture. Something that cannot be read, and a single
 * file that is no picture, is taken for a photo: decoding it says what is wrong.
 */
async function extensionOf({ path, isNamed }: Candidate, isOneOfMany: boolean): Promise<string | undefined> {
  const about = await stat(path).catch(() => undefined);
  if (about && !about.isFile() && !isNamed) return undefined;
  const extension = about?.isFile() ? await pictureExtension(path) : undefined;
  // A GIF has 256 colours: worth it for an animation only.
  if (extension?.toLowerCase() === '.gif')
    return ((await pictureSize(path))?.frames ?? 1) > 1 ? extension : '.png';
  if (extension !== undefined) return extension;
  return isNamed && !(isOneOfMany && about?.isFile()) ? '.png' : undefined;
}

/** A file as it is, or the files that a pattern matches. */
async function named(argument: string): Promise<Candidate[]> {
  const isThere = await stat(argument).then(
    () => true,
    () => false,
  );
  if (isThere || !isDynamicPattern(argument))
    return [{ path: argument, place: basename(argument), isNamed: true }];
  const pattern = sep === '\\' ? argument.replaceAll('\\', '/') : argument;
  const parts = pattern.split('/');
  const base = parts
    .slice(
      0,
      parts.findIndex((part) => isDynamicPattern(part)),
    )
    .join('/');
  const folder = base === '' ? (pattern.startsWith('/') ? '/' : '.') : base;
  const rest = pattern.slice(base === '' ? 0 : base.length + 1).replace(/^\//, '');
  const files = await glob(rest, { cwd: resolve(folder), expandDirectories: false });
  if (files.length === 0) throw failure(`no file matches '${argument}'`);
  return byCode(files).map((place) => ({ path: join(folder, place), place, isNamed: false }));
}

/** The files of a folder and of those inside it, without the folders of results. */
async function inFolder(
  folder: string,
  under: string,
  outFolder: string,
  marker: string,
  found: FoundPhotos,
): Promise<Candidate[]> {
  const own = await realPath(folder);
  const files = await glob('**', { cwd: resolve(folder), expandDirectories: false });
  const marks = await glob(`**/${marker}`, { cwd: resolve(folder), dot: true, expandDirectories: false });
  const results = marks.map((mark) => dirname(mark)).filter((place) => place !== '.');
  found.leftOut.push(
    ...results.map((place) => join(folder, place)).filter((place) => resolve(place) !== resolve(outFolder)),
  );
  const isInside = (path: string, above: string) => path === above || path.startsWith(`${above}${sep}`);
  return byCode(files)
    .filter((place) => own === outFolder || !isInside(join(own, place), outFolder))
    .filter((place) => !results.some((result) => isInside(place, result)))
    .map((place) => ({ path: join(folder, place), place: join(under, place), isNamed: false }))
    .map((each) => ({ ...each, place: each.place.split(sep).join('/') }));
}

function byCode(paths: readonly string[]): string[] {
  return [...paths].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The path without symbolic links, as far as it exists. */
export async function realPath(path: string): Promise<string> {
  const whole = resolve(path);
  const real = await realpath(whole).catch(() => undefined);
  if (real !== undefined) return real;
  const above = dirname(whole);
  return above === whole ? whole : join(await realPath(above), relative(above, whole));
}
