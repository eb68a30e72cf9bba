import { readdirSync, readFileSync } from 'node:fs';
import { serveStudio } from '/work/w4/src/api/node.ts';
import { dropFiles } from '/work/w4/studio/test/open-studio.ts';
import { launchChromium } from '/work/w4/test/browser/chromium.ts';

const D = '/work/shared/data';
const server = await serveStudio({ port: 0 });
const browser = await launchChromium();
const file = (p: string) => ({ name: p.split('/').at(-1)!, mimeType: 'image/jpeg', buffer: readFileSync(p) });
const kinds: [string, object, string, string[]][] = [
  ['light', { viewport: { width: 1280, height: 800 } }, 'en', ['Teach it', 'Pause']],
  [
    'dark',
    { viewport: { width: 1280, height: 800 }, colorScheme: 'dark', locale: 'zh-CN' },
    'zh',
    ['开始学习', '暂停'],
  ],
  [
    'phone',
    { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    'en',
    ['Teach it', 'Pause'],
  ],
];
for (const [name, options, , [go, pause]] of kinds.filter(
  ([n]) => !process.argv[2] || process.argv[2] === n,
)) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', (m) => console.log('console', m.type(), m.text()));
  page.on('pageerror', (e) => console.log('pageerror', e.message));
  await page.goto(
    server.url +
      `?device=cpu&training=${encodeURIComponent(JSON.stringify({ size: 64, steps: 300, previewEvery: 3 }))}#view=teach`,
  );
  await page.waitForSelector('.teach');
  await page.waitForTimeout(500);
  await page.screenshot({ path: `/tmp/teach/${name}-0.png`, fullPage: false });
  await dropFiles(page, [file(`${D}/styles/starry_night.jpg`)]);
  await page.waitForSelector('.teach-painting');
  await dropFiles(
    page,
    readdirSync(`${D}/photos/train`)
      .slice(0, 24)
      .map((n) => file(`${D}/photos/train/${n}`)),
  );
  await page.waitForTimeout(2500);
  await page.locator('.teach-scale').scrollIntoViewIfNeeded();
  await page.screenshot({ path: `/tmp/teach/${name}-1.png` });
  await page.getByRole('button', { name: go }).click();
  await page.waitForSelector('.teach-preview canvas', { timeout: 120000 });
  await page.waitForTimeout(6000);
  if (name === 'phone') await page.locator('.teach-curve').scrollIntoViewIfNeeded();
  await page.screenshot({ path: `/tmp/teach/${name}-2.png` });
  await page.getByRole('button', { name: name === 'dark' ? '够好了' : 'Good enough' }).click();
  await page.waitForSelector('.teach-result', { timeout: 120000 });
  await page.waitForTimeout(500);
  await page.screenshot({ path: `/tmp/teach/${name}-3.png` });
  await context.close();
}
await browser.close();
await server.close();
