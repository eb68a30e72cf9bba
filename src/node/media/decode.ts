/** Picture files, read. */
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { FnsError, failure } from '../../core/errors.js';
import type { Image } from '../../core/image.js';
import type { Size } from '../../core/sizes.js';
import { type Carrier, readCarrier } from './carrier.js';
import { readOrdinaryFile } from './files.js';
import { RARE_FORMATS, sniffExtension } from './formats.js';
import { decodeToFile, type PixelFile } from './pixel-file.js';
import { fromInterleaved, fromSharp, fromSharpDeep } from './pixels.js';
import { hearWarnings, withWarnings } from './warnings.js';

const readableFormats: Record<string, { name: string; extension: string }> = {
  jpeg: { name: 'JPEG', extension: '.jpg' },
  png: { name: 'PNG', extension: '.png' },
  webp: { name: 'WebP', extension: '.webp' },
  heif: { name: 'AVIF', extension: '.avif' },
  tiff: { name: 'TIFF', extension: '.tif' },
  gif: { name: 'GIF', extension: '.gif' },
  jxl: { name: 'JPEG XL', extension: '.png' },
};
const readableNames = ['JPEG', 'PNG', 'WebP', 'AVIF', 'TIFF', 'GIF'].join(', ');

/** Larger pictures are more likely an attack or a mistake than a photo: 2^30 pixels are 3 GiB of RGB. */
const MOST_PIXELS = 2 ** 30;
/** From so many pixels on, a file that holds less than a byte for `BOMB_RATIO` of them is taken for a bomb. */
const BOMB_PIXELS = 2 ** 27;
const BOMB_RATIO = 250;
/** All frames of an animation together, which are in memory at once. */
const MOST_FRAME_PIXELS = 2 ** 28;
/** Milliseconds that sharp writes at most for a frame; files may have more. */
const MOST_DELAY = 65_535;

/** How a picture is decoded. */
export interface DecodeOptions {
  /**
   * Chooses the size to decode to from the picture's own size (after rotation). A JPEG is then decoded only as
   * finely as needed, several times faster than decoding all of a large photo and resizing it.
   */
  resize?: (size: Size) => Size;
  /** 16 for colours with 16 bits besides those with 8. Default 8. */
  depth?: 8 | 16;
  /** Leaves the colours as the file has them, in its profile's space, instead of converting them to sRGB. */
  keepProfile?: boolean;
  /** Told what is wrong with a picture that can be read nevertheless. */
  onWarning?: (message: string) => void;
}

/** How a picture file is decoded that is to be written again. */
export interface OpenOptions extends DecodeOptions {
  /** Tells whether all frames of an animation are wanted, from the extension of its format; otherwise the first. */
  allFrames?: (extension: string) => boolean;
  /** Keeps the EXIF and XMP data for the file that is written. */
  keepMetadata?: boolean;
  /** Tells whether the file that is written holds profiles and metadata, from the extension of this one's format. */
  holdsMetadata?: (extension: string) => boolean;
}

/** A picture file whose header was read. */
export interface OpenPicture {
  /** The size that it is decoded to, upright. */
  size: Size;
  /** Frames of an animation, or pages; 1 of an ordinary picture. */
  frames: number;
  /** The extension of its format, with its dot. */
  extension: string;
  /** What to know about it: pages that are left out. */
  notes: string[];
  decode(): Promise<DecodedPicture>;
  /** Decodes one frame to a temporary file, so that it need not be in memory; `frames` is that file. */
  decodeToFile(): Promise<Decoded<PixelFile>>;
}

/** When the frames of an animation are shown. */
export interface Timing {
  /** Milliseconds of each frame. */
  delay: number[];
  /** How often it runs; 0 without end. */
  loop: number;
}

/** A picture file that was decoded. */
export interface Decoded<Pixels> {
  frames: Pixels;
  timing?: Timing;
  /** What else the file holds and is to be kept. */
  carrier?: Carrier;
}

/** A picture that was decoded to memory: at least one frame, several of an animation. */
export type DecodedPicture = Decoded<Image[]>;

/**
 * Reads a picture file as 8-bit sRGB: turned upright by its EXIF orientation, an embedded colour profile applied,
 * grey, CMYK and 16-bit converted, alpha kept apart. JPEG, PNG, WebP, AVIF, TIFF and GIF, of several frames or pages the
 * first; a JPEG that lacks nothing but its end marker is taken with a warning.
 * Throws FnsError for a missing, empty, foreign, damaged or too large file.
 */
