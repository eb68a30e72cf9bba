/**
 * Draws the picture of README: styles across, first the texture that each stands for, and our own example pictures
 * down.
 */
import { fileURLToPath } from 'node:url';
import { decodeImage, loadStyle, pictures } from 'fast-neural-style';
import sharp, { type OverlayOptions } from 'sharp';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const STYLES = ['wave', 'starry', 'scream', 'composition', 'delaunay', 'shipwreck'];
const EXAMPLES = ['harbour', 'mountains', 'still-life'];
const CELL = 220;
const GAP = 6;
/** Pictures are stylised larger than they are shown. */
const DETAIL = 3;

type Picture = Awaited<ReturnType<typeof decodeImage>>;

/** The middle of a picture as a square cell. */
function cell({ data, width, height }: Picture): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(CELL, CELL, { fit: 'cover' })
    .png()
    .toBuffer();
}

const layers: OverlayOptions[] = [];
const place = (input: Buffer, column: number, row: number) =>
  layers.push({ input, left: column * (CELL + GAP), top: row * (CELL + GAP) });
const photos = await Promise.all(
  EXAMPLES.map((name) => decodeImage(here(`../examples/${name}.jpg`), { resize: shrunk })),
);
for (const [row, photo] of photos.entries()) place(await cell(photo), 0, row + 1);
for (const [i, name] of STYLES.entries()) {
  const stylizer = await loadStyle(name);
  const side = DETAIL * CELL;
  place(await cell(await stylizer.stylize(pictures.fractalNoise(side, side, 0))), i + 1, 0);
  for (const [row, photo] of photos.entries())
    place(await cell(await stylizer.stylize(photo)), i + 1, row + 1);
  await stylizer.close();
}
const width = (STYLES.length + 1) * (CELL + GAP) - GAP;
const height = (EXAMPLES.length + 1) * (CELL + GAP) - GAP;
await sharp({ create: { width, height, channels: 3, background: 'white' } })
  .composite(layers)
  .jpeg({ quality: 76, chromaSubsampling: '4:4:4' })
  .toFile(here('../docs/grid.jpg'));

function shrunk(own: { width: number; height: number }) {
  return pictures.withShorterSide(own, DETAIL * CELL);
}
