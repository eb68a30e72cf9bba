/** Finds the files of a network of another program on the disk. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FnsError, failure } from '../core/errors.js';
import type { Style } from '../files/style-file.js';
import { type ImportOptions, importStyle } from '../import/import-style.js';
import { MANIFEST, readManifest } from '../import/raw-variables.js';
import { readFailure } from './media/files.js';

/** A network of the largest width has 430 MB of float32. */
const MOST_BYTES = 2 ** 30;

/**
 * `importStyle` for a path: a file, the prefix or any file of a TensorFlow checkpoint, or a folder with a manifest or
 * one checkpoint.
 *
 * @throws FnsError when the path cannot be read, holds more than 1 GiB, or holds no network that is known.
 */
export async function importStyleFile(
  path: string,
  options: Omit<ImportOptions, 'label'> = {},
): Promise<Style> {
  return importStyle(await foreignFiles(path), { ...options, label: path });
}

/**
 * The contents of all files that belong to a path, by file name: what `importStyle` takes.
 *
 * @throws FnsError when the path cannot be read, or holds more than 1 GiB.
 */
export async function foreignFiles(path: string): Promise<Map<string, Uint8Array>> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return folderFiles(path);
  if (basename(path) === MANIFEST) return folderFiles(dirname(path));
  const prefix = path.replace(/\.(index|meta|data-\d{5}-of-\d{5})$/, '');
  const isCheckpoint = await stat(`${prefix}.index`).catch(() => undefined);
  if (isCheckpoint && (found === undefined || prefix !== path)) return checkpointFiles(prefix);
  return readAll(dirname(path), [basename(path)]);
}

async function folderFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw readFailure(folder, error);
  });
  if (names.includes(MANIFEST)) {
    const files = await readAll(folder, [MANIFEST]);
    const listed = [...readManifest(files.get(MANIFEST)!, folder).values()].map(({ filename }) => filename);
    const present = [...new Set(listed)].filter((name) => names.includes(name));
    return new Map([...files, ...(await readAll(folder, present))]);
  }
  const indices = names.filter((name) => name.endsWith('.index'));
  if (indices.length === 1) return checkpointFiles(join(folder, indices[0]!.slice(0, -'.index'.length)));
  throw failure(
    indices.length === 0
      ? `${folder} holds neither ${MANIFEST} nor a TensorFlow checkpoint (.index)`
      : `${folder} holds ${indices.length} checkpoints: give one of them, such as ${indices[0]}`,
  );
}

async function checkpointFiles(prefix: string): Promise<Map<string, Uint8Array>> {
  const [folder, stem] = [dirname(prefix), basename(prefix)];
  const data = (await readdir(folder)).filter((name) => name.startsWith(`${stem}.data-`));
  return readAll(folder, [`${stem}.index`, ...data]);
}

async function readAll(folder: string, names: readonly string[]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const name of names) {
    const path = join(folder, name);
    try {
      const found = await stat(path);
      // A pipe or a device may never end.
      if (!found.isFile()) throw failure(`cannot read ${path}: it is no file`);
      total += found.size;
      if (total > MOST_BYTES)
        throw failure(`${path} is too large for a style: more than ${MOST_BYTES / 2 ** 20} MiB`);
      files.set(name, new Uint8Array(await readFile(path)));
    } catch (error) {
      throw error instanceof FnsError ? error : readFailure(path, error);
    }
  }
  return files;
}
