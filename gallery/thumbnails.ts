/**
 * Draws the small pictures of the shipped styles' textures, and the studio's first picture, from our own example photo:
 * npx tsx gallery/thumbnails.ts
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { files, loadStyle, starts } from 'fast-neural-style';
import sharp from 'sharp';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

await mkdir(here('../models/thumbnails'), { recursive: true });
for (const name of await starts.shippedStyles()) {
  const { bytes } = await starts.readStyleFile(name);
  if (files.decodeStyle(bytes, name).info.paintings) continue;
  await writeFile(here(`../models/thumbnails/${name}.webp`), await starts.drawThumbnail(bytes));
  console.log(name);
}

await mkdir(here('../studio/public/example'), { recursive: true });
/** The page is to be there at once, so its picture is no larger than most screens need. */
const [width, height] = [900, 600];
const photo = { width, height, data: await examplePixels() };
const stylizer = await loadStyle('scream');
const picture = await stylizer.stylize(photo);
await stylizer.close();
for (const [name, { data }] of Object.entries({ photo, picture })) {
  await sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 58, effort: 6 })
    .toFile(here(`../studio/public/example/${name}.webp`));
}

async function examplePixels(): Promise<Uint8Array> {
  const resized = sharp(here('../examples/harbour.jpg')).resize(width, height).removeAlpha().raw();
  return new Uint8Array(await resized.toBuffer());
}
