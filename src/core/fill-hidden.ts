import type { Image } from './image.js';

/** A reduced picture: mean colours of what can be seen, and how much of each pixel that is. */
interface Level {
  width: number;
  height: number;
  /** RGB interleaved. */
  colours: Float32Array;
  /** The sum of the opacities below each pixel; 0 where nothing can be seen. */
  weights: Float32Array;
}

/**
 * The picture with colours of its surroundings where it is wholly transparent, so that what a file hides there cannot
 * matter: a network looks at a pixel's neighbours. Each hidden pixel takes the colour of the finest of ever coarser
 * versions of the picture in which something can be seen near it (the "pull-push" of Gortler et al. 1996). Where nothing
 * can be seen at all it is grey. Visible pixels and the alpha stay as they are.
 *
 * @param image with any alpha; one without is given back as it is
 */
export function fillHidden(image: Image): Image {
  const { width, height, alpha } = image;
  if (!alpha?.includes(0)) return image;
  const data = image.data.slice();
  const coarse = filled(halved(image.width, image.height, (i) => alpha[i]!, image.data));
  const deep = image.deep?.slice();
  const colour = new Float32Array(3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (alpha[i] !== 0) continue;
      sample(coarse, x, y, colour);
      for (let c = 0; c < 3; c++) {
        data[3 * i + c] = Math.round(colour[c]!);
        if (deep) deep[3 * i + c] = Math.round(257 * colour[c]!);
      }
    }
  }
  return { ...image, data, ...(deep && { deep }) };
}

/** The level with colours everywhere, from coarser levels where it has none. */
function filled(level: Level): Level {
  const { width, height, colours, weights } = level;
  if (!weights.includes(0)) return level;
  if (width === 1 && height === 1) return { ...level, colours: new Float32Array(3).fill(128) };
  const coarse = filled(halved(width, height, (i) => weights[i]!, colours));
  const colour = new Float32Array(3);
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] !== 0) continue;
    sample(coarse, i % width, Math.floor(i / width), colour);
    colours.set(colour, 3 * i);
  }
  return level;
}

/** Half the size: each pixel the weighted mean of up to 2x2. */
function halved(
  width: number,
  height: number,
  weightOf: (index: number) => number,
  from: ArrayLike<number>,
): Level {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const colours = new Float32Array(3 * w * h);
  const weights = new Float32Array(w * h);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const weight = weightOf(i);
      if (weight === 0) continue;
      const to = (y >> 1) * w + (x >> 1);
      weights[to]! += weight;
      for (let c = 0; c < 3; c++) colours[3 * to + c]! += weight * from[3 * i + c]!;
    }
  }
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    for (let c = 0; c < 3; c++) colours[3 * i + c]! /= weights[i]!;
  }
  return { width: w, height: h, colours, weights };
}

/** The colour of a level at a pixel of the one twice its size, between its four nearest pixels. */
function sample({ width, height, colours }: Level, x: number, y: number, into: Float32Array): void {
  const [atX, atY] = [(x - 0.5) / 2, (y - 0.5) / 2];
  const [left, top] = [Math.floor(atX), Math.floor(atY)];
  into.fill(0);
  for (let dy = 0; dy < 2; dy++) {
    for (let dx = 0; dx < 2; dx++) {
      const share = (dx ? atX - left : 1 - atX + left) * (dy ? atY - top : 1 - atY + top);
      const column = Math.min(width - 1, Math.max(0, left + dx));
      const row = Math.min(height - 1, Math.max(0, top + dy));
      for (let c = 0; c < 3; c++) into[c]! += share * colours[3 * (row * width + column) + c]!;
    }
  }
}
