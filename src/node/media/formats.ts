/** Which files are pictures: by their extension, and by their first bytes. */
import { open } from 'node:fs/promises';
import { extname } from 'node:path';

/** Extensions of pictures that every build of libvips that sharp brings can read, without dots. */
export const PHOTO_EXTENSIONS: readonly string[] = [
  ...['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'avif', 'tif', 'tiff', 'gif'],
];

/** Extensions of pictures that only some builds of libvips can read. */
const RARE_EXTENSIONS = ['heic', 'heif', 'jxl'];

/** The extension with which a picture is written that is read under another. */
const WRITTEN_AS: Readonly<Record<string, string>> = {
  '.jpe': '.jpg',
  '.jfif': '.jpg',
  '.heic': '.jpg',
  '.heif': '.jpg',
  '.jxl': '.png',
};

/** The names of formats that only some builds of libvips can read, by extension. */
export const RARE_FORMATS: Readonly<Record<string, string>> = { '.heic': 'HEIC', '.jxl': 'JPEG XL' };

/**
 * The extension of the format of a picture by its first bytes (32 are enough); undefined for anything else. TIFF is left
 * out: cameras' raw files begin like it.
 */
export function sniffExtension(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.subarray(0, 32)).toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return '.jpg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return '.png';
  if (text.startsWith('GIF8')) return '.gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return '.webp';
  if (text.slice(4, 8) === 'ftyp') {
    const brands = text.slice(8);
    return /avi[fs]/.test(brands)
      ? '.avif'
      : /^(hei[cx]|hev[cx]|mif1|msf1)/.test(brands)
        ? '.heic'
        : undefined;
  }
  if (text.startsWith('\xff\x0a') || text.slice(4, 8) === 'JXL ') return '.jxl';
  return undefined;
}

/**
 * The extension with which a picture made of a photo is written by default, with its dot: that of the photo, or what
 * its content says where it has none that is known. Undefined when the file is no picture.
 *
 * @param path of an ordinary file
 */
export async function pictureExtension(path: string): Promise<string | undefined> {
  const own = extname(path);
  const plain = own.toLowerCase();
  if ([...PHOTO_EXTENSIONS, ...RARE_EXTENSIONS].includes(plain.slice(1))) return WRITTEN_AS[plain] ?? own;
  const sniffed = sniffExtension(await firstBytes(path));
  return sniffed && (WRITTEN_AS[sniffed] ?? sniffed);
}

/** The first 32 bytes of a file; none of one that cannot be read. */
async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path).catch(() => undefined);
  if (!file) return new Uint8Array();
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return new Uint8Array();
  } finally {
    await file.close();
  }
}
