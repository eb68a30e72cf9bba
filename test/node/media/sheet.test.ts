import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Image } from '../../../src/core/image.js';
import { drawCaption } from '../../../src/node/media/caption.js';
import { contactSheet, sideBySide } from '../../../src/node/media/sheet.js';
import { newFolder } from '../../cli/fns.js';

/** A picture of one colour. */
function plain(width: number, height: number, colour: readonly number[]): Image {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3]!) };
}
const RED = [200, 0, 0];
const BLUE = [0, 0, 200];
const WHITE = [255, 255, 255];
const pixel = ({ width, data }: Image, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];
/** Dark grey pixels (text) in a rectangle. */
function dark(image: Image, [left, top, right, bottom]: readonly [number, number, number, number]): number {
  let count = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) if (pixel(image, x, y).every((v) => v < 100)) count++;
  }
  return count;
}
/** The columns from the first to the last in which there is text. */
function textSpan(image: Image): { first: number; last: number } {
  const columns = Array.from({ length: image.width }, (_, x) => x).filter(
    (x) => dark(image, [x, 0, x + 1, image.height]) > 0,
  );
  return { first: columns[0]!, last: columns.at(-1)! };
}

describe('captions', () => {
  test('are drawn in black, centred, and differ where the texts differ', async () => {
    const [four, eight] = await Promise.all(['weight 4', 'weight 8'].map((t) => drawCaption([t], 200, 16)));
    expect(four).toMatchObject({ width: 200, height: 21 });
    expect(dark(four!, [0, 0, 200, 21])).toBeGreaterThan(100);
    const { first, last } = textSpan(four!);
    expect(Math.abs(first + last - 199)).toBeLessThanOrEqual(3);
    expect(first).toBeGreaterThan(40);
    expect(eight).not.toEqual(four);
    // The common words are the same pixels; only the last letter differs.
    const different = four!.data.findIndex((v, i) => v !== eight!.data[i]);
    expect(Math.floor(different / 3) % 200).toBeGreaterThan(last - 16);
  });

  test('letters are as large as asked: a capital of DejaVu Sans is 0.729 of the font size', async () => {
    const { data } = await drawCaption(['H'], 100, 50);
    const rows = Array.from({ length: 65 }, (_, y) => data.subarray(y * 300, (y + 1) * 300)).filter((row) =>
      row.some((v) => v < 100),
    );
    expect(Math.abs(rows.length - 0.729 * 50)).toBeLessThanOrEqual(1);
  });

  test('long lines go on below, between words or after commas where there are any, and nothing is lost', async () => {
    const heightOf = async (text: string) => (await drawCaption([text], 100, 10)).height / 13;
    expect(await heightOf('short')).toBe(1);
    expect(await heightOf('style-layers relu1_2,relu2_2,relu3_3')).toBe(3);
    expect(await heightOf('x'.repeat(60))).toBe(4);
    expect(await heightOf('a\nb')).toBe(1);
    const narrow = await drawCaption(['abc'], 1, 10);
    expect(narrow.height).toBe(39);
    const joined = await drawCaption(['relu1_2,relu2_2,', 'relu3_3,relu4_3'], 100, 10);
    expect(await drawCaption(['relu1_2,relu2_2,relu3_3,relu4_3'], 100, 10)).toEqual(joined);
  });

  test('no line is a picture of height 0; an empty line keeps its place', async () => {
    expect((await drawCaption([], 100, 10)).height).toBe(0);
    const blank = await drawCaption([''], 100, 10);
    expect(blank.height).toBe(13);
    expect(blank.data.every((v) => v === 255)).toBe(true);
  });

  test('Greek and Cyrillic letters have shapes of their own', async () => {
    const drawn = await Promise.all(['Ж', 'Ω', 'я', '漢'].map((t) => drawCaption([t], 40, 30)));
    const shapes = new Set(drawn.map(({ data }) => Buffer.from(data).toString('base64')));
    expect(shapes.size).toBe(4);
  });

  test('a machine without fonts and without fontconfig draws the same', async () => {
    const folder = await newFolder();
    const empty = join(folder, 'fonts.conf');
    await writeFile(empty, '<?xml version="1.0"?><fontconfig></fontconfig>');
    const module = fileURLToPath(new URL('../../../dist/node/media/caption.js', import.meta.url));
    const script = `
      const { drawCaption } = await import(${JSON.stringify(module)});
      const { data } = await drawCaption(['style-weight 8'], 200, 16);
      process.stdout.write(Buffer.from(data).toString('base64'));`;
    const here = Buffer.from((await drawCaption(['style-weight 8'], 200, 16)).data).toString('base64');
    for (const file of [empty, join(folder, 'missing.conf')]) {
      const env = { PATH: process.env.PATH, FONTCONFIG_FILE: file, HOME: folder };
      const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        env,
        encoding: 'utf8',
      });
      expect(text).toBe(here);
    }
  });
});

