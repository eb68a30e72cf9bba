import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeImage, openPicture } from '../../../src/node/media/decode.js';
import { encodeFrames, encodeImage } from '../../../src/node/media/encode.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-decode-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [width, height] = [64, 64];
/** Noise, so that a JPEG has many bytes in each row. */
const noise = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) >> 3);
const picture = () => sharp(noise, { raw: { width, height, channels: 3 } });

/** Decodes bytes, and collects the warnings. */
async function decode(bytes: Uint8Array, options = {}) {
  const warnings: string[] = [];
  const path = join(folder, 'p.jpg');
  writeFileSync(path, bytes);
  const image = await decodeImage(path, { ...options, onWarning: (text) => warnings.push(text) });
  return { image, warnings: warnings.map((text) => text.replace(path, 'p.jpg')) };
}

describe('JPEGs that are not quite whole', () => {
  test.each(['baseline', 'progressive'])(
    '%s: only the end marker is missing: taken with a warning',
    async (kind) => {
      const jpeg = await picture()
        .jpeg({ progressive: kind === 'progressive' })
        .toBuffer();
      const whole = await decode(jpeg);
      expect(whole.warnings).toEqual([]);
      for (const cut of [1, 2]) {
        const { image, warnings } = await decode(jpeg.subarray(0, -cut));
        expect(image.data).toEqual(whole.image.data);
        expect(warnings).toEqual(['p.jpg lacks its end marker; all of its rows are there']);
      }
      const small = await decode(jpeg.subarray(0, -2), { resize: () => ({ width: 8, height: 8 }) });
      expect(small.warnings).toHaveLength(1);
    },
  );

  test.each([3, 8, 50, 1000])('%d bytes are missing: rows too, refused', async (cut) => {
    const jpeg = await picture().jpeg().toBuffer();
    await expect(decode(jpeg.subarray(0, -cut))).rejects.toThrow('damaged or cut short');
  });

  test('garbage in the data: taken, with what libjpeg says', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const middle = jpeg.length >> 1;
    for (let i = 0; i < 30; i++) jpeg[middle + i] = (i * 77) & 127;
    const { warnings } = await decode(jpeg);
    expect(warnings).toEqual([expect.stringMatching(/^p\.jpg: Corrupt JPEG data: /)]);
  });
});

describe('profiles and 16 bits', () => {
  const file = (values: number[], depth: 8 | 16, profile?: string) => {
    const whole = Array.from({ length: 48 }, (_, i) => values[i % 3]!);
    const pixels = depth === 16 ? Uint16Array.from(whole) : Uint8Array.from(whole);
    const made = sharp(pixels, { raw: { width: 4, height: 4, channels: 3 } });
    if (depth === 16) made.toColourspace('rgb16');
    return (profile ? made.withIccProfile(profile) : made).png().toBuffer();
  };

  test('sRGB red of 16 bits with its profile is sRGB red, and not Display P3’s numbers for it', async () => {
    const { image } = await decode(await file([65535, 0, 0], 16, 'srgb'));
    expect([...image.data.subarray(0, 3)]).toEqual([255, 0, 0]);
  });

  test('keepProfile leaves the numbers: sRGB red is (234, 51, 35) in Display P3', async () => {
    const p3 = await file([255, 0, 0], 8, 'p3');
    expect([...(await decode(p3)).image.data.subarray(0, 3)]).toEqual([255, 0, 0]);
    const kept = [...(await decode(p3, { keepProfile: true })).image.data.subarray(0, 3)];
    [234, 51, 35].forEach((value, c) => {
      expect(Math.abs(kept[c]! - value)).toBeLessThanOrEqual(1);
    });
  });

  test('16 bits come in and go out exactly, with and without alpha', async () => {
    const values = Uint16Array.from({ length: 8 * 6 * 4 }, (_, i) => (i * 3777) % 65536);
    for (const channels of [3, 4] as const) {
      const pixels = values.slice(0, 48 * channels);
      // Alpha has 8 bits: 257 v is the same opacity in 16.
      if (channels === 4) for (let i = 3; i < pixels.length; i += 4) pixels[i] = 257 * (i % 255);
      const bytes = await sharp(pixels, { raw: { width: 8, height: 6, channels } })
        .toColourspace('rgb16')
        .png()
        .toBuffer();
      const { image } = await decode(bytes, { depth: 16 });
      for (const extension of ['png', 'tif']) {
        const path = join(folder, `deep.${extension}`);
        await encodeImage(path, image, { depth: 16 });
        const back = await sharp(path).toColourspace('rgb16').raw({ depth: 'ushort' }).toBuffer();
        expect((await sharp(path).metadata()).depth).toBe('ushort');
        expect(new Uint16Array(back.buffer, back.byteOffset, back.length / 2)).toEqual(pixels);
      }
    }
    await expect(
      encodeImage(join(folder, 'x.jpg'), (await decode(await file([1, 2, 3], 8))).image, { depth: 16 }),
    ).rejects.toMatchObject({ kind: 'usage', option: 'depth' });
  });

  test('8 bits read with 16 keep their share of the full range', async () => {
    const { image } = await decode(await file([255, 1, 128], 8), { depth: 16 });
    expect([...image.deep!.subarray(0, 3)]).toEqual([65535, 257, 32896]);
  });
});

