// Draws docs/gallery.md and its pictures from the shipped styles and our own example pictures: node gallery/pages.mjs (after npm run build).
// The objective ratios are those of gallery/ratios.json, which `gallery/make.mjs judge` writes.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { decodeImage, decodeStyle, loadStyle, shippedStyles } from '../dist/api/node.js';
import { fractalNoise } from '../dist/core/fractal-noise.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const HEIGHT = 300;
const GAP = 8;
const examples = await Promise.all(
  ['harbour', 'mountains', 'still-life'].map((name) => decodeImage(here(`../examples/${name}.jpg`))),
);
// What `fns reconstruct texture` shows each style.
const clouds = fractalNoise(2 * HEIGHT, 2 * HEIGHT, 0);
const notice = await readFile(here('../NOTICE'), 'utf8');
const ratios = JSON.parse(await readFile(here('ratios.json'), 'utf8').catch(() => '{}'));

/** The pictures side by side at one height, as JPEG. */
async function strip(pictures, path) {
  const layers = [];
  let left = 0;
  for (const { data, width, height } of pictures) {
    const own = Math.round((width * HEIGHT) / height);
    const input = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(own, HEIGHT)
      .png()
      .toBuffer();
    layers.push({ input, left, top: 0 });
    left += own + GAP;
  }
  await sharp({ create: { width: left - GAP, height: HEIGHT, channels: 3, background: 'white' } })
    .composite(layers)
    .jpeg({ quality: 82, chromaSubsampling: '4:4:4' })
    .toFile(path);
}

await mkdir(here('../docs/gallery'), { recursive: true });
await strip(examples, here('../docs/gallery/examples.jpg'));
const lines = [
  '# Gallery',
  '',
  'The styles that come with the program, on our own rendered examples. `fns stylize photo.jpg -s NAME -o out.jpg` applies one.',
  'First the texture that it stands for (`fns reconstruct texture NAME`), then the pictures.',
  'The number is the training objective of the pictures as a share of the untouched photos’, the mean over 20 photos that no style was trained',
  'on, at 256x256: 1 would be no change, lower is nearer to the painting’s strokes and colours and to the photo’s content.',
  '',
  '![The three examples](gallery/examples.jpg)',
  '',
];
for (const name of await shippedStyles()) {
  const file = here(`../models/${name}.onnx`);
  const { info } = decodeStyle(new Uint8Array(await readFile(file)), name);
  if (info.paintings) continue;
  const stylizer = await loadStyle(name);
  const pictures = [await stylizer.stylize(clouds)];
  for (const photo of examples) pictures.push(await stylizer.stylize(photo));
  await stylizer.close();
  await strip(pictures, here(`../docs/gallery/${name}.jpg`));
  const painting = new RegExp(`^- ${name.replace(/-\d+$/, '')}: (.*)$`, 'm').exec(notice)?.[1] ?? '';
  const size = ((await stat(file)).size / 1e6).toFixed(2);
  const ratio = ratios[name] === undefined ? '' : `, objective ${ratios[name].toFixed(3)}`;
  lines.push(
    `## ${name}`,
    '',
    `${painting}. Width ${info.width}, ${size} MB${ratio}.`,
    '',
    `![${name}](gallery/${name}.jpg)`,
    '',
  );
  console.log(name);
}
await writeFile(here('../docs/gallery.md'), `${lines.join('\n').trimEnd()}\n`);
