/**
 * Draws docs/gallery.md and its pictures from the shipped styles and our own example pictures: npx tsx gallery/pages.ts [FOLDER]
 * FOLDER is docs/ unless told otherwise. The numbers are those of measures.json, which `measures.ts` writes.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeImage, files, loadStyle, pictures, starts } from 'fast-neural-style';
import { pictureGrid, writeJpeg } from './grid.js';
import { type Measures, readMeasures } from './measures.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const docs = process.argv[2] ?? here('../docs');
const HEIGHT = 300;
const examples = await Promise.all(
  ['harbour', 'mountains', 'still-life'].map((name) => decodeImage(here(`../examples/${name}.jpg`))),
);
// What `fns reconstruct texture` shows each style.
const clouds = pictures.fractalNoise(2 * HEIGHT, 2 * HEIGHT, 0);
const notice = await readFile(here('../NOTICE'), 'utf8');
const measures = await readMeasures();

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
  'First the texture that it stands for (`fns reconstruct texture NAME`), then the pictures. What they measure is in the table at the end.',
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
  lines.push(`## ${name}`, '', `${painting}. Width ${info.width}, ${size} MB.`, '');
  lines.push(`![${name}](gallery/${name}.jpg)`, '');
  console.log(name);
}
lines.push(...measuresTable(measures));
await writeFile(join(docs, 'gallery.md'), `${lines.join('\n').trimEnd()}\n`);

/** What the styles' pictures measure, as lines of markdown. */
function measuresTable({ size, photos, styles }: Measures): string[] {
  const row = (name: string, of: Measures['styles'][string]) => {
    const frame = Object.values(of.frame)
      .map((levels) => levels.toFixed(1))
      .join('/');
    const burnt = `${(100 * of.burnt).toFixed(1)} %`;
    const cells = [
      of.content.toFixed(3),
      of.style.toFixed(3),
      of.paintingSize,
      frame,
      of.pattern.toFixed(1),
      burnt,
    ];
    return `| ${name} | ${cells.join(' | ')} |`;
  };
  return [
    '## Measured',
    '',
    `\`fns evaluate pictures\` on ${photos} photos that no style was trained on, shorter side ${size} pixels. Less is better.`,
    '',
    '- **content**: squared difference from the photo at relu3_3 of VGG19, over the photo’s own mean square',
    '- **style**: squared difference of the Gram matrices from the painting’s, over their squared norm, at the size that fits best',
    '- **frame**: levels of 255 by which the outer 8, 16 and 32 pixels differ from a larger picture’s',
    '- **pattern**: the strongest pattern that repeats where the photo is smooth, over the painting’s own',
    '- **burnt**: pixels that are black or white',
    '',
    '| style | content | style | painting at | frame 8/16/32 | pattern | burnt |',
    '|---|---|---|---|---|---|---|',
    ...Object.entries(styles).map(([name, of]) => row(name, of)),
  ];
}
