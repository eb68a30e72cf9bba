// Variants of a painting: cut, turned and in other colours. They give the network of many paintings more to learn than a dozen paintings have.
import sharp from 'sharp';
import { combineSeeds, randomGenerator } from '../dist/core/random.js';

/** Orders of red, green and blue but the usual one. */
const ORDERS = [
  [1, 2, 0],
  [2, 0, 1],
  [1, 0, 2],
  [2, 1, 0],
  [0, 2, 1],
];

/**
 * Variant `number` (0, 1, ...) of a painting, the same on every call: a square of 60 to 100 % of its shorter side, turned and mirrored, with its colour
 * channels in another order; the odd ones are negatives too.
 *
 * @param path the painting
 * @param side of the result in pixels
 * @param place of the painting among all, so that each gets variants of its own
 * @returns planes `[3, side, side]`, RGB 0..255, as `square` of bench/judge.mjs
 */
export async function variant(path, side, place, number) {
  const random = randomGenerator(combineSeeds(0x7a41, place, number));
  const oriented = await sharp(path)
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .toBuffer();
  const { width, height } = await sharp(oriented).metadata();
  const cut = Math.floor(Math.min(width, height) * (0.6 + 0.4 * random()));
  const left = Math.floor((width - cut + 1) * random());
  const top = Math.floor((height - cut + 1) * random());
  const turns = Math.floor(4 * random());
  const pixels = await sharp(oriented)
    .extract({ left, top, width: cut, height: cut })
    .resize(side, side)
    .removeAlpha()
    .raw()
    .toBuffer();
  const order = ORDERS[(place + number) % ORDERS.length];
  const isNegative = number % 2 === 1;
  const data = new Float32Array(3 * side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [column, row] = turned(x, y, side, turns);
      for (let c = 0; c < 3; c++) {
        const value = pixels[(row * side + column) * 3 + order[c]];
        data[(c * side + y) * side + x] = isNegative ? 255 - value : value;
      }
    }
  }
  return { width: side, height: side, data };
}

/** Where the pixel of a square comes from that is turned by quarters; odd turns are mirrored. */
function turned(x, y, side, turns) {
  const last = side - 1;
  return [
    [x, y],
    [last - y, last - x],
    [last - x, last - y],
    [y, x],
  ][turns];
}
