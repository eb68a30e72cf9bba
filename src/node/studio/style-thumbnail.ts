/** Small pictures of the textures of styles in files. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { styleTexture } from '../../stylize/style-texture.js';
import { makeFolder, readFailure, writeFileAtomically } from '../media/files.js';
import { loadStyle } from '../styles.js';
import { defaultCacheDir } from '../weights/vgg-weights.js';

/** The sides of what is drawn and of the picture, in pixels. */
const TEXTURE = 288;
const THUMBNAIL = 144;

/**
 * The path of a picture (WebP) of the style's texture: drawn once for each network, and kept in the cache folder.
 *
 * @throws FnsError when the file cannot be read or is no style.
 */
export async function keptThumbnail(style: string, cacheDir = defaultCacheDir()): Promise<string> {
  const bytes = await readFile(style).catch((error: unknown) => {
    throw readFailure(style, error);
  });
  const folder = join(cacheDir, 'thumbnails');
  const path = join(folder, `${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.webp`);
  if (await stat(path).catch(() => undefined)) return path;
  const picture = await drawThumbnail(style);
  await makeFolder(folder);
  await writeFileAtomically(path, picture);
  return path;
}

/** The bytes of a picture (WebP) of the texture of a style: a shipped one, a file, or the bytes of one. */
export async function drawThumbnail(style: string | Uint8Array): Promise<Buffer> {
  const stylizer = await loadStyle(style);
  try {
    const { data } = await styleTexture(stylizer, TEXTURE);
    return await sharp(data, { raw: { width: TEXTURE, height: TEXTURE, channels: 3 } })
      .resize(THUMBNAIL, THUMBNAIL)
      .webp({ quality: 75 })
      .toBuffer();
  } finally {
    await stylizer.close();
  }
}
