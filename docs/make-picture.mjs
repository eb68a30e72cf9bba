// Makes the README's picture from our own rendered example and the shipped styles: node docs/make-picture.mjs (after npm run build).
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { decodeImage, stylize } from '../dist/api/node.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const photo = await decodeImage(here('../examples/harbour.jpg'));
const { width, height } = photo;
const pictures = [photo, await stylize(photo, 'wave'), await stylize(photo, 'starry')];
const gap = 16;
const layers = [];
for (const [i, { data }] of pictures.entries()) {
  const input = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  layers.push({ input, left: i * (width + gap), top: 0 });
}
const strip = await sharp({
  create: { width: 3 * width + 2 * gap, height, channels: 3, background: 'white' },
})
  .composite(layers)
  .png()
  .toBuffer();
await sharp(strip).resize(1800).jpeg({ quality: 88, chromaSubsampling: '4:4:4' }).toFile(here('harbour.jpg'));
