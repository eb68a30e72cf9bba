/** Damaged files in the studio: each becomes a photo, a style or one message, and the page works on. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM } from '../../test/browser/chromium.js';
import { mutated } from '../../test/mutation.js';
import { tinyStyleBytes } from '../../test/tiny-style.js';
import { dropFiles, openStudio, type TestFile, type TestStudio } from './open-studio.js';

/** More than enough for each kind of damage; `FNS_MUTATIONS` makes it more. */
const COUNT = Math.max(24, Number(process.env.FNS_MUTATIONS ?? 0) / 5);

describe.runIf(CHROMIUM)('damaged files', () => {
  let studio: TestStudio;

  beforeAll(async () => {
    studio = await openStudio();
  });

  afterAll(() => studio?.close());

  test(`${COUNT} of them`, { timeout: COUNT * 15_000 }, async () => {
    const { page, context } = await studio.open('?device=cpu#style=tiny');
    await page.waitForSelector('canvas.after[data-full="true"]');
    const noise = sharp({
      create: {
        width: 48,
        height: 36,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 120, sigma: 50 },
      },
    });
    const whole: [string, Uint8Array][] = [
      ['jpg', await noise.clone().jpeg().toBuffer()],
      ['png', await noise.clone().png().toBuffer()],
      ['webp', await noise.clone().webp().toBuffer()],
      ['onnx', tinyStyleBytes(3)],
    ];
    for (let i = 0; i < COUNT; i++) {
      const [ending, bytes] = whole[i % whole.length]!;
      const name = `damaged-${i}.${ending}`;
      const file: TestFile = { name, mimeType: '', buffer: Buffer.from(mutated(bytes, i)) };
      await dropFiles(page, [file]);
      const told = page.locator('.message', { hasText: ending === 'onnx' ? `damaged-${i}` : name });
      const opened = page.locator(`.before[alt="${name}"]`);
      await told.or(opened).first().waitFor();
      expect(await told.count()).toBeLessThanOrEqual(1);
      // That of a photo which only the page could read comes later, from the worker.
      const close = page.locator('.message button').first();
      while (await close.count()) await close.click();
    }
    // A good photo afterwards is drawn.
    await page.locator('[data-style="tiny"]').click();
    const good: TestFile = { name: 'good.png', mimeType: 'image/png', buffer: await noise.png().toBuffer() };
    await dropFiles(page, [good]);
    await page.locator('.before[alt="good.png"]').waitFor();
    await page.waitForSelector('canvas.after[data-full="true"]');
    await context.close();
  });
});
