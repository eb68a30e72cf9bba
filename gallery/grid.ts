/** Pictures side by side and below each other, on white. */
import type { Image } from 'fast-neural-style';
import sharp, { type Sharp } from 'sharp';

/**
 * Puts pictures in rows.
 *
 * @param height of a row; pictures are resized to it
 * @param gap pixels between pictures
 */
export async function pictureGrid(
  rows: readonly (readonly Image[])[],
  { height, gap }: { height: number; gap: number },
): Promise<Sharp> {
  const layers: { input: Buffer; left: number; top: number }[] = [];
  let widest = 0;
  for (const [row, pictures] of rows.entries()) {
    let left = 0;
    for (const picture of pictures) {
      const raw = { width: picture.width, height: picture.height, channels: 3 as const };
      const width = Math.round((picture.width * height) / picture.height);
      const input = await sharp(picture.data, { raw }).resize(width, height).png().toBuffer();
      layers.push({ input, left, top: row * (height + gap) });
      left += width + gap;
    }
    widest = Math.max(widest, left - gap);
  }
  const whole = { width: widest, height: rows.length * (height + gap) - gap };
  const grid = sharp({ create: { ...whole, channels: 3, background: 'white' } }).composite(layers);
  // Composed now: what is asked of the result, such as another size, is done afterwards.
  return sharp(await grid.png().toBuffer());
}

/** Writes a grid as JPEG without halved chroma, which would smear painted strokes. */
export async function writeJpeg(grid: Sharp, path: string, quality: number): Promise<void> {
  await grid.jpeg({ quality, chromaSubsampling: '4:4:4' }).toFile(path);
}
