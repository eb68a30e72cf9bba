/**
 * Pairs of pictures for a blind comparison of two networks of one painting:
 *   npx tsx gallery/pairs.ts make --ours STYLE --against NETWORK --painting P --photos DIR --out DIR [--seed n] [--size 512] [--count n]
 *   npx tsx gallery/pairs.ts count DIR ANSWERS.json
 * `make` writes a sheet for each photo: the painting and the photo above, below them picture A (left) and picture B (right), which is whose by chance from the
 * seed. No name is on it; key.json knows. `--ours` is a shipped style or an .onnx file, `--against` also whatever `fns import` reads.
 * ANSWERS.json has the letter that was preferred by the sheet's name, `=` for neither: { "01-harbour.jpg": "A", "02-dog.jpg": "=" }. `count` prints how many were
 * for ours. `--device`, `--threads`.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Device,
  decodeImage,
  flattenOverWhite,
  type Image,
  importNetwork,
  listPhotos,
  loadStyle,
  resizeShorterSide,
} from 'fast-neural-style';
import sharp, { type Sharp } from 'sharp';
import { withRequired } from '../bench/arguments.js';
import { writeJpeg } from './grid.js';

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ours: { type: 'string' },
    against: { type: 'string' },
    painting: { type: 'string' },
    photos: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '0' },
    size: { type: 'string', default: '512' },
    count: { type: 'string' },
    threads: { type: 'string' },
    device: { type: 'string', default: 'auto' },
  },
});

/** Whose pictures A and B are. */
type Sides = Record<'A' | 'B', 'ours' | 'against'>;

/** key.json. */
interface Key {
  ours: string;
  against: string;
  seed: string;
  sheets: Record<string, Sides>;
}

const GAP = 8;

async function make(): Promise<void> {
  const given = withRequired(args, ['ours', 'against', 'painting', 'photos', 'out']);
  const size = numberOf('size', given.size);
  const session = {
    device: given.device as Device,
    ...(given.threads !== undefined && { threads: numberOf('threads', given.threads) }),
  };
  const count = given.count === undefined ? undefined : numberOf('count', given.count);
  const photos = (await listPhotos(given.photos)).slice(0, count);
  const painting = await sized(given.painting, size);
  await mkdir(given.out, { recursive: true });
  const networks = {
    ours: await loadStyle(given.ours, session),
    against: await loadStyle(await rival(given.against), session),
  };
  const key: Key = { ours: given.ours, against: given.against, seed: given.seed, sheets: {} };
  for (const [i, path] of photos.entries()) {
    const photo = await sized(path, size);
    const sides = sidesOf(given.seed, i);
    const [a, b] = [await networks[sides.A].stylize(photo), await networks[sides.B].stylize(photo)];
    const sheet = `${String(i + 1).padStart(2, '0')}-${basename(path, extname(path))}.jpg`;
    await writeSheet(join(given.out, sheet), { painting, photo, a, b });
    key.sheets[sheet] = sides;
    console.log(sheet);
  }
  await networks.ours.close();
  await networks.against.close();
  await writeFile(join(given.out, 'key.json'), `${JSON.stringify(key, undefined, 2)}\n`);
}

/** A style as anywhere, or a network of another program as a style. */
async function rival(network: string): Promise<string | Uint8Array> {
  const isStyle = /\.onnx$|\.onnx:/.test(network) || (!network.includes('/') && extname(network) === '');
  if (isStyle) return network;
  const folder = await mkdtemp(join(tmpdir(), 'fns-pairs-'));
  try {
    const out = join(folder, 'rival.onnx');
    await importNetwork({ file: network, out, force: true });
    return new Uint8Array(await readFile(out));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A picture with a shorter side of `size`, or as it is if it has less. */
async function sized(path: string, size: number): Promise<Image> {
  const image = flattenOverWhite(await decodeImage(path));
  return resizeShorterSide(image, Math.min(size, image.width, image.height));
}

/** Whose picture is A: a bit of a hash, so that a sheet does not depend on those before it. */
function sidesOf(seed: string, sheet: number): Sides {
  const isOursFirst = createHash('sha256').update(`${seed}/${sheet}`).digest()[0]! % 2 === 0;
  return isOursFirst ? { A: 'ours', B: 'against' } : { A: 'against', B: 'ours' };
}

/** The painting and the photo at half the height above the two pictures. */
async function writeSheet(
  path: string,
  { painting, photo, a, b }: Record<'painting' | 'photo' | 'a' | 'b', Image>,
): Promise<void> {
  const { width, height } = photo;
  const above = Math.round(height / 2);
  const layers: { input: Buffer; left: number; top: number }[] = [];
  for (const [column, picture] of [painting, photo].entries()) {
    const input = await raw(picture).resize({ width, height: above, fit: 'inside' }).png().toBuffer();
    layers.push({ input, left: column * (width + GAP), top: 0 });
  }
  for (const [column, picture] of [a, b].entries()) {
    const input = await raw(picture).png().toBuffer();
    layers.push({ input, left: column * (width + GAP), top: above + GAP });
  }
  const whole = { width: 2 * width + GAP, height: above + GAP + height };
  const sheet = sharp({ create: { ...whole, channels: 3, background: 'white' } });
  await writeJpeg(sheet.composite(layers), path, 92);
}

function raw({ width, height, data }: Image): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function count(): Promise<void> {
  const [, folder, file] = positionals;
  if (!folder || !file) throw new Error('the folder of the sheets and the file of the answers are needed');
  const { sheets } = JSON.parse(await readFile(join(folder, 'key.json'), 'utf8')) as Key;
  const answers = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  const counts = { ours: 0, against: 0, neither: 0 };
  for (const [sheet, answer] of Object.entries(answers)) {
    const sides = sheets[sheet];
    if (!sides) throw new Error(`${file}: there is no sheet ${sheet} in ${folder}`);
    if (answer !== 'A' && answer !== 'B' && answer !== '=') {
      throw new Error(`${file}: A, B or = is needed for ${sheet}, got '${answer}'`);
    }
    counts[answer === '=' ? 'neither' : sides[answer]]++;
  }
  const answered = Object.keys(answers).length;
  console.log(`for ours ${counts.ours} of ${answered}, against ${counts.against}, neither ${counts.neither}`);
  const missing = Object.keys(sheets).length - answered;
  if (missing > 0) console.log(`${missing} sheets have no answer`);
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} needs a whole number above 0, got '${text}'`);
  return value;
}

const tasks: Record<string, () => Promise<void>> = { make, count };
const task = tasks[positionals[0] ?? ''];
if (!task) {
  console.error(`one of ${Object.keys(tasks).join(', ')} is needed, got '${positionals[0] ?? ''}'`);
  process.exit(2);
}
await task().catch((error: unknown) => {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
});
