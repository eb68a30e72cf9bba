import sharp, { type Sharp } from 'sharp';
import type { PixelLayout } from './pixel-file.js';

/** What is kept of a picture's file besides its pixels: its colour profile, its EXIF and XMP data. */
export interface Carrier {
  /** A picture of one black pixel that carries these. */
  bytes: Uint8Array;
}

/**
 * Reads what is to be kept of a picture's file. The orientation becomes 1, because pictures are turned upright.
 *
 * @param bytes of the file
 */
export async function readCarrier(
  bytes: Uint8Array,
  { profile, metadata }: { profile?: boolean; metadata?: boolean },
): Promise<Carrier> {
  const pixel = sharp(bytes, { limitInputPixels: false, failOn: 'none' })
    .autoOrient()
    .extract({ left: 0, top: 0, width: 1, height: 1 })
    .removeAlpha()
    .toColourspace('srgb')
    .linear(0, 0);
  if (profile) pixel.keepIccProfile();
  if (metadata) pixel.keepExif().keepXmp();
  return { bytes: await pixel.png().toBuffer() };
}

/**
 * A picture whose file will carry what a carrier has.
 *
 * @param pixels RGB or RGBA, 8 or 16 bits each, or the path of a file of pixels
 * @param layout of the pixels; frames of an animation lie one below the other, `pageHeight` rows each
 */
export async function withCarrier(
  carrier: Carrier,
  pixels: Uint8Array | Uint16Array | string,
  { width, height, channels, depth, pageHeight }: PixelLayout & { pageHeight?: number },
): Promise<Sharp> {
  const space = depth === 16 ? 'rgb16' : 'srgb';
  const pixel = sharp(carrier.bytes).toColourspace(space).keepMetadata();
  const black = await (channels === 4 ? pixel.ensureAlpha(0) : pixel).png().toBuffer();
  // Black grows to the picture's size, and each pixel's bits are joined with it: the result is the picture exactly.
  const grown = sharp(black).pipelineColourspace(space);
  if (typeof pixels === 'string') grown.boolean(pixels, 'or');
  else {
    const raw = { width, height, channels, pageHeight };
    // Typed arrays are taken too, and their type is the depth.
    grown.boolean(pixels as Buffer, 'or', { raw });
  }
  return grown.toColourspace(space).keepMetadata();
}
