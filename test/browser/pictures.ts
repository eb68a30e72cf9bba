import type { Image } from '../../src/core/image.js';
import type { StyleShare } from '../../src/stylize/blend.js';
import type { StyleChoice } from '../../src/stylize/stylizer.js';
import { goldenValues } from '../golden/values.js';

/**
 * Pictures of waves and noise around `mean`, by name. Odd sizes are continued inside the style file; flat ones test its
 * normalisation.
 */
const PICTURES: Record<
  string,
  { width: number; height: number; mean: number; waves: number; noise: number }
> = {
  even: { width: 64, height: 48, mean: 127, waves: 60, noise: 60 },
  odd: { width: 37, height: 23, mean: 127, waves: 60, noise: 60 },
  smooth: { width: 64, height: 48, mean: 127, waves: 60, noise: 0 },
  bright: { width: 64, height: 48, mean: 250, waves: 1, noise: 1 },
  white: { width: 64, height: 48, mean: 255, waves: 0, noise: 0 },
};

/** A picture that Node and the browser both make. */
export function testPicture(name: string): Image {
  const { width, height, mean, waves, noise } = PICTURES[name]!;
  const random = goldenValues(width * height * 3, 9);
  const data = random.map((v, i) => {
    const pixel = Math.floor(i / 3);
    const wave = Math.sin((pixel % width) / 7 + (i % 3)) + Math.cos(pixel / width / 5);
    return Math.round(mean + (waves * wave) / 2 + noise * v);
  });
  return { width, height, data: Uint8Array.from(data) };
}

/** Styles with unequal shares. */
export function testBlend(styles: readonly Uint8Array[]): StyleShare[] {
  return styles.map((style, i) => ({ style, share: i + 1 }));
}

/** Colours, strength, strokes and a mask with a smooth edge, of another size than the picture. */
export function testLook(strokeSize: number): StyleChoice {
  const [width, height] = [9, 7];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => 28 * (Math.floor(i / 3) % width));
  return { colours: 'match', strength: 0.8, strokeSize, mask: { width, height, data } };
}
