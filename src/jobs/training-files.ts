/** The files of a training: where they lie, and what is read from and written into them. */
import { access, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { badOption, FnsError, failure, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { flattenOverWhite } from '../core/image.js';
import { toPlanes } from '../core/planes.js';
import { centreCrop } from '../core/rectangles.js';
import { sha256 } from '../core/sha256.js';
import { withShorterSide } from '../core/sizes.js';
import type { StyleSource } from '../losses/style-targets.js';
import { readFailure, requireFolderFor, writeFileAtomically } from '../node/media/files.js';
import { listPhotos } from '../node/media/folder.js';
import { decodeImage, encodeImage, resizeShorterSide } from '../node/media/image.js';
import { sideBySide } from '../node/media/sheet.js';
import { loadStyle } from '../node/styles.js';
import type { SessionOptions } from '../runtime/session.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint-format.js';
import { shortPath } from './short-path.js';
import { warnIfSmall } from './small-painting.js';

/**
 * Where a training keeps its files: of `wave.onnx` these are `wave.training/`, `wave.preview.jpg` and
 * `wave.target.png`.
 */
export interface TrainingPaths {
  /** The file of the trained network. */
  out: string;
  /** The checkpoint, the lock and the logs. */
  folder: string;
  checkpoint: string;
  lock: string;
  preview: string;
  /** A painting as the training sees it; `name` in a network of many. */
  target(name?: string): string;
}

const FOLDER = '.training';
const CHECKPOINT = 'checkpoint.safetensors';

/** The paths that belong to the file of a trained network, all absolute. */
export function trainingPaths(out: string): TrainingPaths {
  const path = resolve(out);
  return pathsOf(path, `${path.slice(0, -extname(path).length)}${FOLDER}`);
}

function pathsOf(out: string, folder: string): TrainingPaths {
  const stem = out.slice(0, -extname(out).length);
  return {
    out,
    folder,
    checkpoint: join(folder, CHECKPOINT),
    lock: join(folder, 'lock'),
    preview: `${stem}.preview.jpg`,
    target: (name) => (name === undefined ? `${stem}.target.png` : `${stem}.${name}.target.png`),
  };
}

/** A training that is there already. */
export interface TrainingThere {
  paths: TrainingPaths;
  /** The checkpoint to go on from: the training's own, or another that was named. */
  from: string;
}

/**
 * Finds a training that is there already: its file lies beside its folder, wherever that is now.
 *
 * @param given the folder, one of its checkpoints, or the file of its network
 */
export function trainingThere(given: string): TrainingThere {
  const path = resolve(given);
  const extension = extname(path).toLowerCase();
  if (extension === '.onnx') {
    const paths = trainingPaths(path);
    return { paths, from: paths.checkpoint };
  }
  const isCheckpoint = extension === '.safetensors';
  const folder = isCheckpoint ? dirname(path) : path;
  const stem = extname(folder) === FOLDER ? folder.slice(0, -FOLDER.length) : folder;
  const paths = pathsOf(`${stem}.onnx`, folder);
  return { paths, from: isCheckpoint ? path : paths.checkpoint };
}

/**
 * Checks a place for a new training.
 *
 * @param force whether what is there may be replaced
 * @throws FnsError when the file is no .onnx file, its folder is missing, or something of another training is there.
 */
export async function requireNewPlace(
  { out, folder, checkpoint }: TrainingPaths,
  force = false,
): Promise<void> {
  await requireFolderFor(out);
  if (force) return;
  const refuse = (message: string) => new FnsError(message, 'usage', { code: 'training-exists' });
  const [file, place] = [shortPath(out), shortPath(folder)];
  if (await exists(checkpoint)) {
    throw refuse(
      `${file} belongs to a training that is there already: resume ${place}, or force a new one in its place`,
    );
  }
  if (await exists(out)) throw refuse(isThere(out));
}

function isThere(out: string): string {
  return `${shortPath(out)} is there already: choose another file, or force a new one in its place`;
}

/**
 * Checks that no file is replaced: a style may have taken hours.
 *
 * @param force whether it may be
 * @throws FnsError (usage)
 */
export async function requireNewFile(out: string, force = false): Promise<void> {
  if (!force && (await exists(out))) throw new FnsError(isThere(out), 'usage', { code: 'file-exists' });
}

/**
 * The path of a network that is to be trained, as an absolute path.
 *
 * @throws FnsError (usage) when it does not end in .onnx.
 */
export function requireOnnx(out: string): string {
  if (extname(out).toLowerCase() !== '.onnx')
    throw badOption('out', `a file that ends in .onnx is needed, got '${out}'`);
  return resolve(out);
}

/** Tells whether a file or folder is there. */
export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Where a file of a training is, when the training may have been moved together with it: where it was, or at the same
 * place seen from the training's own file.
 */
export async function movedPath(path: string, before: string, now: string): Promise<string> {
  if (await exists(path)) return path;
  const moved = resolve(dirname(now), relative(dirname(before), path));
  return (await exists(moved)) ? moved : path;
}

/** A painting and the pictures that its style is taken from. */
export interface PaintingFiles {
  name: string;
  images: { path: string; weight: number }[];
}

/**
 * Reads what a painting's style is learned from, and its pictures as the training sees them: central squares.
 *
 * @param warn told of pictures that are much smaller than that
 */
export async function readPainting(
  { images }: PaintingFiles,
  size: number,
  warn: (message: string) => void = () => {},
): Promise<{ style: StyleSource; pictures: Image[] }> {
  const pictures = await Promise.all(images.map(({ path }) => styleTarget(path, size, warn)));
  const planes = pictures.map(toPlanes);
  const style =
    planes.length === 1 ? planes[0]! : planes.map((image, i) => ({ image, weight: images[i]!.weight }));
  return { style, pictures };
}

/** A style picture: shorter side resized, central square cut out. */
async function styleTarget(path: string, size: number, warn: (message: string) => void): Promise<Image> {
  const decoded = await decodeImage(path, { onWarning: warn });
  warnIfSmall(path, decoded, size, warn);
  const resized = await resizeShorterSide(flattenOverWhite(decoded), size);
  return centreCrop(resized, Math.min(size, resized.width), Math.min(size, resized.height));
}

/** Reads the photo for previews, its shorter side at most `size`. */
export async function previewPhoto(path: string, size: number): Promise<Image> {
  return flattenOverWhite(
    await decodeImage(path, { resize: (s) => withShorterSide(s, Math.min(size, s.width, s.height)) }),
  );
}

/** As many paintings of a network of many as a preview shows. */
const MOST_PREVIEWS = 6;

/** Writes a preview: the photo in the style, or in each of the paintings side by side. */
export async function writePreview(
  path: string,
  style: Uint8Array,
  photo: Image,
  paintings: readonly string[] | undefined,
  options: SessionOptions,
): Promise<void> {
  const stylizer = await loadStyle(style, options);
  try {
    const pictures: Image[] = [];
    if (!paintings) pictures.push(await stylizer.stylize(photo));
    for (const name of paintings?.slice(0, MOST_PREVIEWS) ?? []) {
      pictures.push(await stylizer.stylize(photo, { mix: { [name]: 1 } }));
    }
    await encodeImage(path, sideBySide(pictures));
  } finally {
    await stylizer.close();
  }
}

/** Removes the unfinished files of a program that was killed. Only who has the lock may call it. */
export async function removeUnfinished({ out, folder }: TrainingPaths): Promise<void> {
  const stem = basename(out, extname(out));
  const isOwn = (file: string) => /^\..*\.tmp$/.test(file);
  await removeFrom(folder, isOwn);
  await removeFrom(dirname(out), (file) => isOwn(file) && file.startsWith(`.${stem}.`));
}

/** Removes what an older training left in the place of a new one, so that nobody goes on with it by mistake. */
export async function removeOldTraining({ folder }: TrainingPaths): Promise<void> {
  await removeFrom(
    folder,
    (file) => file === CHECKPOINT || /^log\.jsonl$|^events\.out\.tfevents\./.test(file),
  );
}

async function removeFrom(folder: string, isMeant: (file: string) => boolean): Promise<void> {
  for (const file of await readdir(folder)) {
    if (isMeant(file)) await rm(join(folder, file), { force: true });
  }
}

/** Writes a checkpoint so that there is always a whole one. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomically(path, await encodeCheckpoint(checkpoint));
}

/**
 * Reads the checkpoint of a training.
 *
 * @param given what the user called it, for errors
 * @throws FnsError when there is none or it is damaged.
 */
export async function readCheckpointFile(path: string, given: string): Promise<Checkpoint> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw readFailure(path, error);
    throw failure(
      `no checkpoint in ${given}: give the folder STYLE${FOLDER} that a training writes beside its style file`,
    );
  });
  return decodeCheckpoint(new Uint8Array(bytes), path);
}

/** The SHA-256 of a file, in hexadecimal. */
export async function fileSha256(path: string): Promise<string> {
  return sha256(
    await readFile(path).catch((error: unknown) => {
      throw readFailure(path, error);
    }),
  );
}

/** The SHA-256 of a list of texts. */
export function listSha256(texts: readonly string[]): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(texts)));
}

/** The photos of a folder, and the SHA-256 of the list of their names. */
export async function photoList(folder: string): Promise<{ files: string[]; sha256: string }> {
  const files = await listPhotos(folder);
  return { files, sha256: await listSha256(files.map((file) => relative(folder, file))) };
}

/**
 * Checks that an option is given.
 *
 * @throws FnsError (usage) when it is missing, or an empty list.
 */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) throw usage(`${what} is needed`);
  return value;
}
