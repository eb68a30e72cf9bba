import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { uniformValues } from '../../src/core/random.js';
import { dataDir, requireData } from '../data.js';
import { colourNetwork } from '../stylize/colour-networks.js';
import { tinyStyle } from '../tiny-style.js';
import { fns, newFolder } from './fns.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let style: string;
let other: string;

/** A picture of random colours. */
async function picture(name: string, width: number, height: number, channels: 3 | 4 = 3): Promise<string> {
  const path = join(folder, name);
  const noise = uniformValues(width * height * channels, 3, 60);
  const mean = [90, 120, 190, 128];
  const data = Uint8Array.from(noise, (v, i) => {
    const channel = i % channels;
    return channel === 3 ? 128 : mean[channel]! + v;
  });
  await sharp(data, { raw: { width, height, channels } }).toFile(path);
  return path;
}

beforeAll(async () => {
  folder = await newFolder();
  style = await tinyStyle(folder);
  other = await tinyStyle(folder, 'other.onnx', 2);
});

describe('fns stylize', () => {
  test.each([
    [1, 1],
    [3, 200],
    [37, 23],
  ])('keeps the size %d x %d', async (width, height) => {
    const photo = await picture(`p${width}.png`, width, height);
    const out = join(folder, `o${width}.png`);
    const { code, stdout } = await fns(['stylize', photo, '-s', style, '-o', out]);
    expect(code).toBe(0);
    expect(stdout.trim()).toBe(out);
    expect(await sharp(out).metadata()).toMatchObject({ width, height });
  });

  test('turns a photo upright by its EXIF orientation', async () => {
    const photo = join(folder, 'turned.jpg');
    await sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } })
      .withMetadata({ orientation: 6 })
      .toFile(photo);
    const out = join(folder, 'upright.png');
    expect((await fns(['stylize', photo, '-s', style, '-o', out])).code).toBe(0);
    expect(await sharp(out).metadata()).toMatchObject({ width: 20, height: 40 });
  });

  test('keeps transparency', async () => {
    const photo = await picture('alpha.png', 20, 20, 4);
    const out = join(folder, 'alpha-out.png');
    expect((await fns(['stylize', photo, '-s', style, '-o', out])).code).toBe(0);
    const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(4);
    expect(data[3]).toBe(128);
  });

  test('several photos go into a folder; a broken one is reported and the others are done', async () => {
    const photos = join(folder, 'many');
    await mkdir(photos, { recursive: true });
    await sharp({ create: { width: 20, height: 20, channels: 3, background: 'blue' } }).toFile(
      join(photos, 'a.png'),
    );
    await sharp({ create: { width: 24, height: 16, channels: 3, background: 'green' } }).toFile(
      join(photos, 'b.jpg'),
    );
    await writeFile(join(photos, 'c.jpg'), 'no picture');
    const out = join(folder, 'out');
    const { code, stderr } = await fns(['stylize', photos, '-s', style, '-o', `${out}/`, '--format', 'png']);
    expect(code).toBe(1);
    expect(stderr).toContain('c.jpg');
    expect((await readdir(out)).sort()).toEqual(['.fns-pictures.jsonl', 'a.png', 'b.png']);
  });

  test('--max-side shrinks large photos only', async () => {
    const photo = await picture('large.png', 200, 100);
    const out = join(folder, 'small.png');
    expect((await fns(['stylize', photo, '-s', style, '-o', out, '--max-side', '50'])).code).toBe(0);
    expect(await sharp(out).metadata()).toMatchObject({ width: 50, height: 25 });
  });

  test('strips of half floats are drawn where Node has a Float16Array, which ONNX Runtime takes for empty', async () => {
    const photo = await picture('halves.png', 300, 260);
    const out = join(folder, 'from-halves.png');
    // Node 20 has none: one that cannot hold the same memory fails just as surely.
    const array = 'globalThis.Float16Array ??= class extends Float64Array {}';
    const env = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(array)}"` };
    const drawn = await fns(['stylize', photo, '-s', 'wave', '--memory', '205MB', '-o', out, '--force'], {
      env,
    });
    expect(drawn.stderr + drawn.code).toMatch(/100% .*0$/s);
  });

  test('--memory draws large pictures in strips, and is an amount of memory', async () => {
    const photo = await picture('large.png', 300, 260);
    const out = join(folder, 'strips.png');
    const draw = (memory: string) =>
      fns(['stylize', photo, '-s', 'wave', '--memory', memory, '-o', out, '--device', 'cpu']);
    const whole = await draw('1.5 GB');
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    const bytes = await sharp(out).raw().toBuffer();
    const { code, stderr } = await draw('205MB');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^ *\d+% {2}large\.png/m);
    const strips = await sharp(out).raw().toBuffer();
    expect(strips.every((v, i) => Math.abs(v - bytes[i]!) <= 1)).toBe(true);
    expect(strips).toHaveLength(bytes.length);
    const wrong = await draw('lots');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toBe("error: --memory needs an amount of memory such as 2GB or 512MB, got 'lots'\n");
  });

  test('--size shrinks and enlarges, by the longer side', async () => {
    const photo = await picture('any.png', 60, 90);
    for (const [size, width, height] of [
      [30, 20, 30],
      [180, 120, 180],
    ] as const) {
      const out = join(folder, `sized${size}.png`);
      expect((await fns(['stylize', photo, '-s', style, '-o', out, '--size', `${size}`])).code).toBe(0);
      expect(await sharp(out).metadata()).toMatchObject({ width, height });
    }
  });

  test('a blend in the photo’s colours where a mask is white, another style where it is transparent', async () => {
    const photo = join(folder, 'colourful.png');
    const noise = Uint8Array.from(uniformValues(40 * 30 * 3, 3, 60), (v) => Math.round(v + 128));
    await sharp(noise, { raw: { width: 40, height: 30, channels: 3 } }).toFile(photo);
    // White on the left half, nothing on the right.
    const mask = join(folder, 'mask.png');
    const half = { create: { width: 20, height: 30, channels: 4, background: 'white' } } as const;
    await sharp(half)
      .extend({ right: 20, background: { r: 0, g: 0, b: 0, alpha: 0 } })
      .toFile(mask);
    const run = async (name: string, options: string[]) => {
      const out = join(folder, name);
      const result = await fns(['stylize', photo, ...options, '-o', out]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      return sharp(out).raw().toBuffer();
    };
    const blend = ['-s', `${style}=0.75,${other}=0.25`, '--colours', 'photo'];
    const whole = await run('whole.png', blend);
    const rest = await run('rest.png', ['-s', other, '--colours', 'photo']);
    const both = await run('both.png', [...blend, '--mask', mask, '--mask-style', other]);
    const expected = whole.map((v, i) => (Math.floor(i / 3) % 40 < 20 ? v : rest[i]!));
    expect(both.equals(expected)).toBe(true);
    expect(whole.equals(rest)).toBe(false);
  });

  test('a mask without white is told of', async () => {
    const photo = await picture('unmasked.png', 20, 20);
    const mask = join(folder, 'black.png');
    await sharp({ create: { width: 5, height: 5, channels: 3, background: 'black' } }).toFile(mask);
    const out = join(folder, 'unmasked-out.png');
    const { code, stderr } = await fns(['stylize', photo, '-s', style, '--mask', mask, '-o', out]);
    expect(code).toBe(0);
    expect(stderr).toBe(
      `warning: the mask ${mask} is black or transparent everywhere: none of the style is shown\n`,
    );
    expect((await sharp(out).raw().toBuffer()).equals(await sharp(photo).raw().toBuffer())).toBe(true);
  });

  test('a network that wants blue first and pixels of 0 to 1 is noticed, and the options overrule', async () => {
    const photo = await picture('plain.png', 40, 40);
    const network = join(folder, 'bgr.onnx');
    await writeFile(network, colourNetwork({ blueFirst: true, range: 1 }));
    const same = join(folder, 'rgb.onnx');
    await writeFile(same, colourNetwork());
    const run = async (name: string, options: string[]) => {
      const out = join(folder, name);
      const { code, stderr } = await fns(['stylize', photo, '-o', out, ...options]);
      expect(code).toBe(0);
      return { stderr, pixels: await sharp(out).raw().toBuffer() };
    };
    const expected = await run('rgb.png', ['-s', same]);
    const guessed = await run('guessed.png', ['-s', network]);
    const told = await run('told.png', ['-s', network, '--channel-order', 'bgr', '--range', '1']);
    const overruled = await run('overruled.png', ['-s', network, '--channel-order', 'rgb', '--range', '1']);
    expect(expected.stderr + told.stderr + overruled.stderr).toBe('');
    expect(guessed.stderr).toMatch(
      /bgr\.onnx is taken to want blue first \(guessed.*\n.*pixels of 0 to 1 \(guessed/,
    );
    expect(guessed.pixels.equals(told.pixels)).toBe(true);
    const worst = (pixels: Buffer) =>
      pixels.reduce((max, v, i) => Math.max(max, Math.abs(v - expected.pixels[i]!)), 0);
    expect(worst(guessed.pixels)).toBeLessThanOrEqual(1);
    expect(worst(overruled.pixels)).toBeGreaterThan(20);
  });

  test('the shipped styles stylise an example photo: changed, in colour, not burnt out', async () => {
    const { stdout } = await fns(['styles']);
    // A network of many paintings lists them in a line of its own.
    const names = stdout
      .trim()
      .split('\n')
      .flatMap((line) =>
        line.startsWith(' ') ? line.split('paintings: ')[1]!.split(' ') : line.split(' ')[0]!,
      )
      .filter((name) => name !== 'many');
    expect(names).toEqual(expect.arrayContaining(['starry', 'wave']));
    const example = join(root, 'examples', 'harbour.jpg');
    for (const name of names) {
      const out = join(folder, `${name}.png`);
      expect((await fns(['stylize', example, '-s', name, '-o', out, '--max-side', '256'])).code).toBe(0);
      const { channels } = await sharp(out).stats();
      for (const { stdev } of channels) expect(stdev).toBeGreaterThan(15);
      const pixels = await sharp(out).removeAlpha().raw().toBuffer();
      const extreme = pixels.filter((v) => v === 0 || v === 255).length / pixels.length;
      expect(extreme).toBeLessThan(0.2);
      const { width, height } = await sharp(out).metadata();
      const original = await sharp(example).resize(width, height, { fit: 'fill' }).raw().toBuffer();
      expect(original.length).toBe(pixels.length);
      const change = pixels.reduce((s, v, i) => s + Math.abs(v - original[i]!), 0) / pixels.length;
      expect(change).toBeGreaterThan(10);
    }
  });
});

describe.runIf(requireData('networks of other projects'))('networks of other projects', () => {
  test('an ONNX style network of another project works', async () => {
    const peers = join(dataDir!, 'peers', 'gnsmrky');
    const file = (await readdir(peers, { recursive: true })).find((f) => f.endsWith('.onnx'))!;
    const out = join(folder, 'foreign.png');
    const photo = await picture('foreign-in.png', 101, 67);
    const { code, stderr } = await fns(['stylize', photo, '-s', join(peers, file), '-o', out]);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(await sharp(out).metadata()).toMatchObject({ width: 101, height: 67 });
  });
});

describe('bad input gives one clear line and leaves nothing behind', () => {
  const cases: [string, (f: string) => string[], number, RegExp][] = [
    ['no such photo', (f) => [join(f, 'nope.jpg'), '-s', style], 1, /nope\.jpg: no such file/],
    ['text named .jpg', (f) => [join(f, 'text.jpg'), '-s', style], 1, /text\.jpg: not a picture/],
    ['unknown style', (f) => [join(f, 'ok.png'), '-s', 'wavy'], 2, /unknown style 'wavy'.*starry.*wave/],
    [
      'a network of another program',
      (f) => [join(f, 'ok.png'), '-s', join(f, 'text.pth')],
      1,
      /text\.pth holds a network as another program keeps it, .*\(`fns import` makes/,
    ],
    [
      'a folder of one',
      (f) => [join(f, 'ok.png'), '-s', join(f, 'checkpoint')],
      1,
      /checkpoint holds a network as another program keeps it/,
    ],
    [
      'a format that the name denies',
      (f) => [join(f, 'ok.png'), '-s', style, '--format', 'webp'],
      2,
      /^error: --format: webp, but the name of the picture says otherwise: .*\.webp is needed for it/,
    ],
    ['empty style', (f) => [join(f, 'ok.png'), '-s', join(f, 'empty.onnx')], 1, /empty/],
    ['text as style', (f) => [join(f, 'ok.png'), '-s', join(f, 'text.jpg')], 1, /not an ONNX model/],
    [
      'cut style',
      (f) => [join(f, 'ok.png'), '-s', join(f, 'cut.onnx')],
      1,
      /cut\.onnx.*(ONNX|damaged)|cannot be loaded/,
    ],
    [
      'unknown device',
      (f) => [join(f, 'ok.png'), '-s', style, '--device', 'tpu'],
      2,
      /--device <name>.*'tpu' is invalid.*cpu/,
    ],
    [
      'no CUDA',
      (f) => [join(f, 'ok.png'), '-s', style, '--device', 'cuda'],
      1,
      /no CUDA device.*--device cpu/,
    ],
    ['quality', (f) => [join(f, 'ok.png'), '-s', style, '--quality', '0'], 2, /--quality/],
    [
      'size not positive',
      (f) => [join(f, 'ok.png'), '-s', style, '--max-side', '0'],
      2,
      /--max-side.*above 0/,
    ],
    [
      'two sizes',
      (f) => [join(f, 'ok.png'), '-s', style, '--size', '9', '--max-side', '9'],
      2,
      /^error: --size: give a size or a largest size, not both/,
    ],
    [
      'colours of nobody',
      (f) => [join(f, 'ok.png'), '-s', style, '--colours', 'red'],
      2,
      /--colours <whose>.*'red' is invalid.*style, photo, match/,
    ],
    [
      'no such mask',
      (f) => [join(f, 'ok.png'), '-s', style, '--mask', join(f, 'm.png')],
      1,
      /m\.png: no such file/,
    ],
    [
      'a style for the rest without a mask',
      (f) => [join(f, 'ok.png'), '-s', style, '--mask-style', style],
      2,
      /^error: --mask-style: a mask is needed with it/,
    ],
    [
      'shares that are no numbers',
      (f) => [join(f, 'ok.png'), '-s', 'wave=much,starry=0.3'],
      2,
      /^error: 'wave=much,starry=0.3': STYLE or STYLE=SHARE is needed, such as wave=0.7,starry=0.3/,
    ],
    [
      'an unknown style in a blend',
      (f) => [join(f, 'ok.png'), '-s', `${style}=0.7,wavy=0.3`],
      2,
      /unknown style 'wavy'.*starry.*wave/,
    ],
    [
      'channels of a style of ours',
      (f) => [join(f, 'ok.png'), '-s', style, '--channel-order', 'bgr'],
      2,
      /^error: --channel-order: .*tiny\.onnx is a style of this program, which knows its own/,
    ],
    [
      'a range that is none',
      (f) => [join(f, 'ok.png'), '-s', style, '--range', '2'],
      2,
      /^error: --range: 255/,
    ],
    ['unknown flag', (f) => [join(f, 'ok.png'), '-s', style, '--bogus'], 2, /unknown option '--bogus'/],
  ];
  test.each(cases)('%s', async (_, args, code, message) => {
    const f = await newFolder();
    await writeFile(join(f, 'text.jpg'), 'no picture');
    await writeFile(join(f, 'empty.onnx'), '');
    await writeFile(join(f, 'text.pth'), 'weights');
    await mkdir(join(f, 'checkpoint'));
    await writeFile(join(f, 'checkpoint', 'wave.ckpt.index'), '');
    await writeFile(join(f, 'cut.onnx'), (await readFile(style)).subarray(0, 20_000));
    await sharp({ create: { width: 16, height: 16, channels: 3, background: 'red' } }).toFile(
      join(f, 'ok.png'),
    );
    const before = await readdir(f);
    const result = await fns(['stylize', ...args(f), '-o', join(f, 'out.png')]);
    expect(result.code).toBe(code);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.stderr).toMatch(message);
    expect(await readdir(f)).toEqual(before);
  });

  test('a mistyped flag is told before the flag that is missing', async () => {
    const mistyped = await fns(['stylize', 'photo.jpg', '-s', style, '--ouput', 'x.jpg']);
    expect(mistyped.stderr).toBe("error: unknown option '--ouput'\n(Did you mean --out?)\n");
    const missing = await fns(['stylize', 'photo.jpg', '-s', style]);
    expect(missing.stderr).toBe("error: required option '-o, --out <file or folder>' not specified\n");
    expect([mistyped.code, missing.code]).toEqual([2, 2]);
  });

  test('several photos and one output file', async () => {
    const a = await picture('one.png', 16, 16);
    await copyFile(a, join(folder, 'two.png'));
    const { code, stderr } = await fns([
      'stylize',
      a,
      join(folder, 'two.png'),
      '-s',
      style,
      '-o',
      join(folder, 'x.png'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('several photos need a folder');
  });
});