export async function decodeImage(path: string, options: DecodeOptions = {}): Promise<Image> {
  const picture = await openPicture(await readOrdinaryFile(path), path, options);
  return (await picture.decode()).frames[0]!;
}

/**
 * Tells whether a picture file holds one channel of grey (and perhaps alpha), instead of colours that happen to be
 * grey. Throws FnsError when it cannot be read.
 */
export async function isGreyFile(path: string): Promise<boolean> {
  return (await readHeader(await readOrdinaryFile(path), path)).channels <= 2;
}

/**
 * Opens a picture file: its header is read now, its pixels with `decode`.
 *
 * @param label the file's name in errors
 * @throws FnsError for a foreign, damaged or too large file.
 */
export async function openPicture(
  bytes: Uint8Array,
  label: string,
  options: OpenOptions = {},
): Promise<OpenPicture> {
  const header = await readHeader(bytes, label);
  const { width, height, pages = 1 } = header;
  const pixels = width * height;
  if (pixels > MOST_PIXELS) throw failure(`cannot read ${label}: it has more than 2^30 pixels`);
  if (pixels > BOMB_PIXELS && bytes.length * BOMB_RATIO < pixels) {
    throw failure(`cannot read ${label}: ${width}x${height} pixels in ${bytes.length} bytes are no photo`);
  }
  const isAnimation = pages > 1 && header.delay !== undefined;
  const size = options.resize?.(header.autoOrient) ?? header.autoOrient;
  const { extension } = readableFormats[header.format]!;
  const frames = isAnimation && options.allFrames?.(extension) ? pages : 1;
  if (frames > 1 && Math.max(pixels, size.width * size.height) * frames > MOST_FRAME_PIXELS) {
    throw failure(`cannot read ${label}: ${frames} frames of ${width}x${height} are more than 2^28 pixels`);
  }
  const notes: string[] = [];
  if (pages > frames)
    notes.push(`${label} has ${pages} ${isAnimation ? 'frames' : 'pages'}: the first is taken`);
  if (frames > 1 && Math.max(...header.delay!) > MOST_DELAY) {
    notes.push(`${label} shows frames longer than ${MOST_DELAY / 1000} seconds: they last that long`);
  }
  const { space = '', icc, exif, xmp } = header;
  const isHeld = options.holdsMetadata?.(extension) ?? true;
  const isRgb = ['srgb', 'rgb', 'rgb16'].includes(space);
  const keepProfile = options.keepProfile === true && icc !== undefined && isRgb && isHeld;
  const keepMetadata = options.keepMetadata === true && isHeld;
  if (options.keepProfile && icc && !keepProfile) {
    notes.push(
      isRgb
        ? `${label} has a colour profile, and the format of its picture holds none: colours are converted to sRGB`
        : `${label} has a profile for ${space} colours: they are converted to sRGB`,
    );
  }
  if (options.keepMetadata && !keepMetadata && (exif || xmp)) {
    notes.push(`${label} has EXIF or XMP data, and the format of its picture holds none: it is left out`);
  }
  return {
    size,
    frames,
    extension,
    notes,
    decode: () => decoded(pixelsOf),
    decodeToFile: () => decoded(decodeToFile),
  };

  /** Decodes to whatever is made of the pipeline. */
  async function decoded<Pixels>(take: (picture: Sharp) => Promise<Pixels>): Promise<Decoded<Pixels>> {
    const { resize, depth, onWarning } = options;
    const read = (from: Uint8Array, failOn: 'error' | 'warning') => {
      // 'error' refuses cut and broken files but not the harmless warnings that many cameras' files give.
      const picture = sharp(from, { failOn, limitInputPixels: MOST_PIXELS, animated: frames > 1 });
      hearWarnings(picture);
      if (frames === 1) picture.autoOrient();
      convert(picture, header, keepProfile, depth === 16);
      if (resize) picture.resize({ ...size, fit: 'fill' });
      return picture;
    };
    try {
      let pixels: Pixels;
      try {
        const tell = (text: string) => onWarning?.(`${label}: ${text}`);
        pixels = await withWarnings(tell, () => take(read(bytes, 'error')));
      } catch (error) {
        const whole = header.format === 'jpeg' ? withEndMarker(bytes) : undefined;
        if (!whole) throw error;
        pixels = await take(read(whole, 'warning')).catch(() => {
          throw error;
        });
        onWarning?.(`${label} lacks its end marker; all of its rows are there`);
      }
      return {
        frames: pixels,
        ...(frames > 1 && { timing: timingOf(header) }),
        ...((keepProfile || keepMetadata) && {
          carrier: await readCarrier(bytes, { profile: keepProfile, metadata: keepMetadata }),
        }),
      };
    } catch (error) {
      if (error instanceof FnsError) throw error;
      throw failure(`cannot read ${label}: ${decodeReason(error, bytes)}`, error);
    }
  }

  async function pixelsOf(picture: Sharp): Promise<Image[]> {
    if (frames > 1) return framesOf(picture);
    if (options.depth !== 16) return [await fromSharp(picture)];
    if (isDeep(header)) return [await fromSharpDeep(picture)];
    const image = await fromSharp(picture);
    return [{ ...image, deep: Uint16Array.from(image.data, (value) => 257 * value) }];
  }
}

