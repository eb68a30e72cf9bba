import { existsSync } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure, usage } from '../core/errors.js';
import { type Mixture, parseStyleName } from '../files/mixture.js';
import { readOrdinaryFile } from './media/files.js';

/** The folder of the shipped styles: beside the compiled code and beside the sources alike. */
const folder = fileURLToPath(new URL('../../models/', import.meta.url));

/** The folder of the shipped super-resolution networks. */
const upscalingFolder = `${folder}upscale/`;

/** The file of the network that a training of a `modern` network starts from. */
export const startFile = `${folder}start/modern.onnx`;

/** Names of the styles that come with the package. */
export function shippedStyles(): Promise<string[]> {
  return namesIn(folder);
}

/** Names of the super-resolution networks that come with the package. */
export function shippedUpscalers(): Promise<string[]> {
  return namesIn(upscalingFolder);
}

/** The file of a shipped style. */
export function shippedStyleFile(name: string): string {
  return `${folder}${name}.onnx`;
}

/** The small picture of a shipped style's texture, if it has one. */
export function shippedThumbnail(name: string): string | undefined {
  const file = `${folder}thumbnails/${name}.webp`;
  return existsSync(file) ? file : undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((f) => f.endsWith('.onnx'))
    .map((f) => f.slice(0, -'.onnx'.length))
    .sort();
}

/** A style that was read. */
export interface StyleBytes {
  bytes: Uint8Array;
  /** Its name in messages. */
  label: string;
  /** The mixture of its paintings that was asked for after its name. */
  mix?: Mixture;
}

/**
 * The bytes of a style: a shipped name (`wave`) or the path of an ONNX file, with a mixture after it if it holds many
 * paintings (`many.onnx:wave=0.6,scream=0.4`, see `parseStyleName`).
 *
 * @throws FnsError when there is neither, saying which names exist.
 */
export async function readStyleFile(text: string): Promise<StyleBytes> {
  // A file may have a colon in its name.
  const { file, mix } = existsSync(text) ? { file: text } : parseStyleName(text);
  return { ...(await readOne(file)), ...(mix ? { mix } : {}) };
}

/** The network that a training of a `modern` network starts from (a style file, that of no painting). */
export async function readShippedStart(): Promise<StyleBytes> {
  return { bytes: new Uint8Array(await readFile(startFile)), label: 'the shipped start' };
}

function readOne(nameOrPath: string): Promise<StyleBytes> {
  return readNamed(nameOrPath, folder, 'style');
}

/** Extensions of networks that `importNetwork` reads. */
const FOREIGN = ['.pth', '.pt', '.model', '.safetensors', '.index', '.ckpt'];

/** Tells whether a file or folder that is there looks like what `importNetwork` reads. */
async function isForeign(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() && FOREIGN.includes(extname(path).toLowerCase())) return !(await looksLikeOnnx(path));
  if (!found?.isDirectory()) return false;
  const names = await readdir(path).catch(() => []);
  return names.some((name) => name === 'manifest.json' || name.endsWith('.index'));
}

/** ONNX files begin with the field of their version. */
async function looksLikeOnnx(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  const head = await file?.read(Buffer.alloc(1), 0, 1, 0).catch(() => undefined);
  await file?.close();
  return head?.buffer[0] === 0x08;
}

/**
 * The bytes of a super-resolution network: a shipped name (`upscale-x4`) or the path of an ONNX file.
 *
 * @throws FnsError when there is neither, saying which names exist.
 */
export function readUpscalerFile(nameOrPath: string): Promise<StyleBytes> {
  return readNamed(nameOrPath, upscalingFolder, 'super-resolution network');
}

/** @param kind what the files of the folder are */
async function readNamed(nameOrPath: string, folder: string, kind: string): Promise<StyleBytes> {
  const names = await namesIn(folder);
  if (names.includes(nameOrPath)) {
    return {
      bytes: new Uint8Array(await readFile(`${folder}${nameOrPath}.onnx`)),
      label: `${kind} ${nameOrPath}`,
    };
  }
  if (kind === 'style' && (await isForeign(nameOrPath))) {
    const why = `${nameOrPath} holds a network as another program keeps it, and is no style file (.onnx)`;
    throw failure(why, undefined, 'foreign-network');
  }
  try {
    const bytes = new Uint8Array(await readOrdinaryFile(nameOrPath));
    if (bytes.length === 0) throw failure(`the ${kind} file ${nameOrPath} is empty`);
    return { bytes, label: nameOrPath };
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const plain = basename(nameOrPath) === nameOrPath && extname(nameOrPath) === '';
    const needed = `an .onnx file or a shipped ${kind} (${names.join(', ')}) is needed`;
    if (plain && code === 'ENOENT') throw usage(`unknown ${kind} '${nameOrPath}': ${needed}`);
    throw failure(`cannot read the ${kind} file ${nameOrPath}: ${needed}`, error);
  }
}
