import { extname } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { FnsError, failure, usage } from '../../core/errors.js';
import { flattenOverWhite, type Image } from '../../core/image.js';
import { type Size, withShorterSide } from '../../core/sizes.js';
import { readOrdinaryFile, writeFileAtomically } from './files.js';
import { RARE_FORMATS, sniffExtension } from './formats.js';

export type { Image };

const readableFormats: Record<string, string> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  heif: 'AVIF',
  tiff: 'TIFF',
  gif: 'GIF',
};
const readableNames = Object.values(readableFormats).join(', ');

/** Larger pictures are more likely an attack or a mistake than a photo: 2^30 pixels are 3 GiB of RGB. */
const maxPixels = 2 ** 30;

/** How `decodeImage` decodes. */
export interface DecodeOptions {
  /**
   * Chooses the size to decode to from the picture's own size (after rotation). A JPEG is then decoded only as
   * finely as needed, several times faster than decoding all of a large photo and resizing it.
   */
  resize?: (size: Size) => Size;
}

/**
 * Reads a picture file as 8-bit sRGB: turned upright by its EXIF orientation, an embedded colour profile applied,
 * grey, CMYK and 16-bit converted, alpha kept apart. JPEG, PNG, WebP, AVIF, TIFF, and the first frame of a GIF.
 * Throws FnsError for a missing, empty, foreign, damaged or too large file.
 */
export async function decodeImage(path: string, { resize }: DecodeOptions = {}): Promise<Image> {
  const bytes = await readPicture(path);
  try {
    // 'error' refuses cut and broken files but not the harmless warnings that many cameras' files give.
    // Always from bytes: given a path, libvips may answer from its cache with the file's earlier content.
    const picture = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels });
    const { format, autoOrient } = await picture.metadata();
    if (!(format in readableFormats)) {
      throw failure(`cannot read ${path}: ${format} pictures are not supported, only ${readableNames}`);
    }
    picture.autoOrient().toColourspace('srgb');
    if (resize) picture.resize({ ...resize(autoOrient), fit: 'fill' });
    return await fromSharp(picture);
  } catch (error) {
    if (error instanceof FnsError) throw error;
    throw failure(`cannot read ${path}: ${decodeReason(error, bytes)}`, error);
  }
}

/**
 * Tells whether a picture file holds one channel of grey (and perhaps alpha), instead of colours that happen to be
 * grey. Throws FnsError when it cannot be read.
 */
export async function isGreyFile(path: string): Promise<boolean> {
  const bytes = await readPicture(path);
  try {
    return (await sharp(bytes).metadata()).channels <= 2;
  } catch (error) {
    throw failure(`cannot read ${path}: ${decodeReason(error, bytes)}`, error);
  }
}

/** How `encodeImage` encodes. */
export interface EncodeOptions {
  /** 1..100 for JPEG, WebP and AVIF. Default 92. PNG and TIFF lose nothing. */
  quality?: number;
  /** Called with the bytes of the file before they are written. */
  beforeWrite?: (bytes: Uint8Array) => Promise<void> | undefined;
}

const encoders: Record<string, (picture: Sharp, quality: number) => Sharp> = {
  // 4:4:4, because painted strokes have sharp colour edges that halved chroma would smear.
  '.jpg': (picture, quality) => picture.jpeg({ quality, chromaSubsampling: '4:4:4' }),
  '.jpeg': (picture, quality) => picture.jpeg({ quality, chromaSubsampling: '4:4:4' }),
  '.png': (picture) => picture.png(),
  '.webp': (picture, quality) => picture.webp({ quality, smartSubsample: true }),
  '.avif': (picture, quality) => picture.avif({ quality, chromaSubsampling: '4:4:4' }),
  '.tif': (picture) => picture.tiff({ compression: 'deflate', predictor: 'horizontal' }),
  '.tiff': (picture) => picture.tiff({ compression: 'deflate', predictor: 'horizontal' }),
};

/** The extensions that `encodeImage` can write, with their dots. */
export const writableExtensions = Object.keys(encoders);

/**
 * Throws a usage error listing the known extensions when `path` ends in none of them. For commands
 * that should say so before an hour of work, not after.
 */
