/** A picture in sRGB, rows from top to bottom. */
export interface Image {
  width: number;
  height: number;
  /** RGB interleaved, 0..255: `width * height * 3` bytes. */
  data: Uint8Array;
  /** The same colours with 16 bits, 0..65535, where more than 8 are wanted. What does not know it leaves it out. */
  deep?: Uint16Array;
  /** Opacity, 0 transparent to 255 opaque: `width * height` bytes. Absent when the picture is opaque. */
  alpha?: Uint8Array;
}

/** The picture without alpha: transparent parts show white. */
export function flattenOverWhite({ width, height, data, alpha }: Image): Image {
  if (!alpha) return { width, height, data };
  const flat = new Uint8Array(data.length);
  for (let i = 0; i < flat.length; i++) {
    const opacity = alpha[Math.floor(i / 3)]! / 255;
    flat[i] = Math.round(255 + (data[i]! - 255) * opacity);
  }
  return { width, height, data: flat };
}
