// Makes the colourisation picture of paper.md from our own rendered examples: node docs/make-colour.mjs colour.onnx (after npm run build). Above each
// example without its colours, below what the network makes of it.
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { decodeImage, fromPlanes, loadStyle, toPlanes } from '../dist/api/node.js';
import { greyBatch } from '../dist/train/degrade.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [HEIGHT, GAP] = [260, 8];
const network = await loadStyle(process.argv[2]);
const layers = [];
let left = 0;
for (const name of ['harbour', 'mountains', 'still-life']) {
  const photo = await decodeImage(here(`../examples/${name}.jpg`));
  const { width, height } = photo;
  const grey = fromPlanes({ width, height, data: greyBatch(toPlanes(photo).data, height, width) });
  const own = Math.round((width * HEIGHT) / height);
  for (const [row, { data }] of [grey, await network.stylize(grey)].entries()) {
    const input = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(own, HEIGHT)
      .png()
      .toBuffer();
    layers.push({ input, left, top: row * (HEIGHT + GAP) });
  }
  left += own + GAP;
}
await network.close();
await sharp({
  create: { width: left - GAP, height: 2 * HEIGHT + GAP, channels: 3, background: 'white' },
})
  .composite(layers)
  .jpeg({ quality: 84, chromaSubsampling: '4:4:4' })
  .toFile(here('paper/colour.jpg'));
