/** Makes the README's picture from our own rendered example and the shipped styles: npx tsx gallery/readme-picture.ts [OUT.jpg] */
import { fileURLToPath } from 'node:url';
import { decodeImage, stylize } from 'fast-neural-style';
import { pictureGrid, writeJpeg } from './grid.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const photo = await decodeImage(here('../examples/harbour.jpg'));
const row = [photo, await stylize(photo, 'wave'), await stylize(photo, 'starry')];
const grid = await pictureGrid([row], { height: photo.height, gap: 16 });
await writeJpeg(grid.resize(1800), process.argv[2] ?? here('../docs/harbour.jpg'), 88);
