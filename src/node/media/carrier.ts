import sharp, { type Sharp } from 'sharp';

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
 * @param pixels RGB or RGBA, 8 or 16 bits each
 */
export async function withCarrier(
  carrier: Carrier,
  pixels: Uint8Array | Uint16Array,
  { width, height, channels }: { width: number; height: number; channels: 3 | 4 },
): Promise<Sharp> {
  const space = pixels instanceof Uint16Array ? 'rgb16' : 'srgb';
  const pixel = sharp(carrier.bytes).toColourspace(space).keepMetadata();
  const black = await (channels === 4 ? pixel.ensureAlpha(0) : pixel).png().toBuffer();
  // Black grows to the picture's size, and each pixel's bits are joined with it: the result is the picture exactly.
  return (
    sharp(black)
      .pipelineColourspace(space)
      // Typed arrays are taken too, and their type is the depth.
      .boolean(pixels as Buffer, 'or', { raw: { width, height, channels } })
      .toColourspace(space)
      .keepMetadata()
  );
}
