import type { Image } from '../core/image.js';

/** The share of a picture's pixels, 0..1, that are black (all channels 0) or white (all channels 255). */
export function burntShare({ data }: Image): number {
  let burnt = 0;
  for (let i = 0; i < data.length; i += 3) {
    const value = data[i]!;
    if ((value === 0 || value === 255) && data[i + 1] === value && data[i + 2] === value) burnt++;
  }
  return (3 * burnt) / data.length;
}
