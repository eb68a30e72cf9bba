/** What a style paints where there is nothing to be seen. */
import { fractalNoise } from '../core/fractal-noise.js';
import type { Image } from '../core/image.js';
import { centreCrop } from '../core/rectangles.js';
import type { Stylizer } from './stylizer.js';

/** What is drawn around the part that is kept: what a style does at borders is not its texture. */
const BORDER = 32;

/**
 * Draws a square sample of a style's texture, from clouds; of a network of several paintings that of the first.
 *
 * @param side in pixels
 */
export async function styleTexture(stylizer: Stylizer, side: number): Promise<Image> {
  const drawn = side + 2 * BORDER;
  const [first] = stylizer.paintings ?? [];
  const mix = first === undefined ? {} : { mix: { [first]: 1 } };
  return centreCrop(await stylizer.stylize(fractalNoise(drawn, drawn, 0), mix), side, side);
}
