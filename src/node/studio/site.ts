/** The files of the studio: the page, and what it finds under `files/`. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from '../../core/errors.js';
import { readFailure } from '../media/files.js';
import { shippedStyleFile, shippedStyles, shippedThumbnail, startFile } from '../shipped.js';
import type { HalfWeightsFile } from '../weights/half-weights.js';
import { keptThumbnail } from './style-thumbnail.js';

/** The page as `npm run build` makes it: beside the compiled code, and reached from the sources alike. */
const PAGE = fileURLToPath(new URL('../../../dist/studio/', import.meta.url));

/** ONNX Runtime's builds that the page chooses from. */
const RUNTIMES = ['', '.jspi', '.asyncify'].flatMap((build) =>
  ['.mjs', '.wasm'].map((end) => `ort-wasm-simd-threaded${build}${end}`),
);

/** A style as the page lists it. Addresses are below `files/`. */
export interface SiteStyle {
  name: string;
  file: string;
  bytes: number;
  thumbnail: string;
}

/** What the page reads first: `files/styles.json`. */
export interface SiteList {
  styles: SiteStyle[];
  /** The loss networks' weights that are there, by name. */
  weights: Record<string, string>;
  /** The network that trainings start from. */
  start: string;
  /** OpenCV's script, which makes videos steady, where it is installed. */
  opencv?: string;
  /** The service that serves the page, which then offers to have pictures drawn by it. */
  service?: SiteService;
}

/** What a page has to know of the service behind it. */
export interface SiteService {
  /** The kinds of its jobs. */
  kinds: string[];
  /** The most bytes of a file. */
  uploadBytes: number;
}

/** A file on the disk: its path, or what makes it when it is asked for. */
export type SiteFile = string | (() => Promise<string>);

/** Everything that a studio serves. */
export interface StudioSite {
  /** The folder of the page. */
  page: string;
  list: SiteList;
  /** The files below `files/` by their address there. */
  files: Map<string, SiteFile>;
}

/** Options of `studioSite`. */
export interface SiteOptions {
  /** A folder whose `.onnx` files are offered as well. */
  styles?: string;
  /** Hears of styles of that folder whose texture cannot be drawn. */
  warn?: (style: string, error: unknown) => void;
}

/**
 * Gathers the files of the studio.
 *
 * @throws FnsError when the page was not built, or the folder of styles cannot be read.
 */
export async function studioSite({ styles, warn }: SiteOptions = {}): Promise<StudioSite> {
  if (!existsSync(join(PAGE, 'index.html'))) {
    throw failure('the studio was not built: run npm run build first');
  }
  const files = new Map<string, SiteFile>();
  const list: SiteList = { styles: [], weights: {}, start: 'start.onnx' };
  files.set(list.start, startFile);
  const resolve = createRequire(import.meta.url).resolve;
  for (const name of RUNTIMES) files.set(`ort/${name}`, resolve(`onnxruntime-web/${name}`));
  const opencv = openCvScript(resolve);
  if (opencv) {
    files.set('opencv.js', opencv);
    list.opencv = `opencv.js?${(await stat(opencv)).size}`;
  }
  const add = async (name: string, path: string, thumbnail: SiteFile) => {
    const style: SiteStyle = {
      name,
      file: `styles/${name}.onnx`,
      bytes: (await stat(path)).size,
      thumbnail: `thumbnails/${name}.webp`,
    };
    files.set(style.file, path);
    files.set(style.thumbnail, thumbnail);
    list.styles.push(style);
  };
  for (const name of await shippedStyles()) {
    const thumbnail = shippedThumbnail(name);
    // A network of many paintings has no texture of its own.
    if (thumbnail) await add(name, shippedStyleFile(name), thumbnail);
  }
  if (styles !== undefined) {
    const thumbnail = thumbnailQueue(warn);
    const names = await readdir(styles).catch((error: unknown) => {
      throw readFailure(styles, error);
    });
    for (const file of names.filter((name) => extname(name).toLowerCase() === '.onnx').sort()) {
      const name = file.slice(0, -'.onnx'.length);
      const path = join(styles, file);
      if (!files.has(`styles/${name}.onnx`)) await add(name, path, () => thumbnail(path));
    }
  }
  return { page: PAGE, list, files };
}

/** Draws thumbnails one after the other, so that a folder of many styles leaves the machine some time for the page. */
function thumbnailQueue(warn: SiteOptions['warn']): (style: string) => Promise<string> {
  let last: Promise<unknown> = Promise.resolve();
  return (style) => {
    const drawn = last.then(() => keptThumbnail(style));
    last = drawn.catch((error: unknown) => warn?.(style, error));
    return drawn;
  };
}

/** The script of OpenCV; none where it was not installed. */
function openCvScript(resolve: (name: string) => string): string | undefined {
  try {
    return resolve('@techstark/opencv-js');
  } catch {
    return undefined;
  }
}

/** Adds weights of loss networks, by name. */
export function addWeights({ list, files }: StudioSite, weights: ReadonlyMap<string, HalfWeightsFile>): void {
  for (const [name, { path, digest }] of weights) {
    const address = `weights/${name}.safetensors`;
    files.set(address, path);
    // A browser keeps them by their address: other weights have another one.
    list.weights[name] = `${address}?${digest}`;
  }
}