describe('what a file carries', () => {
  test.each(['png', 'jpg', 'webp', 'tif', 'avif'])('profile, EXIF and XMP go into .%s', async (extension) => {
    const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><a/></x:xmpmeta>';
    const bytes = await picture()
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .withXmp(xmp)
      .withIccProfile('p3')
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const opened = await openPicture(bytes, 'a', { keepProfile: true, keepMetadata: true });
    const { frames, carrier } = await opened.decode();
    for (const alpha of [undefined, new Uint8Array(width * height).fill(100)]) {
      const path = join(folder, `carried.${extension}`);
      await encodeImage(path, { ...frames[0]!, ...(alpha && { alpha }) }, { carrier, quality: 100 });
      const header = await sharp(path).metadata();
      expect(header).toMatchObject({ width, height });
      expect(header.orientation ?? 1).toBe(1);
      expect(header.icc).toEqual((await sharp(bytes).metadata()).icc);
      expect(header.xmp?.toString()).toContain('<a/>');
      // libvips writes no EXIF into TIFF.
      if (extension !== 'tif') expect(header.exif?.toString('latin1')).toContain('somebody');
      if (extension !== 'png') continue;
      const back = await decodeImage(path, { keepProfile: true });
      expect(Buffer.compare(back.data, frames[0]!.data)).toBe(0);
      expect(back.alpha).toEqual(alpha);
    }
  });

  test('grey and CMYK photos keep theirs too', async () => {
    for (const space of ['b-w', 'cmyk']) {
      const bytes = await picture()
        .toColourspace(space)
        .withExif({ IFD0: { Copyright: 'somebody' } })
        .jpeg()
        .toBuffer();
      const opened = await openPicture(bytes, 'a', { keepMetadata: true });
      const { frames, carrier } = await opened.decode();
      const path = join(folder, 'grey.png');
      await encodeImage(path, frames[0]!, { carrier });
      expect((await sharp(path).metadata()).exif?.toString('latin1')).toContain('somebody');
      expect(Buffer.compare((await decodeImage(path)).data, frames[0]!.data)).toBe(0);
    }
  });

  test('a profile of inks is not kept, and it is said', async () => {
    const bytes = await picture().toColourspace('cmyk').withIccProfile('cmyk').jpeg().toBuffer();
    const { space, icc } = await sharp(bytes).metadata();
    expect([space, icc !== undefined]).toEqual(['cmyk', true]);
    const opened = await openPicture(bytes, 'a.jpg', { keepProfile: true });
    expect(opened.notes).toEqual(['a.jpg has a profile for cmyk colours: they are converted to sRGB']);
    const { carrier } = await opened.decode();
    expect(carrier).toBeUndefined();
  });

  test('nothing is kept that was not asked for', async () => {
    const bytes = await picture()
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const path = join(folder, 'bare.jpg');
    writeFileSync(path, bytes);
    await encodeImage(path, await decodeImage(path));
    const { exif, icc } = await sharp(path).metadata();
    expect([exif, icc]).toEqual([undefined, undefined]);
  });
});