export function requireWritableExtension(path: string): void {
  const extension = extname(path);
  if (extension.toLowerCase() in encoders) return;
  const what = extension === '' ? 'has no extension' : `ends in ${extension}`;
  throw usage(`cannot write ${path}: it ${what}; pictures can end in ${writableExtensions.join(', ')}`);
}

/**
 * Writes a picture in the format of `path`'s extension, whole or not at all. JPEG has no alpha: transparent parts
 * become white. Throws a usage error for an unknown extension or quality, FnsError when the
 * format cannot hold the picture or the file cannot be written.
 */
export async function encodeImage(
  path: string,
  image: Image,
  { quality = 92, beforeWrite }: EncodeOptions = {},
): Promise<void> {
  requireWritableExtension(path);
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw usage(`quality is ${quality}, it must be a whole number from 1 to 100`);
  }
  const extension = extname(path).toLowerCase();
  const isJpeg = extension === '.jpg' || extension === '.jpeg';
  const picture = toSharp(isJpeg ? flattenOverWhite(image) : image);
  let bytes: Uint8Array;
  try {
    bytes = await encoders[extension]!(picture, quality).toBuffer();
  } catch (error) {
    // Mostly a picture beyond the format's largest side (WebP 16383, JPEG 65500).
    const size = `${image.width}x${image.height}`;
    throw failure(`cannot write ${path}: ${size} pixels as ${extension}: ${firstLine(error)}`, error);
  }
  await beforeWrite?.(bytes);
  await writeFileAtomically(path, bytes);
}

/** The picture scaled to exactly `width` x `height` (Lanczos; the aspect ratio may change). */
export async function resizeTo(image: Image, width: number, height: number): Promise<Image> {
  if (width === image.width && height === image.height) return image;
  return fromSharp(toSharp(image).resize({ width, height, fit: 'fill' }));
}

/** The picture scaled so that its shorter side is `size` pixels, the aspect ratio kept. */
export async function resizeShorterSide(image: Image, size: number): Promise<Image> {
  const { width, height } = withShorterSide(image, size);
  return resizeTo(image, width, height);
}

async function readPicture(path: string): Promise<Uint8Array> {
  const bytes = await readOrdinaryFile(path);
  if (bytes.length === 0) throw failure(`cannot read ${path}: the file is empty (0 bytes)`);
  return bytes;
}

function toSharp({ width, height, data, alpha }: Image): Sharp {
  if (!alpha) return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  const joined = new Uint8Array(width * height * 4);
  for (let i = 0; i < alpha.length; i++) {
    joined[4 * i] = data[3 * i]!;
    joined[4 * i + 1] = data[3 * i + 1]!;
    joined[4 * i + 2] = data[3 * i + 2]!;
    joined[4 * i + 3] = alpha[i]!;
  }
  return sharp(joined, { raw: { width, height, channels: 4 }, limitInputPixels: false });
}

async function fromSharp(picture: Sharp): Promise<Image> {
  const { data: raw, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 3) return { width, height, data: raw };
  // Four channels are RGB and alpha; one or two are grey, the second being alpha.
  const pixels = width * height;
  const data = new Uint8Array(pixels * 3);
  const step = channels > 2 ? 1 : 0;
  for (let i = 0; i < pixels; i++) {
    data[3 * i] = raw[channels * i]!;
    data[3 * i + 1] = raw[channels * i + step]!;
    data[3 * i + 2] = raw[channels * i + 2 * step]!;
  }
  if (channels === 1) return { width, height, data };
  const alpha = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) alpha[i] = raw[channels * i + channels - 1]!;
  return alpha.every((opacity) => opacity === 255) ? { width, height, data } : { width, height, data, alpha };
}

function decodeReason(error: unknown, bytes: Uint8Array): string {
  const rare = RARE_FORMATS[sniffExtension(bytes) ?? ''];
  if (rare) return `this build of libvips cannot read ${rare} pictures: convert it to JPEG first`;
  const message = firstLine(error);
  if (message.includes('unsupported image format')) return `not a picture (${readableNames} can be read)`;
  if (message.includes('pixel limit')) return 'it has more than 2^30 pixels';
  return `the picture is damaged or cut short (${message})`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
