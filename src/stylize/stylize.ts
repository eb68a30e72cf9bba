import type { Image } from '../core/image.js';
import { openStylizer, type StyleInput, type StylizerOptions } from './stylizer.js';

/**
 * Applies a style to one picture. For several pictures open a stylizer once and use it for all.
 *
 * @param image RGB 0..255
 * @param style the bytes of a style file, or a blend of several
 * @returns a picture of the same size; alpha is kept
 */
export async function stylizeWith(image: Image, style: StyleInput, options: StylizerOptions): Promise<Image> {
  const stylizer = await openStylizer(style, 'the style', options);
  try {
    return await stylizer.stylize(image);
  } finally {
    await stylizer.close();
  }
}
