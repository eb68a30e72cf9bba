import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pictureExtension, sniffExtension } from '../../../src/node/media/formats.js';
import { newFolder } from '../../cli/fns.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

test.each([
  ['\xff\xd8\xff\xe0\0\x10JFIF', '.jpg'],
  ['\x89PNG\r\n\x1a\n', '.png'],
  ['GIF89a', '.gif'],
  ['RIFF\x10\0\0\0WEBPVP8 ', '.webp'],
  ['\0\0\0\x20ftypavif\0\0\0\0avifmif1', '.avif'],
  ['\0\0\0\x20ftypmif1\0\0\0\0mif1avif', '.avif'],
  ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', '.heic'],
  ['\0\0\0\x0cJXL \r\n\x87\n', '.jxl'],
  // A film, a sound, a cameras' raw file, a drawing, nothing.
  ['\0\0\0\x18ftypmp42\0\0\0\0isommp42', undefined],
  ['RIFF\x10\0\0\0WAVEfmt ', undefined],
  ['II*\0\x10\0\0\0CR\x02\0', undefined],
  ['<svg xmlns="http://www.w3.org/2000/svg"/>', undefined],
  ['', undefined],
])('%j begins a picture that is written as %s', (text, extension) => {
  expect(sniffExtension(bytes(text))).toBe(extension);
});

test('a known extension counts, else the content', async () => {
  const folder = await newFolder();
  for (const [name, content, extension] of [
    ['a.JFIF', 'x', '.jpg'],
    ['b.JPG', 'x', '.JPG'],
    ['c.heic', 'x', '.jpg'],
    ['d.jpg_large', '\xff\xd8\xff', '.jpg'],
    ['e', 'GIF89a', '.gif'],
    ['Thumbs.db', '\xd0\xcf\x11\xe0', undefined],
    ['f.cr2', 'II*\0', undefined],
  ] as const) {
    await writeFile(join(folder, name), bytes(content));
    expect(await pictureExtension(join(folder, name)), name).toBe(extension);
  }
});
