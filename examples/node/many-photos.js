// Paints a folder of photos in several styles, each into a folder of its own: node many-photos.js photos/ out/ wave starry
// Ctrl-C ends it after the photo in progress.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stylizePictures } from 'fast-neural-style';

const [photos = 'photos', out = 'out', ...styles] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

for (const style of styles.length > 0 ? styles : ['wave', 'starry']) {
  const folder = join(out, style);
  await mkdir(folder, { recursive: true });
  const { written, failed } = await stylizePictures(
    { style, photos, out: folder, format: 'jpg', maxSide: 1600 },
    { signal: stop.signal },
  );
  console.log(`${style}: ${written.length} pictures`);
  for (const { file, message } of failed) console.log(`  ${file}: ${message}`);
  if (stop.signal.aborted) break;
}
