/**
 * The pixels of a real photo, for tests and for losses.py: both sides must see the same bytes, and the photo itself is
 * not ours to commit. `node test/golden/photo.mjs OUT.rgb` writes them; the photo comes from FNS_DATA.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The folder of photos and weights: FNS_DATA, or `../shared/data` beside the repository. */
export function goldenData() {
  return process.env.FNS_DATA ?? path.resolve(root, '../shared/data');
}

/** The central 64x64 pixels of photos/test/amber.jpg, RGB bytes, [64, 64, 3]. */
export async function goldenPhoto() {
  const size = 64;
  const image = sharp(path.join(goldenData(), 'photos/test/amber.jpg'));
  const { width, height } = await image.metadata();
  const region = { left: (width - size) >> 1, top: (height - size) >> 1, width: size, height: size };
  const pixels = await image.extract(region).toColourspace('srgb').removeAlpha().raw().toBuffer();
  return new Uint8Array(pixels);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(process.argv[2], await goldenPhoto());
}
