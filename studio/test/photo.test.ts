/** Photos in the studio, in a real browser, against what Node makes of them. */
import { readFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStyle, type StyleChoice } from '../../src/api/node.js';
import { CHROMIUM } from '../../test/browser/chromium.js';
import { tinyStyleBytes } from '../../test/tiny-style.js';
import { downloadOf, dropFiles, openStudio, type TestStudio } from './open-studio.js';
import { difference, pixelsOf, pngFile, testPhoto } from './test-photo.js';

const fullPicture = 'canvas.after[data-full="true"]';
const save = (page: Page) =>
  downloadOf(page, () => page.getByRole('button', { name: 'Save', exact: true }).click());

/** Sets a slider as a hand would leave it. */
async function slide(page: Page, name: string, value: number): Promise<void> {
  await page.getByRole('slider', { name, exact: true }).fill(String(value));
}

describe.runIf(CHROMIUM)('the studio', () => {
  let studio: TestStudio;

  beforeAll(async () => {
    studio = await openStudio();
  });

  afterAll(() => studio?.close());

  test.each(['cpu', 'webgpu'])('draws a dropped photo as Node does, on %s', async (device) => {
    const { page, context, complaints } = await studio.open(`?device=${device}#style=tiny`);
    const photo = testPhoto(64, 48);
    await dropFiles(page, [await pngFile(photo)]);
    await page.waitForSelector(fullPicture);
    const { name, path } = await save(page);
    expect(name).toBe('photo-tiny.png');
    const stylizer = await loadStyle(tinyStyleBytes(1), { device: 'cpu' });
    const wanted = await stylizer.stylize(photo);
    await stylizer.close();
    expect(difference(await pixelsOf(path), wanted.data)).toBeLessThanOrEqual(1);
    expect(await page.textContent('.status')).toMatch(device === 'cpu' ? /64 × 48 · WebAssembly/ : /WebGPU/);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('strength, colours, strokes and a second style are those of Node', async () => {
    const { page, context } = await studio.open('?device=cpu#style=tiny');
    const photo = testPhoto(60, 44, 3);
    await dropFiles(page, [await pngFile(photo)]);
    await page.waitForSelector(fullPicture);
    await slide(page, 'Strength', 0.6);
    await page.getByText('of the photo', { exact: true }).click();
    await slide(page, 'Strokes', 1.5);
    await page.getByLabel('Mix with').selectOption('other');
    await slide(page, 'How much of it', 0.25);
    expect(await page.evaluate(() => location.hash)).toBe(
      '#style=tiny&second=other&mix=0.25&strength=0.6&strokes=1.5&colours=photo',
    );
    const { path } = await save(page);
    const shares = [
      { style: tinyStyleBytes(1), share: 0.75 },
      { style: tinyStyleBytes(2), share: 0.25 },
    ];
    const look: StyleChoice = { strength: 0.6, colours: 'photo', strokeSize: 1.5 };
    const stylizer = await loadStyle(shares, { device: 'cpu', ...look });
    const wanted = await stylizer.stylize(photo);
    await stylizer.close();
    expect(difference(await pixelsOf(path), wanted.data)).toBeLessThanOrEqual(1);
    await context.close();
  });

  test('a style that is chosen again has its full picture again', async () => {
    const { page, context } = await studio.open('?device=cpu#style=tiny');
    // Larger than the small picture.
    await dropFiles(page, [await pngFile(testPhoto(700, 500))]);
    const picture = () =>
      page.locator('canvas.after').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    await page.waitForSelector(fullPicture);
    const tiny = await picture();
    const isTiny = async () => (await picture()) === tiny;
    // Back as soon as the small picture of the other is there, before its full one is.
    await page.evaluate(async () => {
      const canvas = document.querySelector<HTMLElement>('canvas.after')!;
      const choose = (style: string) =>
        document.querySelector<HTMLElement>(`[data-style="${style}"] input`)!.click();
      await new Promise<void>((resolve) => {
        const watch = () => {
          if (canvas.dataset.full === 'false') resolve();
        };
        new MutationObserver(watch).observe(canvas, { attributes: true });
        choose('other');
      });
      choose('tiny');
    });
    await expect.poll(isTiny).toBe(true);
    await page.getByRole('radio', { name: 'other', exact: true }).click();
    await expect.poll(isTiny).toBe(false);
    await page.waitForSelector(fullPicture);
    await page.getByRole('radio', { name: 'tiny', exact: true }).click();
    await expect.poll(isTiny).toBe(true);
    await context.close();
  });

  test('the mask brush brings the photo back', async () => {
    const { page, context } = await studio.open('?device=cpu#style=tiny');
    const photo = testPhoto(80, 60);
    await dropFiles(page, [await pngFile(photo)]);
    await page.waitForSelector(fullPicture);
    const before = await pixelsOf((await save(page)).path);
    await page.getByRole('button', { name: 'Mask' }).click();
    const box = (await page.locator('.mask-layer').boundingBox())!;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + 2, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, y, { steps: 12 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Done' }).first().click();
    await page.waitForTimeout(100);
    const after = await pixelsOf((await save(page)).path);
    const row = (pixels: Uint8Array, y: number) => pixels.subarray(3 * 80 * y, 3 * 80 * (y + 1));
    expect(difference(row(after, 30), row(photo.data, 30))).toBeLessThanOrEqual(2);
    expect(difference(row(after, 2), row(before, 2))).toBeLessThanOrEqual(2);
    await context.close();
  });

  test('own styles are added, kept, renamed and deleted; a broken file gets one message', async () => {
    const { page, context } = await studio.open('?device=cpu#style=tiny');
    const style = { name: 'garden.onnx', mimeType: '', buffer: Buffer.from(tinyStyleBytes(7)) };
    const broken = { name: 'broken.pth', mimeType: '', buffer: Buffer.from('no network at all') };
    await dropFiles(page, [broken, style]);
    await page.getByRole('radio', { name: 'garden' }).waitFor();
    expect(await page.locator('.message.error').allTextContents()).toEqual([
      expect.stringMatching(/^broken\.pth cannot be used as a style: /),
    ]);
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('Name of the style').fill("my aunt's garden");
    await page.keyboard.press('Enter');
    await page.getByRole('radio', { name: "my aunt's garden" }).waitFor();
    await page.reload();
    await page.getByRole('radio', { name: "my aunt's garden" }).click();
    const { name, path } = await downloadOf(page, () =>
      page.getByRole('button', { name: 'Save the file' }).click(),
    );
    expect(name).toMatch(/garden\.onnx$/);
    expect(Buffer.compare(await readFile(path), tinyStyleBytes(7))).toBe(0);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.reload();
    await page.waitForSelector('.style');
    expect(await page.getByRole('radio', { name: "my aunt's garden" }).count()).toBe(0);
    await context.close();
  });

  test('many photos become a zip, without the one that is broken', async () => {
    const { page, context } = await studio.open('?device=cpu#style=tiny');
    const photos = [testPhoto(40, 30, 1), testPhoto(40, 30, 2)];
    const files = await Promise.all(photos.map((photo) => pngFile(photo, 'same.png')));
    const broken = { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([255, 216, 255, 0]) };
    await dropFiles(page, [files[0]!, broken, files[1]!]);
    const { path } = await downloadOf(page, () =>
      page.getByRole('button', { name: 'Make all, as a zip' }).click(),
    );
    const zip = unzipSync(await readFile(path));
    expect(Object.keys(zip)).toEqual(['same-tiny.jpg', 'same-tiny-2.jpg']);
    for (const bytes of Object.values(zip))
      expect(await sharp(bytes).metadata()).toMatchObject({ width: 40, height: 30 });
    expect(await page.locator('.message.error').count()).toBe(1);
    await context.close();
  });

  test('a file that is no picture gets one message, and the photo stays', async () => {
    const { page, context } = await studio.open('#style=tiny');
    await dropFiles(page, [{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') }]);
    await page.locator('.message.error').waitFor();
    expect(await page.locator('.message.error').allTextContents()).toEqual([
      expect.stringMatching(/^notes\.txt cannot be read as a picture/),
    ]);
    expect(await page.locator('.before').count()).toBe(1);
    await context.close();
  });

  test('changes can be undone, with keys too; arrows choose styles; the address is a look', async () => {
    const { page, context } = await studio.open('#style=udnie&strength=0.5');
    expect(await page.getByRole('slider', { name: 'Strength' }).inputValue()).toBe('0.5');
    const chosen = () => page.locator('.style:has(input:checked)').getAttribute('data-style');
    expect(await chosen()).toBe('udnie');
    await page.keyboard.press('ArrowRight');
    const next = await chosen();
    expect(next).not.toBe('udnie');
    await slide(page, 'Strength', 0.2);
    await page.keyboard.press('Control+z');
    expect(await page.getByRole('slider', { name: 'Strength' }).inputValue()).toBe('0.5');
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await chosen()).toBe('udnie');
    await page.getByRole('button', { name: 'Redo' }).click();
    expect(await chosen()).toBe(next);
    expect(await page.evaluate(() => location.hash)).toBe(`#style=${next}&strength=0.5`);
    await context.close();
  });
});
