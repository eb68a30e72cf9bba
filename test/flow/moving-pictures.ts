/** Pictures whose motion is known. */
import type { Image } from '../../src/core/image.js';

function picture(width: number, height: number, colour: (x: number, y: number) => number[]): Image {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) data.set(colour(x, y), at);
  }
  return { width, height, data };
}

const texture = (x: number, y: number) =>
  128 + 45 * Math.sin(0.31 * x + 0.13 * y) + 35 * Math.sin(0.17 * y - 0.23 * x) + 30 * Math.sin(0.45 * y);

/** Waves of 160x120 pixels, moved to the right and down. */
export function waves(right: number, down: number): Image {
  return picture(160, 120, (x, y) => {
    const value = texture(x - right, y - down);
    return [value, 255 - value, 0.5 * value];
  });
}

/** A bright textured square of 40 pixels, from x on, before waves that stand still; 160x120 pixels. */
export function squareSeen(from: number): Image {
  return picture(160, 120, (x, y) => {
    const inside = x >= from && x < from + 40 && y >= 40 && y < 80;
    const value = inside ? 190 + 60 * Math.sin(1.1 * (x - from)) * Math.sin(0.9 * y) : 0.6 * texture(x, y);
    return [value, value, value];
  });
}
