/**
 * Makes the colourisation picture of docs/paper.md from our own rendered examples: npx tsx gallery/colour-picture.ts colour.onnx [OUT.jpg]
 * Above each example without its colours, below what the network makes of it.
 */
import { fileURLToPath } from 'node:url';
import { decodeImage, type Image, loadStyle, pictures, training } from 'fast-neural-style';
import { pictureGrid, writeJpeg } from './grid.js';

const [file, out] = process.argv.slice(2);
if (file === undefined) {
  console.error('error: the file of a colourisation network is needed (docs/paper.md says how to make one)');
  process.exit(2);
}
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const network = await loadStyle(file);
const [above, below]: [Image[], Image[]] = [[], []];
for (const name of ['harbour', 'mountains', 'still-life']) {
  const { width, height, data } = pictures.toPlanes(await decodeImage(here(`../examples/${name}.jpg`)));
  const { data: luma } = training.greyBatch({ shape: [1, 3, height, width], data });
  const grey = pictures.fromPlanes({ width, height, data: luma });
  above.push(grey);
  below.push(await network.stylize(grey));
}
await network.close();
const grid = await pictureGrid([above, below], { height: 260, gap: 8 });
await writeJpeg(grid, out ?? here('../docs/paper/colour.jpg'), 84);
