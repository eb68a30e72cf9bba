/** Picture files, written. */
import { extname } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { badOption, type FnsError, failure, usage } from '../../core/errors.js';
import { flattenOverWhite, type Image } from '../../core/image.js';
import type { Size } from '../../core/sizes.js';
import { type Carrier, withCarrier } from './carrier.js';
import type { Timing } from './decode.js';
import { writeFileAtomically } from './files.js';
import type { PixelFile } from './pixel-file.js';
import { interleaved, interleavedDeep } from './pixels.js';
import { hearWarnings } from './warnings.js';

/** How `encodeImage` encodes. */
export interface EncodeOptions {
  /** 1..100 for JPEG, WebP and AVIF. Default 92. PNG and TIFF lose nothing. */
  quality?: number;
  /** Bits of a channel: 8, or 16 in PNG and TIFF. Default 8. */
  depth?: 8 | 16;
  /** The photo's profile, EXIF and XMP data, to be kept. */
  carrier?: Carrier;
  /** Called with the number of the file's bytes before it takes its place. */
  beforeWrite?: (bytes: number) => Promise<void> | undefined;
}

interface Settings extends Partial<Timing> {
  quality: number;
  /** Encodes row by row where the format can. */
  isLarge?: boolean;
}

const jpeg = (picture: Sharp, { quality, isLarge = false }: Settings) =>
  // 4:4:4, because painted strokes have sharp colour edges that halved chroma would smear. For the best code tables
  // libjpeg holds the whole picture.
  picture.jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: !isLarge });
const tiff = (picture: Sharp) => picture.tiff({ compression: 'deflate', predictor: 'horizontal' });

const encoders: Record<string, (picture: Sharp, settings: Settings) => Sharp> = {
  '.jpg': jpeg,
  '.jpeg': jpeg,
  '.png': (picture) => picture.png(),
  '.webp': (picture, { quality, delay, loop }) =>
    picture.webp({ quality, smartSubsample: true, ...(delay && { delay, loop }) }),
  '.avif': (picture, { quality }) => picture.avif({ quality, chromaSubsampling: '4:4:4' }),
  '.tif': tiff,
  '.tiff': tiff,
  '.gif': (picture, { delay, loop }) => picture.gif({ ...(delay && { delay, loop }) }),
};

