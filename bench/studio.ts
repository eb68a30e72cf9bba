/**
 * Measures the studio in Chromium: npx tsx bench/studio.ts [--pictures 300] [--device cpu|webgpu]
 *
 * A photo of 1280x853 is opened: the time to the small and to the full picture, and the longest time that the page could
 * not answer input meanwhile. Then photos of 640x427 in a row in one tab: the memory of all of Chromium's processes
 * after ten and at the end, and their ratio. On an idle machine.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { serveStudio } from 'fast-neural-style';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { launchChromium } from '../test/browser/chromium.js';

const { values } = parseArgs({
  options: { pictures: { type: 'string', default: '300' }, device: { type: 'string', default: 'cpu' } },
});

/** The memory of Chromium in MB: what its processes have to themselves, and their shares of the rest. */
function chromiumMegabytes(): number {
  const ids = execFileSync('pgrep', ['-f', 'chrom.*playwright'], { encoding: 'utf8' }).trim().split('\n');
  let kilobytes = 0;
  for (const id of ids) {
    try {
      const text = execFileSync('cat', [`/proc/${id}/smaps_rollup`], { encoding: 'utf8', stdio: 'pipe' });
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      // It has ended.
    }
  }
  return Math.round(kilobytes / 1000);
}

async function photoOf(width: number, height: number, seed: number): Promise<string> {
  const photo = sharp('examples/harbour.jpg').resize(width, height, { fit: 'fill' });
  const jpeg = await photo
    .modulate({ hue: (seed * 37) % 360 })
    .jpeg({ quality: 92 })
    .toBuffer();
  return jpeg.toString('base64');
}

/** Opens a photo in the page, and waits for its full picture. */
async function openPhoto(
  page: Page,
  photo: string,
  name: string,
): Promise<{ small: number; full: number; task: number }> {
  return page.evaluate(
    async ({ photo, name }) => {
      const transfer = new DataTransfer();
      transfer.items.add(
        new File([Uint8Array.from(atob(photo), (c) => c.charCodeAt(0))], name, { type: 'image/jpeg' }),
      );
      let task = 0;
      const observer = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) task = Math.max(task, duration);
      });
      observer.observe({ entryTypes: ['longtask'] });
      const begun = performance.now();
      document.body.dispatchEvent(
        new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
      let small = 0;
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 15));
        const canvas = document.querySelector<HTMLCanvasElement>('canvas.after');
        const isNew = document.querySelector<HTMLImageElement>('.before')?.alt === name;
        if (!canvas || !isNew || canvas.style.visibility === 'hidden') continue;
        small ||= performance.now() - begun;
        if (canvas.dataset.full === 'true') break;
      }
      observer.disconnect();
      return { small, full: performance.now() - begun, task };
    },
    { photo, name },
  );
}

const server = await serveStudio({ port: 0 });
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const begun = performance.now();
  await page.goto(`${server.url}?device=${values.device}`);
  await page.locator('img.after').evaluate((image: HTMLImageElement) => image.decode());
  await page.waitForSelector('.style');
  console.log(`finished picture on the page after ${((performance.now() - begun) / 1000).toFixed(2)} s`);
  // The page draws once when it is idle.
  await page.waitForFunction(() => navigator.serviceWorker.ready, undefined, { timeout: 120_000 });
  const large = await photoOf(1280, 853, 0);
  for (const [i, what] of ['first', 'second', 'third'].entries()) {
    const { small, full, task } = await openPhoto(page, large, `${i}.jpg`);
    console.log(
      `${what} photo of 1280x853: small ${(small / 1000).toFixed(2)} s, full ${(full / 1000).toFixed(2)} s, ` +
        `longest task ${Math.round(task)} ms`,
    );
  }
  let after10 = 0;
  const pictures = Number(values.pictures);
  for (let i = 1; i <= pictures; i++) {
    await openPhoto(page, await photoOf(640, 427, i), `photo ${i}`);
    if (i === 10) after10 = chromiumMegabytes();
  }
  const atEnd = chromiumMegabytes();
  if (after10)
    console.log(
      `memory after 10 pictures ${after10} MB, after ${pictures} ${atEnd} MB: ${(atEnd / after10).toFixed(2)}`,
    );
} finally {
  await browser.close();
  await server.close();
}
