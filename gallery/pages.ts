/**
 * Draws docs/gallery.md and its pictures from the shipped styles and our own example pictures: npx tsx gallery/pages.ts [FOLDER]
 * FOLDER is docs/ unless told otherwise. The objective ratios are those of ratios.json, which `make.ts judge` writes.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeImage, files, loadStyle, pictures, starts } from 'fast-neural-style';
import { pictureGrid, writeJpeg } from './grid.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const docs = process.argv[2] ?? here('../docs');
const HEIGHT = 300;
const examples = await Promise.all(
  ['harbour', 'mountains', 'still-life'].map((name) => decodeImage(here(`../examples/${name}.jpg`))),
);
// What `fns reconstruct texture` shows each style.
const clouds = pictures.fractalNoise(2 * HEIGHT, 2 * HEIGHT, 0);
const notice = await readFile(here('../NOTICE'), 'utf8');
const ratios: Record<string, number> = JSON.parse(
  await readFile(here('ratios.json'), 'utf8').catch(() => '{}'),
);

async function writeStrip(row: Parameters<typeof pictureGrid>[0][number], name: string): Promise<void> {
  const grid = await pictureGrid([row], { height: HEIGHT, gap: 8 });
  await writeJpeg(grid, join(docs, 'gallery', `${name}.jpg`), 82);
}

await mkdir(join(docs, 'gallery'), { recursive: true });
await writeStrip(examples, 'examples');
const lines = [
  '# Gallery',
  '',
  'The styles that come with the program, on our own rendered examples. `fns stylize photo.jpg -s NAME -o out.jpg` applies one.',
  'First the texture that it stands for (`fns reconstruct texture NAME`), then the pictures.',
  'The number is the training objective of the pictures as a share of the untouched photos’, the mean over 20 photos that no style was trained',
  'on, at 256x256: 1 would be no change, lower is nearer to the painting’s strokes and colours and to the photo’s content.',
  'Those without one were trained for other losses, which keep more of the photo: theirs cannot be compared.',
  '',
  '![The three examples](gallery/examples.jpg)',
  '',
];
for (const name of await starts.shippedStyles()) {
  const file = here(`../models/${name}.onnx`);
  const { info } = files.decodeStyle(new Uint8Array(await readFile(file)), name);
  if (info.paintings) continue;
  const stylizer = await loadStyle(name);
  const row = [];
  for (const photo of [clouds, ...examples]) row.push(await stylizer.stylize(photo));
  await stylizer.close();
  await writeStrip(row, name);
  const painting = new RegExp(`^- ${name.replace(/-\d+$/, '')}: (.*)$`, 'm').exec(notice)?.[1] ?? '';
  const size = ((await stat(file)).size / 1e6).toFixed(2);
  const ratio = ratios[name] === undefined ? '' : `, objective ${ratios[name].toFixed(3)}`;
  lines.push(`## ${name}`, '', `${painting}. Width ${info.width}, ${size} MB${ratio}.`, '');
  lines.push(`![${name}](gallery/${name}.jpg)`, '');
  console.log(name);
}
await writeFile(join(docs, 'gallery.md'), `${lines.join('\n').trimEnd()}\n`);
