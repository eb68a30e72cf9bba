/** A picture in sRGB, rows from top to bottom. */
export interface Image {
  width: number;
  height: number;
  /** RGB interleaved, 0..255: `width * height * 3` bytes. */
  data: Uint8Array;
  /** Opacity, 0 transparent to 255 opaque: `width * height` bytes. Absent when the picture is opaque. */
  alpha?: Uint8Array;
}
