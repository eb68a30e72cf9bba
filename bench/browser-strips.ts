/**
 * A large picture drawn in strips by a page in Chromium: seconds, memory, and how far it is from Node's whole one:
 *   npx tsx bench/browser-strips.ts [--size 4032x3024] [--device cpu] [--memory 1e9] [--style models/wave.onnx]
 * `cpu` is WebAssembly. Run it on an idle machine.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadStyle, pictures } from 'fast-neural-style';
import { launchChromium } from '../test/browser/chromium.js';
import type { Library, StripsOfNoise } from '../test/browser/page.js';
import { serve } from '../test/browser/server.js';

const { values: args } = parseArgs({
  options: {
    size: { type: 'string', default: '4032x3024' },
    device: { type: 'string', default: 'cpu' },
    memory: { type: 'string', default: '1e9' },
    style: { type: 'string', default: 'models/wave.onnx' },
  },
});
const [width, height] = args.size.split('x').map(Number) as [number, number];
const device = args.device as StripsOfNoise['device'];
const style = new Uint8Array(await readFile(args.style));
const stylizer = await loadStyle(style, { device: 'cpu', tiles: 'off' });
const expected = (await stylizer.stylize(pictures.fractalNoise(width, height, 0))).data;
await stylizer.close();
const site = await serve({ '/style.onnx': style, '/expected': expected });
const browser = await launchChromium();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(site.url);
  await page.waitForFunction(() => 'library' in globalThis);
  const strips: StripsOfNoise = { width, height, device, memory: Number(args.memory), measured: true };
  const found = await page.evaluate(
    (strips) =>
      (globalThis as unknown as { library: Library }).library.strips('/style.onnx', '/expected', strips),
    strips,
  );
  console.log({ size: args.size, device, ...(found as object) });
} finally {
  await browser.close();
  await site.close();
}
