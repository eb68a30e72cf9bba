/** The brightness of colours by ITU-R BT.601, in its two ranges. Colours are 0..255. */

/** The luma 0..255 of full range, as JPEG has it. */
export function fullRangeLuma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/**
 * The luma 16..235 of video, as MATLAB's `rgb2ycbcr` has it before it rounds. Papers on super-resolution compare this
 * one.
 */
export function videoRangeLuma(red: number, green: number, blue: number): number {
  return 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255;
}