describe('contact sheets', () => {
  const options = { columns: 2, cellWidth: 100, cellHeight: 60, gutter: 10, fontSize: 10 };

  test('pictures of different shapes are fitted into equal cells on white, captions below', async () => {
    const cells = [
      { image: plain(100, 60, RED), caption: ['red'] },
      { image: plain(30, 60, BLUE), caption: ['tall and blue'] },
      { image: plain(400, 80, RED), caption: ['wide'] },
    ];
    const sheet = await contactSheet(cells, options);
    // 10 + 60 + gap 3 + caption 13 + 10, and the second row's picture is 20 high.
    expect(sheet).toMatchObject({ width: 230, height: 10 + 86 + 46 });
    expect(pixel(sheet, 10, 10)).toEqual(RED);
    expect(pixel(sheet, 109, 69)).toEqual(RED);
    expect(pixel(sheet, 9, 10)).toEqual(WHITE);
    expect(pixel(sheet, 110, 69)).toEqual(WHITE);
    // 30 of 100 wide, in the middle.
    expect(pixel(sheet, 120 + 34, 40)).toEqual(WHITE);
    expect(pixel(sheet, 120 + 36, 40)).toEqual(BLUE);
    expect(pixel(sheet, 120 + 64, 40)).toEqual(BLUE);
    expect(pixel(sheet, 120 + 65, 40)).toEqual(WHITE);
    expect(pixel(sheet, 10, 96)).toEqual(RED);
    expect(pixel(sheet, 109, 115)).toEqual(RED);
    const captions = [
      [10, 72, 110, 86],
      [120, 72, 220, 86],
      [10, 118, 110, 132],
    ] as const;
    for (const place of captions) expect(dark(sheet, place)).toBeGreaterThan(10);
    expect(dark(sheet, [120, 96, 230, 142])).toBe(0);
  });

  test('by default nothing is shrunk that has the common shape', async () => {
    const sheet = await contactSheet(
      [
        { image: plain(240, 160, RED), caption: [] },
        { image: plain(240, 160, BLUE), caption: [] },
        { image: plain(50, 200, RED), caption: [] },
      ],
      { columns: 3 },
    );
    expect(sheet).toMatchObject({ width: 3 * 240 + 4 * 10, height: 160 + 2 * 10 });
    expect(pixel(sheet, 10, 10)).toEqual(RED);
    expect(pixel(sheet, 489, 169)).toEqual(BLUE);
    expect(pixel(sheet, 500 + 120, 10)).toEqual(RED);
    expect(pixel(sheet, 500 + 90, 10)).toEqual(WHITE);
  });

  test('an empty place, more columns than pictures, transparent pictures', async () => {
    const red = { image: plain(100, 60, RED), caption: ['x'] };
    const sheet = await contactSheet([red, undefined, red], options);
    expect(sheet.height).toBe(10 + 2 * 86);
    expect(pixel(sheet, 150, 40)).toEqual(WHITE);
    expect(pixel(sheet, 50, 126)).toEqual(RED);
    expect((await contactSheet([red], { ...options, columns: 9 })).width).toBe(120);
    const clear = { ...plain(100, 60, RED), alpha: new Uint8Array(6000) };
    expect(pixel(await contactSheet([{ image: clear, caption: [] }], options), 50, 40)).toEqual(WHITE);
  });
});

describe('side by side', () => {
  test('pictures of one height touch', () => {
    const both = sideBySide([plain(3, 2, RED), plain(2, 2, BLUE)]);
    expect(both).toMatchObject({ width: 5, height: 2 });
    expect([0, 2, 3, 4].map((x) => pixel(both, x, 1))).toEqual([RED, RED, BLUE, BLUE]);
    expect(() => sideBySide([plain(3, 2, RED), plain(2, 3, BLUE)])).toThrow('heights');
  });
});
