import type { Image } from './image.js';

/**
 * Gives each colour channel of a picture the distribution of values that the reference has, of whatever size (histogram
 * matching, as the paper does after super-resolution). The order of values stays; alpha stays.
 */
export function matchHistogram(image: Image, reference: Image): Image {
  const data = new Uint8Array(image.data.length);
  for (let channel = 0; channel < 3; channel++) {
    const own = cumulative(image, channel);
    const wanted = cumulative(reference, channel);
    const table = new Uint8Array(256);
    let target = 0;
    for (let value = 0; value < 256; value++) {
      // The middle of the value's own share, so that a picture matched with itself stays as it is.
      const share = (own[value]! + own[value + 1]!) / 2;
      while (target < 255 && wanted[target + 1]! < share) target++;
      table[value] = target;
    }
    for (let i = channel; i < data.length; i += 3) data[i] = table[image.data[i]!]!;
  }
  return { ...image, data };
}

/** The shares of a channel's values below 0, 1, ..., 256: 257 numbers from 0 to 1. */
function cumulative({ data }: Image, channel: number): Float64Array {
  const counts = new Float64Array(257);
  for (let i = channel; i < data.length; i += 3) counts[data[i]! + 1]! += 1;
  for (let value = 1; value <= 256; value++) counts[value]! += counts[value - 1]!;
  return counts.map((count) => count / counts[256]!);
}
