import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { failure } from '../../core/errors.js';
import { PHOTO_EXTENSIONS } from './formats.js';

/**
 * The absolute paths of all pictures in `folder` and the folders inside it, by extension (any case), in the order of
 * their characters' codes, which is the same on every machine. Hidden files and folders are left out.
 * Throws FnsError when the folder is missing, is not a folder or holds no picture.
 */
export async function listPhotos(folder: string): Promise<string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) throw failure(`the photo folder ${folder} does not exist`);
  if (!found.isDirectory()) throw failure(`${folder} is not a folder: give the folder that holds the photos`);
  const files = await glob(`**/*.{${PHOTO_EXTENSIONS.join(',')}}`, {
    cwd: resolve(folder),
    absolute: true,
    dot: false,
    caseSensitiveMatch: false,
    expandDirectories: false,
  });
  if (files.length === 0) {
    throw failure(`no pictures in ${folder} (looked for ${PHOTO_EXTENSIONS.join(', ')}, in its folders too)`);
  }
  return files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