/** The upright size of the picture in an ordinary file, and its frames; undefined for what is no picture. */
export async function pictureSize(path: string): Promise<(Size & { frames: number }) | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
    const { autoOrient, pages = 1, delay } = await sharp(path).metadata();
    return { ...autoOrient, frames: delay ? pages : 1 };
  } catch {
    return undefined;
  }
}

/** Reads the header of a picture of a known format. */
async function readHeader(bytes: Uint8Array, label: string): Promise<Metadata> {
  if (bytes.length === 0) throw failure(`cannot read ${label}: the file is empty (0 bytes)`);
  try {
    // Always from bytes: given a path, libvips may answer from its cache with the file's earlier content.
    const header = await sharp(bytes, { failOn: 'error', limitInputPixels: MOST_PIXELS }).metadata();
    if (!(header.format in readableFormats)) {
      throw failure(
        `cannot read ${label}: ${header.format} pictures are not supported, only ${readableNames}`,
      );
    }
    return header;
  } catch (error) {
    if (error instanceof FnsError) throw error;
    throw failure(`cannot read ${label}: ${decodeReason(error, bytes)}`, error);
  }
}

function isDeep({ depth }: Metadata): boolean {
  return depth !== 'uchar' && depth !== 'char';
}

/** Lets sharp convert a picture to sRGB, or leave its colours as they are. */
function convert(picture: Sharp, header: Metadata, keepProfile: boolean, wantsDeep: boolean): void {
  picture.toColourspace(wantsDeep && isDeep(header) ? 'rgb16' : 'srgb');
  if (keepProfile) picture.keepIccProfile();
  // sharp converts pictures of 16 bits to Display P3 first; the 8 bits would stay there.
  else if (header.icc && isDeep(header)) picture.withIccProfile('srgb', { attach: false });
}

function timingOf({ delay = [], loop = 0 }: Metadata): Timing {
  return {
    delay: delay.map((each) => Math.min(MOST_DELAY, Math.max(0, each))),
    loop: Math.min(65_535, loop),
  };
}

/** The frames of an animation, which sharp gives one below the other. */
async function framesOf(picture: Sharp): Promise<Image[]> {
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, channels } = info;
  const height = info.pageHeight ?? info.height;
  const bytes = width * height * channels;
  return Array.from({ length: Math.round(data.length / bytes) }, (_, i) =>
    fromInterleaved(data.subarray(i * bytes, (i + 1) * bytes), { width, height, channels }),
  );
}

/** A JPEG that does not end as one, with its end marker. */
function withEndMarker(bytes: Uint8Array): Uint8Array | undefined {
  const [before, last] = bytes.subarray(-2);
  if (before === 0xff && last === 0xd9) return undefined;
  return Buffer.concat([bytes, Buffer.from(last === 0xff ? [0xd9] : [0xff, 0xd9])]);
}

function decodeReason(error: unknown, bytes: Uint8Array): string {
  const rare = RARE_FORMATS[sniffExtension(bytes) ?? ''];
  if (rare) return `this build of libvips cannot read ${rare} pictures: convert it to JPEG first`;
  const message = (error instanceof Error ? error.message : String(error)).trim().split('\n')[0]!;
  if (message.includes('unsupported image format')) return `not a picture (${readableNames} can be read)`;
  if (message.includes('pixel limit')) return 'it has more than 2^30 pixels';
  if (message.includes('unable to write')) {
    return `its pixels do not fit into the folder of temporary files, ${tmpdir()} (${message})`;
  }
  return `the picture is damaged or cut short (${message})`;
}
