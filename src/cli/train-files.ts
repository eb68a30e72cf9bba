/** The files of a training: pictures in, style files, previews and checkpoints out. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { failure } from '../core/errors.js';
import { toPlanes } from '../core/planes.js';
import type { StyleSource } from '../losses/style-targets.js';
import { readFailure, writeFailure, writeFileAtomically } from '../node/media/files.js';
import {
  centreCrop,
  decodeImage,
  encodeImage,
  flattenOverWhite,
  type Image,
  resizeShorterSide,
  withShorterSide,
} from '../node/media/image.js';
import { sideBySide } from '../node/media/sheet.js';
import { openSession } from '../node/session.js';
import type { SessionOptions } from '../runtime/session.js';
import { openStylizer } from '../stylize/stylizer.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint.js';
import type { PaintingFiles } from './train-settings.js';

/** Where a training keeps what it writes besides the style file. */
export interface TrainingPaths {
  /** The checkpoint and the logs: what `--resume` is given. */
  folder: string;
  checkpoint: string;
  preview: string;
  /** The painting as the training sees it. */
  target(name: string | undefined): string;
}

/** The paths that belong to a style file `wave.onnx`: `wave.training/`, `wave.preview.jpg`, `wave.target.png`. */
export function trainingPaths(out: string): TrainingPaths {
  const stem = join(dirname(out), basename(out, extname(out)));
  const folder = `${stem}.training`;
  return {
    folder,
    checkpoint: join(folder, 'checkpoint.safetensors'),
    preview: `${stem}.preview.jpg`,
    target: (name) => (name === undefined ? `${stem}.target.png` : `${stem}.${name}.target.png`),
  };
}

/** The style target: shorter side resized, central square cut out. */
async function styleTarget(path: string, size: number): Promise<Image> {
  const image = flattenOverWhite(await decodeImage(path));
  const resized = await resizeShorterSide(image, size);
  return centreCrop(resized, Math.min(size, resized.width), Math.min(size, resized.height));
}

/** What one painting is learned from, and its pictures as the training sees them. */
export async function readPainting(
  { images }: PaintingFiles,
  size: number,
): Promise<{ style: StyleSource; pictures: Image[] }> {
  const pictures = await Promise.all(images.map(({ path }) => styleTarget(path, size)));
  const planes = pictures.map(({ width, height, data }) => ({
    width,
    height,
    data: toPlanes({ width, height, data }).data,
  }));
  const style =
    planes.length === 1 ? planes[0]! : planes.map((image, i) => ({ image, weight: images[i]!.weight }));
  return { style, pictures };
}

/** The photo for previews. */
export async function previewPhoto(path: string, size: number): Promise<Image> {
  return flattenOverWhite(
    await decodeImage(path, { resize: (s) => withShorterSide(s, Math.min(size, s.width, s.height)) }),
  );
}

/** As many paintings of a network of many as a preview shows. */
const MOST_PREVIEWS = 6;

/** Writes the preview: the photo in the style, or in each of the paintings side by side. */
export async function writePreview(
  path: string,
  style: Uint8Array,
  photo: Image,
  paintings: readonly string[] | undefined,
  options: SessionOptions,
): Promise<void> {
  const stylizer = await openStylizer(style, 'the style', { ...options, openSession });
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

/** Makes the folder of a training, without the unfinished files of one that was killed. */
export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(folder, error);
  });
  for (const file of await readdir(folder)) {
    if (/^\..*\.tmp$/.test(file)) await rm(join(folder, file), { force: true });
  }
}

/** Writes a checkpoint so that there is always a whole one. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomically(path, await encodeCheckpoint(checkpoint));
}

/**
 * Reads the checkpoint of a training.
 *
 * @param given the folder of the training, its checkpoint, or the style file that it writes
 * @throws FnsError when there is none or it is damaged.
 */
export async function readCheckpoint(given: string): Promise<Checkpoint> {
  const isStyle = extname(given) === '.onnx';
  const path = isStyle
    ? trainingPaths(given).checkpoint
    : extname(given) === '.safetensors'
      ? given
      : join(given, 'checkpoint.safetensors');
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw readFailure(path, error);
    throw failure(
      `no checkpoint in ${given}: give the folder STYLE.training that a training writes beside its style file`,
    );
  });
  return decodeCheckpoint(new Uint8Array(bytes), path);
}

/** The SHA-256 of a file, in hexadecimal. */
export async function fileDigest(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw readFailure(path, error);
  });
  return createHash('sha256').update(bytes).digest('hex');
}

/** The SHA-256 of a list of texts. */
export function listDigest(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
