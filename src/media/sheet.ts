/** Several pictures in one. */
import type { Image } from '../core/image.js';

/** Pictures of one height side by side. A single one is returned as it is. */
export function sideBySide(pictures: readonly Image[]): Image {
  const first = pictures[0];
  if (!first) throw new Error('sideBySide: no picture');
  if (pictures.length === 1) return first;
  const { height } = first;
  const width = pictures.reduce((sum, picture) => sum + picture.width, 0);
  const data = new Uint8Array(width * height * 3);
  let left = 0;
  for (const picture of pictures) {
    if (picture.height !== height) throw new Error('sideBySide: the heights differ');
    const row = picture.width * 3;
    for (let y = 0; y < height; y++) {
      data.set(picture.data.subarray(y * row, (y + 1) * row), (y * width + left) * 3);
    }
    left += picture.width;
  }
  return { width, height, data };
}
