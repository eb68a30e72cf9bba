/** Files as cameras, scanners and programs write them, through `fns stylize`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { makePictures } from '../../src/jobs/make-pictures.js';
import { tinyStyle } from '../tiny-style.js';
import { fns, newFolder } from './fns.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder: string;
let style: string;

beforeAll(async () => {
  folder = await newFolder();
  style = await tinyStyle(folder);
});

const stylize = (...args: string[]) => fns(['stylize', ...args, '-s', style], { cwd: folder });

/** Runs the program with bytes as its standard input, and gives the bytes of its standard output. */
function piped(
  input: Uint8Array,
  ...args: string[]
): Promise<{ code: number | null; out: Buffer; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, 'stylize', ...args, '-s', style], { cwd: folder });
    const chunks: Buffer[] = [];
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('close', (code) => resolve({ code, out: Buffer.concat(chunks), err }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

test('what is hidden under alpha 0 makes no difference to what can be seen', async () => {
  const seen: Uint8Array[] = [];
  for (const [r, g, b] of [
    [255, 0, 0],
    [0, 0, 0],
    [255, 255, 255],
  ] as const) {
    const [width, height] = [48, 40];
    const data = new Uint8Array(4 * width * height);
    for (let i = 0; i < width * height; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      const inside = Math.hypot(x - 24, y - 20) < 15;
      data.set(inside ? [4 * x, 5 * y, 128, 255] : [r, g, b, 0], 4 * i);
    }
    const name = `circle-${r}${g}${b}.png`;
    await sharp(data, { raw: { width, height, channels: 4 } })
      .png()
      .toFile(join(folder, name));
    expect((await stylize(name, '-o', `out-${name}`)).code).toBe(0);
    const out = await sharp(join(folder, `out-${name}`))
      .raw()
      .toBuffer();
    expect(out[3]).toBe(0);
    seen.push(out.filter((_, i) => out[4 * (i >> 2) + 3] === 255));
  }
  expect(seen[0]!.length).toBeGreaterThan(2000);
  expect(Buffer.compare(seen[1]!, seen[0]!)).toBe(0);
  expect(Buffer.compare(seen[2]!, seen[0]!)).toBe(0);
});

describe('animations', () => {
  beforeAll(async () => {
    const frames = Buffer.concat(
      [0, 1, 2].map((f) =>
        Buffer.from(Uint8Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * (f + 3)) % 256)),
      ),
    );
    await sharp(frames, { raw: { width: 16, height: 36, channels: 3, pageHeight: 12 } })
      .gif({ delay: [50, 120, 300], loop: 3 })
      .toFile(join(folder, 'dance.gif'));
    await sharp({ create: { width: 16, height: 12, channels: 3, background: 'red' } })
      .gif()
      .toFile(join(folder, 'still.gif'));
  });

  test('every frame, same timing and loops, as GIF and as WebP', async () => {
    for (const out of ['out.gif', 'out.webp']) {
      expect(await stylize('dance.gif', '-o', out)).toMatchObject({ code: 0, stdout: `${out}\n` });
      const header = await sharp(join(folder, out)).metadata();
      expect(header).toMatchObject({ pages: 3, delay: [50, 120, 300], loop: 3, width: 16, height: 12 });
    }
  });

  test('a format that holds one picture gets the first frame, and it is said', async () => {
    const { code, stderr } = await stylize('dance.gif', '-o', 'first.png');
    expect(code).toBe(0);
    expect(stderr).toContain('dance.gif has 3 frames: the first is taken');
  });

  test('into a folder an animation stays a GIF, and a picture of 256 colours becomes a PNG', async () => {
    const { code, stdout } = await stylize('dance.gif', 'still.gif', '-o', 'gifs/');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').sort()).toEqual(['gifs/dance.gif', 'gifs/still.png']);
  });
});

