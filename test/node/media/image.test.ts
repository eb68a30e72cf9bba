import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { centreCrop } from '../../../src/core/rectangles.js';
import {
  decodeImage,
  encodeImage,
  type Image,
  resizeShorterSide,
  resizeTo,
} from '../../../src/node/media/image.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const width = 40;
const height = 24;
/** Red grows to the right, green downwards, blue is 60. */
const gradient: Image = { width, height, data: new Uint8Array(width * height * 3) };
for (let y = 0; y < height; y++) {
  for (let x = 0; x < width; x++) gradient.data.set([x * 6, y * 10, 60], (y * width + x) * 3);
}
const raw = () => sharp(gradient.data, { raw: { width, height, channels: 3 } });

function save(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function pixel(image: Image, x: number, y: number): number[] {
  return [...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3)];
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

describe('reading', () => {
  test('PNG, TIFF and lossless WebP give the exact pixels', async () => {
    for (const [name, bytes] of [
      ['a.png', await raw().png().toBuffer()],
      ['a.tif', await raw().tiff({ compression: 'lzw' }).toBuffer()],
      ['a.webp', await raw().webp({ lossless: true }).toBuffer()],
    ] as const) {
      const image = await decodeImage(save(name, bytes));
      expect(image, name).toMatchObject({ width, height });
      expect(image.alpha).toBeUndefined();
      expect(largestDifference(image.data, gradient.data), name).toBe(0);
    }
  });

  test('JPEG, AVIF and GIF give nearly those pixels', async () => {
    for (const [name, bytes] of [
      ['a.jpg', await raw().jpeg({ quality: 95 }).toBuffer()],
      ['a.avif', await raw().avif({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer()],
      ['a.gif', await raw().gif({ dither: 0 }).toBuffer()],
    ] as const) {
      const image = await decodeImage(save(name, bytes));
      expect(image, name).toMatchObject({ width, height });
      expect(largestDifference(image.data, gradient.data), name).toBeLessThan(24);
    }
  });

  test('an animated GIF gives its first frame', async () => {
    const two = Buffer.concat([Buffer.alloc(192, 0), Buffer.alloc(192, 255)]);
    const gif = await sharp(two, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const image = await decodeImage(save('two.gif', gif));
    expect(image).toMatchObject({ width: 8, height: 8 });
    expect(pixel(image, 4, 4)).toEqual([0, 0, 0]);
  });

  test('each of the eight EXIF orientations stands upright', async () => {
    // Where the stored picture's top left corner is seen, by the EXIF specification: right?, bottom?
    const seen: Record<number, [boolean, boolean]> = {
      1: [false, false],
      2: [true, false],
      3: [true, true],
      4: [false, true],
      5: [false, false],
      6: [true, false],
      7: [true, true],
      8: [false, true],
    };
    for (const [orientation, [right, bottom]] of Object.entries(seen)) {
      const bytes = await raw()
        .withMetadata({ orientation: Number(orientation) })
        .png()
        .toBuffer();
      const image = await decodeImage(save('turned.png', bytes));
      const size = Number(orientation) < 5 ? { width, height } : { width: height, height: width };
      expect(image, orientation).toMatchObject(size);
      const corner = pixel(image, right ? size.width - 1 : 0, bottom ? size.height - 1 : 0);
      expect(corner, orientation).toEqual([0, 0, 60]);
    }
  });

  test('orientation and decoding to another size work together', async () => {
    const path = save('turned.jpg', await raw().withMetadata({ orientation: 6 }).jpeg().toBuffer());
    const asked: unknown[] = [];
    const image = await decodeImage(path, {
      resize: (size) => {
        asked.push(size);
        return { width: 12, height: 20 };
      },
    });
    expect(asked).toEqual([{ width: height, height: width }]);
    expect(image).toMatchObject({ width: 12, height: 20 });
    // The stored left edge (no red) is now at the top.
    expect(pixel(image, 6, 0)[0]).toBeLessThan(20);
    expect(pixel(image, 6, 19)[0]).toBeGreaterThan(210);
  });

  test('grey, grey with alpha and 16-bit files become 8-bit RGB', async () => {
    const grey = Buffer.from([0, 100, 200, 255]);
    const oneByFour = { width: 4, height: 1, channels: 1 as const };
    const png8 = await sharp(grey, { raw: oneByFour }).toColourspace('b-w').png().toBuffer();
    expect((await sharp(png8).metadata()).channels).toBe(1);
    const want = [0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255];
    expect([...(await decodeImage(save('grey.png', png8))).data]).toEqual(want);

    // 257 v in 16 bits is v in 8: both are the same fraction of the full range.
    const deep = Uint16Array.from(gradient.data, (value) => value * 257);
    const png16 = await sharp(deep, { raw: { width, height, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(png16).metadata()).depth).toBe('ushort');
    const image = await decodeImage(save('deep.png', png16));
    expect(largestDifference(image.data, gradient.data)).toBe(0);

    const pair = Buffer.from([10, 255, 20, 128]);
    const greyAlpha = await sharp(pair, { raw: { width: 2, height: 1, channels: 2 } })
      .png()
      .toBuffer();
    const decoded = await decodeImage(save('grey-alpha.png', greyAlpha));
    expect([...decoded.data]).toEqual([10, 10, 10, 20, 20, 20]);
    expect([...decoded.alpha!]).toEqual([255, 128]);
  });

  test('CMYK JPEG and TIFF become RGB of nearly the same colour', async () => {
    for (const [name, bytes] of [
      ['cmyk.jpg', await raw().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()],
      ['cmyk.tif', await raw().toColourspace('cmyk').tiff().toBuffer()],
    ] as const) {
      expect((await sharp(bytes).metadata()).space).toBe('cmyk');
      const image = await decodeImage(save(name, bytes));
      expect(image.data.length).toBe(width * height * 3);
      // Printing inks cannot show every colour; the middle of the gradient they can.
      const [red, green, blue] = pixel(image, 20, 12) as [number, number, number];
      expect(Math.abs(red - 120)).toBeLessThan(25);
      expect(Math.abs(green - 120)).toBeLessThan(25);
      expect(Math.abs(blue - 60)).toBeLessThan(25);
    }
  });

  test('a Display P3 profile is applied', async () => {
    const bytes = await raw().withIccProfile('p3').png().toBuffer();
    const stored = await sharp(bytes).metadata();
    expect(stored.icc).toBeDefined();
    const image = await decodeImage(save('p3.png', bytes));
    expect(largestDifference(image.data, gradient.data)).toBeLessThan(8);
  });

  test('alpha is kept apart, and left out when everything is opaque', async () => {
    const alpha = Uint8Array.from({ length: width * height }, (_, i) => i % 256);
    await encodeImage(join(folder, 'alpha.png'), { ...gradient, alpha });
    const image = await decodeImage(join(folder, 'alpha.png'));
    expect(image.alpha).toEqual(alpha);
    expect(largestDifference(image.data, gradient.data)).toBe(0);
    const opaque = await raw().ensureAlpha().png().toBuffer();
    expect((await decodeImage(save('opaque.png', opaque))).alpha).toBeUndefined();
  });

  test('harmless oddities of camera files are accepted', async () => {
    const jpeg = await raw().jpeg().toBuffer();
    const afterFirstSegment = 4 + jpeg.readUInt16BE(4);
    const junk = [jpeg.subarray(0, afterFirstSegment), Buffer.of(1, 2, 3), jpeg.subarray(afterFirstSegment)];
    await decodeImage(save('junk.jpg', Buffer.concat(junk)));
    await decodeImage(save('appended.jpg', Buffer.concat([jpeg, Buffer.from('a motion photo video')])));
  });

  test('a file that was overwritten is read anew', async () => {
    const path = save('same.png', await raw().png().toBuffer());
    await decodeImage(path);
    save('same.png', await raw().negate().png().toBuffer());
    expect(pixel(await decodeImage(path), 0, 0)).toEqual([255, 255, 195]);
  });
});

describe('files that cannot be read give one clear line', () => {
  const problem = async (path: string) => {
    const error = await decodeImage(path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'FnsError', kind: 'failure' });
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    expect(message.startsWith(`cannot read ${path}: `), message).toBe(true);
    return message.slice(`cannot read ${path}: `.length);
  };

  test('missing, folder, empty, text', async () => {
    expect(await problem(join(folder, 'missing.jpg'))).toBe('no such file');
    mkdirSync(join(folder, 'folder.jpg'));
    expect(await problem(join(folder, 'folder.jpg'))).toBe('it is a folder, not a file');
    expect(await problem(save('empty.jpg', ''))).toBe('the file is empty (0 bytes)');
    const text = 'not a picture (JPEG, PNG, WebP, AVIF, TIFF, GIF can be read)';
    expect(await problem(save('text.jpg', 'Dear diary, today I took no photo.'))).toBe(text);
  });

  test('cut short, in every format', async () => {
    const noise = Buffer.from(Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) >> 3));
    const picture = () => sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    for (const format of ['jpeg', 'png', 'webp', 'avif', 'gif'] as const) {
      const bytes = await picture().toFormat(format).toBuffer();
      const cut = save(`cut.${format}`, bytes.subarray(0, bytes.length / 2));
      expect(await problem(cut), format).toContain('damaged or cut short');
    }
    const jpeg = await picture().jpeg().toBuffer();
    expect(await problem(save('late.jpg', jpeg.subarray(0, -50)))).toContain('damaged or cut short');
  });

  test('a vector drawing is not a photo', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>';
    expect(await problem(save('a.svg', svg))).toContain('svg pictures are not supported');
  });
});

describe('writing', () => {
  test('every known extension comes back at the same size in its own format', async () => {
    const formats = {
      jpg: 'jpeg',
      jpeg: 'jpeg',
      png: 'png',
      webp: 'webp',
      avif: 'heif',
      tif: 'tiff',
      TIFF: 'tiff',
    };
    for (const [extension, format] of Object.entries(formats)) {
      const path = join(folder, `out.${extension}`);
      await encodeImage(path, gradient);
      expect((await sharp(readFileSync(path)).metadata()).format).toBe(format);
      const image = await decodeImage(path);
      expect(image).toMatchObject({ width, height });
      const limit = ['png', 'tif', 'TIFF'].includes(extension) ? 0 : 20;
      expect(largestDifference(image.data, gradient.data), extension).toBeLessThanOrEqual(limit);
    }
  });

  test('JPEG keeps full colour resolution', async () => {
    const path = join(folder, 'chroma.jpg');
    await encodeImage(path, gradient);
    expect((await sharp(readFileSync(path)).metadata()).chromaSubsampling).toBe('4:4:4');
  });

  test('JPEG shows transparent parts white, PNG, WebP, AVIF and TIFF keep them', async () => {
    const alpha = new Uint8Array(width * height).fill(0, 0, width).fill(255, width);
    await encodeImage(join(folder, 'flat.jpg'), { ...gradient, alpha: new Uint8Array(width * height) });
    expect(pixel(await decodeImage(join(folder, 'flat.jpg')), 20, 12)).toEqual([255, 255, 255]);
    for (const extension of ['png', 'webp', 'avif', 'tiff']) {
      const path = join(folder, `see-through.${extension}`);
      await encodeImage(path, { ...gradient, alpha });
      const decoded = (await decodeImage(path)).alpha!;
      expect(decoded[0], extension).toBeLessThan(8);
      expect(decoded[decoded.length - 1], extension).toBeGreaterThan(247);
    }
  });

  test('an unknown or missing extension and an impossible quality are usage errors', async () => {
    const known = '.jpg, .jpeg, .png, .webp, .avif, .tif, .tiff, .gif';
    await expect(encodeImage(join(folder, 'a.bmp'), gradient)).rejects.toMatchObject({
      kind: 'usage',
      message: `cannot write ${join(folder, 'a.bmp')}: it ends in .bmp; pictures can end in ${known}`,
    });
    await expect(encodeImage(join(folder, 'noextension'), gradient)).rejects.toThrow('has no extension');
    await expect(encodeImage(join(folder, 'a.jpg'), gradient, { quality: 0 })).rejects.toMatchObject({
      kind: 'usage',
    });
  });

  test('a picture wider than the format allows is said so', async () => {
    const wide = { width: 16400, height: 1, data: new Uint8Array(16400 * 3) };
    await expect(encodeImage(join(folder, 'wide.webp'), wide)).rejects.toThrow('16400x1 pixels as .webp');
  });
});

describe('size', () => {
  test('the shorter side becomes the size asked for, in both directions and orientations', async () => {
    expect(await resizeShorterSide(gradient, 12)).toMatchObject({ width: 20, height: 12 });
    expect(await resizeShorterSide(gradient, 48)).toMatchObject({ width: 80, height: 48 });
    const tall = { width: 2, height: 300, data: new Uint8Array(1800) };
    expect(await resizeShorterSide(tall, 1)).toMatchObject({ width: 1, height: 150 });
  });

  test('resizing keeps a flat colour and a flat alpha', async () => {
    const flat = {
      width: 3,
      height: 3,
      data: new Uint8Array(27).fill(77),
      alpha: new Uint8Array(9).fill(200),
    };
    const image = await resizeTo(flat, 7, 2);
    expect(image).toMatchObject({ width: 7, height: 2 });
    expect(new Set(image.alpha)).toEqual(new Set([200]));
    expect(largestDifference(image.data, new Uint8Array(42).fill(77))).toBeLessThanOrEqual(1);
  });

  test('the central crop is the middle, and never larger than the picture', async () => {
    const image = centreCrop(gradient, 20, 4);
    expect(image).toMatchObject({ width: 20, height: 4 });
    expect(pixel(image, 0, 0)).toEqual([60, 100, 60]);
    expect(() => centreCrop(gradient, 41, 4)).toThrow('cannot crop 41x4 out of a picture of 40x24');
  });
});