/** The longest side that a format can hold. */
const LONGEST_SIDE: Readonly<Record<string, number>> = {
  '.jpg': 65500,
  '.jpeg': 65500,
  '.webp': 16383,
  '.avif': 16384,
  '.gif': 65535,
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

/** Tells whether two extensions, with their dots, are of one format. */
export function isSameFormat(a: string, b: string): boolean {
  return encoders[a.toLowerCase()] === encoders[b.toLowerCase()];
}

/**
 * Checks that a format can hold a picture of a size.
 *
 * @throws FnsError when a side is too long.
 */
export function requireFittingSize(path: string, { width, height }: Size): void {
  const extension = extname(path).toLowerCase();
  const longest = LONGEST_SIDE[extension];
  if (longest === undefined || Math.max(width, height) <= longest) return;
  throw failure(
    `cannot write ${path}: ${width}x${height} pixels as ${extension}, whose sides end at ${longest}; .png and .tiff take more`,
  );
}

/**
 * Checks that a format has so many bits a channel.
 *
 * @throws FnsError (usage)
 */
export function requireDepth(path: string, depth: number): void {
  if (depth !== 8 && depth !== 16) throw badOption('depth', `8 or 16 is needed, got ${depth}`);
  if (depth === 16 && !/\.(png|tiff?)$/i.test(path)) {
    throw badOption('depth', `only .png and .tiff hold 16 bits, got ${path}`);
  }
}

/** Tells whether a file of this name can hold an animation. */
export function holdsAnimation(path: string): boolean {
  return /\.(gif|webp)$/i.test(path);
}

/** Tells whether a file of this name can hold a colour profile, and EXIF or XMP data. */
export function holdsMetadata(path: string): boolean {
  return !/\.gif$/i.test(path);
}

/**
 * Writes a picture in the format of `path`'s extension, whole or not at all. JPEG has no alpha: transparent parts
 * become white. Throws a usage error for an unknown extension, quality or depth, FnsError when the
 * format cannot hold the picture or the file cannot be written.
 */
export async function encodeImage(path: string, image: Image, options: EncodeOptions = {}): Promise<void> {
  await encodeFrames(path, [image], undefined, options);
}

/**
 * Writes frames of one size as an animation, or one as a picture; as `encodeImage`.
 *
 * @param timing of several frames
 */
export async function encodeFrames(
  path: string,
  frames: readonly Image[],
  timing: Timing | undefined,
  options: EncodeOptions = {},
): Promise<void> {
  requireWritableExtension(path);
  const bytes = await pictureBytes(path, frames, timing, options);
  await options.beforeWrite?.(bytes.length);
  await writeFileAtomically(path, bytes);
}

/** The bytes of a picture file of a name; as `encodeFrames`. */
export async function pictureBytes(
  path: string,
  frames: readonly Image[],
  timing: Timing | undefined,
  { quality = 92, depth = 8, carrier }: EncodeOptions = {},
): Promise<Uint8Array> {
  requireQuality(quality);
  requireDepth(path, depth);
  const extension = extname(path).toLowerCase();
  const first = frames[0]!;
  requireFittingSize(path, first);
  const isJpeg = extension === '.jpg' || extension === '.jpeg';
  try {
    const picture =
      frames.length > 1
        ? await joined(frames, carrier)
        : await single(isJpeg ? flattenOverWhite(first) : first, depth, carrier);
    return await hearWarnings(encoders[extension]!(picture, { quality, ...timing })).toBuffer();
  } catch (error) {
    throw encodeFailure(path, first, error);
  }
}

/**
 * Writes a picture that is in a file of pixels, row by row where the format can; otherwise as `encodeImage`.
 */
export async function encodePixelFile(
  path: string,
  pixels: PixelFile,
  { quality = 92, depth = 8, carrier, beforeWrite }: EncodeOptions = {},
): Promise<void> {
  requireWritableExtension(path);
  const picture = await pixelFilePicture(path, pixels, { quality, depth, carrier });
  await writeFileAtomically(path, async (temporary) => {
    const { size } = await picture.toFile(temporary).catch((error) => {
      throw encodeFailure(path, pixels, error);
    });
    await beforeWrite?.(size);
  });
}

/** The bytes of a picture file of a name; as `encodePixelFile`. */
export async function pixelFileBytes(
  path: string,
  pixels: PixelFile,
  { quality = 92, depth = 8, carrier }: EncodeOptions = {},
): Promise<Uint8Array> {
  const picture = await pixelFilePicture(path, pixels, { quality, depth, carrier });
  return picture.toBuffer().catch((error) => {
    throw encodeFailure(path, pixels, error);
  });
}

async function pixelFilePicture(
  path: string,
  pixels: PixelFile,
  { quality, depth, carrier }: Required<Pick<EncodeOptions, 'quality' | 'depth'>> & EncodeOptions,
): Promise<Sharp> {
  requireQuality(quality);
  requireDepth(path, depth);
  requireFittingSize(path, pixels);
  const extension = extname(path).toLowerCase();
  const picture = carrier
    ? await withCarrier(carrier, pixels.path, pixels)
    : sharp(pixels.path, { limitInputPixels: false });
  if (extension === '.jpg' || extension === '.jpeg') picture.flatten({ background: 'white' });
  if (pixels.depth === 16) picture.toColourspace('rgb16');
  return hearWarnings(encoders[extension]!(picture, { quality, isLarge: true }));
}

function requireQuality(quality: number): void {
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw usage(`quality is ${quality}, it must be a whole number from 1 to 100`);
  }
}

function encodeFailure(path: string, { width, height }: Size, error: unknown): FnsError {
  const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
  const what = `${width}x${height} pixels as ${extname(path).toLowerCase()}`;
  return failure(`cannot write ${path}: ${what}: ${reason}`, error);
}

async function single(image: Image, depth: 8 | 16, carrier: Carrier | undefined): Promise<Sharp> {
  const pixels = depth === 16 ? interleavedDeep(image) : interleaved(image);
  const layout = {
    width: image.width,
    height: image.height,
    channels: image.alpha ? 4 : 3,
  } as const;
  if (carrier) return withCarrier(carrier, pixels, { ...layout, depth });
  const picture = sharp(pixels, { raw: layout, limitInputPixels: false });
  return depth === 16 ? picture.toColourspace('rgb16') : picture;
}

/** Frames one below the other, as sharp takes an animation. */
async function joined(frames: readonly Image[], carrier: Carrier | undefined): Promise<Sharp> {
  const { width, height } = frames[0]!;
  const opaque = new Uint8Array(width * height).fill(255);
  const rows = frames.map((frame) => interleaved({ ...frame, alpha: frame.alpha ?? opaque }));
  const raw = { width, height: height * frames.length, channels: 4, pageHeight: height } as const;
  const pixels = Buffer.concat(rows);
  if (carrier) return withCarrier(carrier, pixels, { ...raw, depth: 8 });
  return sharp(pixels, { raw, limitInputPixels: false });
}