describe('- is standard input and output', () => {
  let photo: Buffer;
  beforeAll(async () => {
    const noise = Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => (i * 7919) >> 3);
    photo = await sharp(noise, { raw: { width: 30, height: 20, channels: 3 } })
      .jpeg()
      .toBuffer();
    await writeFile(join(folder, 'photo.jpg'), photo);
  });

  test('the same picture as from and to files, in the format of the photo or another', async () => {
    expect((await stylize('photo.jpg', '-o', 'file.jpg')).code).toBe(0);
    const file = await readFile(join(folder, 'file.jpg'));
    expect(await piped(photo, '-', '-o', '-')).toMatchObject({ code: 0, out: file });
    expect(await piped(photo, '-', '-o', 'piped.jpg')).toMatchObject({
      code: 0,
      out: Buffer.from('piped.jpg\n'),
    });
    expect(await readFile(join(folder, 'piped.jpg'))).toEqual(file);
    const { out } = await piped(photo, 'photo.jpg', '-o', '-', '--format', 'png');
    expect(await sharp(out).metadata()).toMatchObject({ format: 'png', width: 30, height: 20 });
  });

  test.each([
    [['-', 'photo.jpg', '-o', 'many/'], 2, 'takes one photo'],
    [['-', '-o', './'], 2, 'goes into a file'],
    [['-', '-o', '-', '--json'], 2, '--json and -o -'],
    [['-', '-o', '-', '--depth', '16'], 2, '--depth'],
  ])('%j is refused', async (args, code, message) => {
    const result = await piped(photo, ...args);
    expect(result.code).toBe(code);
    expect(result.err.trim().split('\n')).toHaveLength(1);
    expect(result.err).toContain(message);
  });

  test('the mask is not replaced by the picture', async () => {
    const mask = join(folder, 'stream-mask.png');
    await sharp({ create: { width: 30, height: 20, channels: 3, background: 'white' } }).toFile(mask);
    const before = await readFile(mask);
    const { code, err } = await piped(photo, '-', '--mask', mask, '-o', mask);
    expect([code, err]).toEqual([2, expect.stringContaining('is the mask, and would be overwritten')]);
    expect(await readFile(mask)).toEqual(before);
  });

  test('nothing, or no picture', async () => {
    for (const [input, message] of [
      ['', 'cannot read standard input: the file is empty (0 bytes)'],
      ['text', 'cannot read standard input: not a picture'],
    ] as const) {
      const { code, out, err } = await piped(Buffer.from(input), '-', '-o', '-');
      expect([code, out.length]).toEqual([1, 0]);
      expect(err).toContain(message);
    }
  });

  test.each([
    ['--stroke-size', '9', 2],
    ['--device', 'cuda', 1],
  ])('%s %s, which fails while the photo is awaited, ends the program', async (flag, value, expected) => {
    // Without a GPU that may be used, on every machine.
    const env = { ...process.env, CUDA_VISIBLE_DEVICES: '' };
    const args = [main, 'stylize', '-', '-o', 'x.jpg', '-s', style, flag, value];
    const child = spawn(process.execPath, args, { cwd: folder, env });
    child.stdin.on('error', () => {});
    child.stdin.write(photo.subarray(0, 10));
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [code] = await once(child, 'exit');
    clearTimeout(timer);
    child.stdin.destroy();
    expect(code).toBe(expected);
  });
});

test('16 bits: between two levels of 8 bits lie others', async () => {
  const ramp = Uint16Array.from({ length: 64 * 64 * 3 }, (_, i) => 20_000 + (i >> 1));
  await sharp(ramp, { raw: { width: 64, height: 64, channels: 3 } })
    .toColourspace('rgb16')
    .withIccProfile('p3')
    .withExif({ IFD0: { Copyright: 'somebody' } })
    .png()
    .toFile(join(folder, 'deep.png'));
  const args = ['deep.png', '-o', 'deep-out.png', '--depth', '16', '--keep-profile', '--keep-metadata'];
  expect((await stylize(...args)).code).toBe(0);
  const header = await sharp(join(folder, 'deep-out.png')).metadata();
  expect(header.depth).toBe('ushort');
  expect(header.icc).toEqual((await sharp(join(folder, 'deep.png')).metadata()).icc);
  expect(header.exif?.toString('latin1')).toContain('somebody');
  const bytes = await sharp(join(folder, 'deep-out.png'))
    .keepIccProfile()
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer();
  const values = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const between = values.filter((value) => value % 257 !== 0).length / values.length;
  expect(between).toBeGreaterThan(0.9);
});

test.each([
  ['a.webp', 16384, 1],
  ['a.jpg', 1, 65501],
  ['a.avif', 16385, 1],
  ['a.gif', 65536, 1],
])('%s of %dx%d is refused before anything is computed', async (out, width, height) => {
  const photo = join(folder, 'long.png');
  await sharp({ create: { width, height, channels: 3, background: 'red' } })
    .png()
    .toFile(photo);
  const made = makePictures(
    { photos: photo, out: join(folder, out) },
    {},
    {
      make: () => Promise.reject(new Error('it was computed')),
      settings: '',
    },
  );
  await expect(made).rejects.toThrow(
    `${width}x${height} pixels as .${out.split('.')[1]}, whose sides end at`,
  );
});

test('the size of the result counts, also when it is enlarged', async () => {
  const photo = join(folder, 'half.png');
  await sharp({ create: { width: 5000, height: 1, channels: 3, background: 'red' } })
    .png()
    .toFile(photo);
  const made = makePictures(
    { photos: photo, out: join(folder, 'x.webp') },
    {},
    {
      make: () => Promise.reject(new Error('it was computed')),
      factor: 4,
      settings: '',
    },
  );
  await expect(made).rejects.toThrow('20000x4 pixels as .webp');
});
