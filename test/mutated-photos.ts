import { crc32 } from 'node:zlib';
import sharp from 'sharp';

/** Small whole photos of every format that can be read, by their names. */
export async function wholePhotos(): Promise<Map<string, Buffer>> {
  const [width, height] = [48, 36];
  const noise = (channels: number) =>
    Uint8Array.from(
      { length: width * height * channels },
      (_, i) => 128 + 60 * Math.sin(i / 7) + ((i * 7919) % 60),
    );
  const picture = (channels: 3 | 4 = 3) => sharp(noise(channels), { raw: { width, height, channels } });
  const frames = Buffer.concat([noise(4), noise(4).reverse(), noise(4)]);
  const animation = sharp(frames, { raw: { width, height: 3 * height, channels: 4, pageHeight: height } });
  const exif = { IFD0: { Make: 'camera', Copyright: 'somebody' }, IFD2: { FNumber: '28/10' } };
  return new Map([
    [
      'camera.jpg',
      await picture().withExif(exif).withIccProfile('p3').withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    ],
    ['progressive.jpg', await picture().jpeg({ progressive: true }).toBuffer()],
    ['cmyk.jpg', await picture().toColourspace('cmyk').jpeg().toBuffer()],
    ['plain.png', await picture(4).png().toBuffer()],
    ['deep.png', await picture().toColourspace('rgb16').withIccProfile('p3').png().toBuffer()],
    ['palette.png', await picture().png({ palette: true }).toBuffer()],
    ['interlaced.png', await picture().png({ progressive: true }).toBuffer()],
    ['lossy.webp', await picture(4).webp().toBuffer()],
    ['lossless.webp', await picture().webp({ lossless: true }).toBuffer()],
    [
      'moving.webp',
      await animation
        .clone()
        .webp({ delay: [50, 60, 70] })
        .toBuffer(),
    ],
    [
      'moving.gif',
      await animation
        .clone()
        .gif({ delay: [50, 60, 70] })
        .toBuffer(),
    ],
    ['plain.tif', await picture().tiff({ compression: 'lzw' }).toBuffer()],
    [
      'tiled.tif',
      await picture(4).tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
    ],
    ['pages.tif', await animation.clone().tiff({ compression: 'none' }).toBuffer()],
    ['plain.avif', await picture().avif().toBuffer()],
  ]);
}

/** Ways to damage a file; `random` gives whole numbers below its argument. */
const DAMAGE: readonly ((bytes: Buffer, random: (below: number) => number) => Buffer)[] = [
  // Cut short.
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  // Single bits.
  (bytes, random) => {
    for (let n = 1 + random(8); n > 0; n--) bytes[random(bytes.length)]! ^= 1 << random(8);
    return bytes;
  },
  // The header: sizes, counts, offsets.
  (bytes, random) => {
    for (let n = 1 + random(4); n > 0; n--) bytes[random(Math.min(200, bytes.length))] = random(256);
    return bytes;
  },
  // Numbers at their ends, such as a width of 65535 or a length of 4294967295.
  (bytes, random) => {
    const at = random(Math.min(300, bytes.length - 4));
    return bytes.fill(random(2) ? 0xff : 0x7f, at, at + 1 + random(4));
  },
  // A part missing, twice, or zero.
  (bytes, random) => {
    const [from, length] = [random(bytes.length), 1 + random(60)];
    const parts = [
      bytes.subarray(0, from),
      bytes.subarray(from, from + length),
      bytes.subarray(from + length),
    ];
    const [a, b, c] = parts as [Buffer, Buffer, Buffer];
    return [
      Buffer.concat([a, c]),
      Buffer.concat([a, b, b, c]),
      Buffer.concat([a, Buffer.alloc(b.length), c]),
    ][random(3)]!;
  },
  // Noise to the end.
  (bytes, random) => {
    for (let i = random(bytes.length); i < bytes.length; i++) bytes[i] = random(256);
    return bytes;
  },
];

/** A damaged copy of a file, the same for the same number. */
export function damaged(whole: Buffer, seed: number): Buffer {
  // mulberry32
  let state = seed;
  const random = (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
  return DAMAGE[random(DAMAGE.length)]!(Buffer.from(whole), random);
}

/** Photos that say that they are huge: a JPEG, a PNG with right checksums, a WebP. */
export async function hugePhotos(): Promise<Map<string, Buffer>> {
  const picture = sharp({ create: { width: 40, height: 30, channels: 3, background: 'teal' } });
  const jpeg = await picture.clone().jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 5;
  jpeg.writeUInt16BE(65500, frame);
  jpeg.writeUInt16BE(65500, frame + 2);
  const png = await picture.clone().png().toBuffer();
  png.writeUInt32BE(2 ** 30, 16);
  png.writeUInt32BE(2 ** 30, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  const webp = await picture.clone().webp({ lossless: true }).toBuffer();
  webp.writeUInt32LE(0xffffffff, 21);
  return new Map([
    ['huge.jpg', jpeg],
    ['huge.png', png],
    ['huge.webp', webp],
  ]);
}