describe('frames and pages', () => {
  /** Three frames of one colour each. */
  const animation = (format: 'gif' | 'webp') => {
    const colours = [250, 130, 10];
    const frames = Buffer.concat(colours.map((value) => Buffer.alloc(8 * 6 * 3, value)));
    const made = sharp(frames, { raw: { width: 8, height: 18, channels: 3, pageHeight: 6 } });
    return made.toFormat(format, { delay: [50, 120, 300], loop: 3, lossless: true }).toBuffer();
  };

  test.each(['gif', 'webp'] as const)(
    'all frames of a %s, with their timing, into both formats',
    async (format) => {
      const opened = await openPicture(await animation(format), 'a', { allFrames: () => true });
      expect(opened).toMatchObject({ frames: 3, size: { width: 8, height: 6 }, notes: [] });
      const { frames, timing } = await opened.decode();
      expect(timing).toEqual({ delay: [50, 120, 300], loop: 3 });
      expect(frames.map(({ data }) => Math.round(data[0]! / 10) * 10)).toEqual([250, 130, 10]);
      for (const extension of ['gif', 'webp']) {
        const path = join(folder, `again.${extension}`);
        await encodeFrames(path, frames, timing, { quality: 100 });
        const header = await sharp(path).metadata();
        expect(header).toMatchObject({ pages: 3, delay: [50, 120, 300], loop: 3, width: 8, height: 6 });
        const again = await (
          await openPicture(await sharp(path, { animated: true }).toBuffer(), 'b', { allFrames: () => true })
        ).decode();
        again.frames.forEach(({ data }, i) => {
          expect(Math.abs(data[0]! - frames[i]!.data[0]!)).toBeLessThan(6);
        });
      }
    },
  );

  test('a frame of more than 65.5 seconds lasts that long, and it is said', async () => {
    const webp = Buffer.from(await animation('webp'));
    // The duration of the first frame: 24 bits, 12 bytes into the data of the chunk ANMF.
    webp.writeUIntLE(100_000, webp.indexOf('ANMF') + 8 + 12, 3);
    const opened = await openPicture(webp, 'a.webp', { allFrames: () => true });
    expect(opened.notes).toEqual(['a.webp shows frames longer than 65.535 seconds: they last that long']);
    const { frames, timing } = await opened.decode();
    expect(timing!.delay).toEqual([65_535, 120, 300]);
    await encodeFrames(join(folder, 'long.webp'), frames, timing);
  });

  test('frames are resized one by one', async () => {
    const opened = await openPicture(await animation('gif'), 'a', {
      allFrames: () => true,
      resize: () => ({ width: 4, height: 3 }),
    });
    const { frames } = await opened.decode();
    expect(frames.map((frame) => [frame.width, frame.height, frame.data.length])).toEqual(
      Array(3).fill([4, 3, 36]),
    );
  });

  test('the first alone, and of a TIFF the first page, is said', async () => {
    const first = await openPicture(await animation('gif'), 'a.gif');
    expect(first.notes).toEqual(['a.gif has 3 frames: the first is taken']);
    expect((await first.decode()).frames).toHaveLength(1);
    const pages = Buffer.concat([200, 100].map((value) => Buffer.alloc(8 * 6 * 3, value)));
    const tiff = await sharp(pages, { raw: { width: 8, height: 12, channels: 3, pageHeight: 6 } })
      .tiff({ compression: 'deflate' })
      .toBuffer();
    const opened = await openPicture(tiff, 'a.tif', { allFrames: () => true });
    expect(opened.notes).toEqual(['a.tif has 2 pages: the first is taken']);
    expect((await opened.decode()).frames[0]).toMatchObject({ width: 8, height: 6 });
  });
});

describe('sizes', () => {
  test('a bomb is refused by its header', async () => {
    const line = sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: 'red' } });
    const bomb = await line.png({ compressionLevel: 9 }).toBuffer();
    await expect(decode(bomb)).rejects.toThrow(/12000x12000 pixels in \d+ bytes are no photo/);
    const jpeg = await picture().jpeg().toBuffer();
    const at = jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 5;
    jpeg.writeUInt16BE(65500, at);
    jpeg.writeUInt16BE(65500, at + 2);
    await expect(decode(jpeg)).rejects.toThrow(/2\^30 pixels|are no photo/);
  });

  test.each([
    ['webp', 16383],
    ['jpg', 65500],
    ['gif', 65535],
    ['avif', 16384],
  ])('.%s ends at %d a side', async (extension, longest) => {
    const path = join(folder, `long.${extension}`);
    const of = (side: number) => ({ width: side, height: 1, data: new Uint8Array(3 * side) });
    await expect(encodeImage(path, of(longest + 1))).rejects.toThrow(`whose sides end at ${longest}`);
    await encodeImage(path, of(longest));
  });
});
