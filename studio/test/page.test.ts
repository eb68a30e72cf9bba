/** The studio's page as a whole: what it loads, who can use it, and that it works without a network. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM } from '../../test/browser/chromium.js';
import { en } from '../locales/en.js';
import { enServer } from '../locales/en-server.js';
import { zh } from '../locales/zh.js';
import { zhServer } from '../locales/zh-server.js';
import { accessibilityFaults } from './accessibility.js';
import { openStudio, type TestStudio } from './open-studio.js';

/** All keys of an object, those within it as `a.b`. */
function keysOf(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([key, each]) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? keysOf(each, `${before}${key}.`)
      : [`${before}${key}: ${typeof each}`],
  );
}

test('both languages have the same words', () => {
  expect(keysOf(zh)).toEqual(keysOf(en));
  expect(keysOf(zhServer)).toEqual(keysOf(enServer));
});

describe.runIf(CHROMIUM)('the page', () => {
  let studio: TestStudio;

  beforeAll(async () => {
    studio = await openStudio();
  });

  afterAll(() => studio?.close());

  test('shows a finished picture after at most 300 KB, and asks no other host', async () => {
    const context = await studio.browser.newContext();
    const sizes = new Map<string, Promise<number>>();
    context.on('response', (response) => {
      const { pathname } = new URL(response.url());
      // The engine and the style come when the page is idle, or asked for.
      if (/\/ort\/|\.onnx$|draw\.worker|service-worker/.test(pathname)) return;
      const isText = /\.(js|css|html|svg|json)$|\/$/.test(pathname);
      const size = response.body().then((body) => (isText ? gzipSync(body).length : body.length));
      sizes.set(
        pathname,
        size.catch(() => 0),
      );
    });
    const page = await context.newPage();
    const others: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(studio.url) && !request.url().startsWith('blob:'))
        others.push(request.url());
    });
    await page.goto(studio.url);
    await page.locator('img.after').evaluate((image: HTMLImageElement) => image.decode());
    await page.waitForSelector('.style');
    const bytes = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(300_000);
    expect(others).toEqual([]);
    await context.close();
  });

  test.each([
    ['light', {}],
    ['dark, in Chinese', { colorScheme: 'dark', locale: 'zh-CN' }],
    ['on a phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ] as const)('axe finds nothing: %s', async (_, options) => {
    const { page, context, complaints } = await studio.open('#style=tiny&second=other&mix=0.5', options);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: /^(Mask|蒙版)$/ }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    // Nothing is wider than the screen.
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('works offline after the first visit', async () => {
    const { page, context } = await studio.open('?device=cpu#style=tiny');
    await page.waitForSelector('canvas.after[data-full="true"]');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForSelector('canvas.after[data-full="true"]');
    await context.setOffline(true);
    await page.reload();
    await page.waitForSelector('canvas.after[data-full="true"]');
    expect(await page.locator('.message.error').count()).toBe(0);
    await context.close();
  });

  test('the language and the theme are kept', async () => {
    const { page, context } = await studio.open('#style=tiny');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('button', { name: '浅色或深色' }).click();
    await page.reload();
    await page.getByRole('link', { name: '照片' }).waitFor();
    expect(
      await page.evaluate(() => [document.documentElement.dataset.theme, document.documentElement.lang]),
    ).toEqual(['dark', 'zh-Hans']);
    await context.close();
  });
});
