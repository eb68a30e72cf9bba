import type { Image } from './image.js';

/** The values of a picture's colour channels, counted. */
export interface Histogram {
  /** Adds a picture's pixels. */
  add(image: Image): void;
  /** The shares of a channel's values below 0, 1, ..., 256: 257 numbers from 0 to 1. */
  cumulative(channel: number): Float64Array;
}

/** A histogram of nothing yet. */
export function histogram(): Histogram {
  const counts = [0, 1, 2].map(() => new Float64Array(257));
  return {
    add({ data }) {
      for (let i = 0; i < data.length; i++) counts[i % 3]![data[i]! + 1]! += 1;
    },
    cumulative(channel) {
      const sums = counts[channel]!.slice();
      for (let value = 1; value <= 256; value++) sums[value]! += sums[value - 1]!;
      return sums.map((sum) => sum / sums[256]!);
    },
  };
}

/**
 * Gives each colour channel of a picture the distribution of values that the reference has, of whatever size (histogram
 * matching, as the paper does after super-resolution). The order of values stays; alpha stays.
 */
export function matchHistogram(image: Image, reference: Image): Image {
  const [own, wanted] = [histogram(), histogram()];
  own.add(image);
  wanted.add(reference);
  return throughTables(image, matchingTables(own, wanted));
}

/** For each channel the value that takes the place of each: the picture then has the distribution that is wanted. */
export function matchingTables(own: Histogram, wanted: Histogram): Uint8Array[] {
  return [0, 1, 2].map((channel) => {
    const [from, to] = [own.cumulative(channel), wanted.cumulative(channel)];
    const table = new Uint8Array(256);
    let target = 0;
    for (let value = 0; value < 256; value++) {
      // The middle of the value's own share, so that a picture matched with itself stays as it is.
      const share = (from[value]! + from[value + 1]!) / 2;
      while (target < 255 && to[target + 1]! < share) target++;
      table[value] = target;
    }
    return table;
  });
}

/** A picture whose values are looked up in the tables of their channels. */
export function throughTables(image: Image, tables: readonly Uint8Array[]): Image {
  return { ...image, data: image.data.map((value, i) => tables[i % 3]![value]!) };
}
