/** A large video from the page to a service below another path, over a connection that breaks. */
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from '../../src/service/log.js';
import { serve } from '../../src/service/serve.js';
import { CHROMIUM, launchChromium } from '../../test/browser/chromium.js';
import { FFMPEG, FRAMES, HEIGHT, makeClip, probe, WIDTH } from './film-files.js';
import { downloadOf, dropFiles } from './open-studio.js';

/** Where the proxy has the service. */
const BASE = '/fns';
const MIB = 2 ** 20;
/** Large enough for pieces; what is left after the break is one. */
const FILE = 20 * MIB;
/** What comes through before the connection breaks. */
const BREAKS = 5 * MIB;

/** Passes requests on, and breaks the connection of the first piece. `asked`: methods, paths and offsets. */
async function breakingProxy(port: string): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  let isBroken = false;
  const server = createServer((from, to) => {
    const path = from.url!.slice(BASE.length);
    const { method, headers } = from;
    const offset = headers['upload-offset'];
    if (path.startsWith('/v1/uploads')) asked.push(offset ? `${method} ${offset}` : method!);
    const on = request({ host: '127.0.0.1', port, method, path, headers }, (answer: IncomingMessage) => {
      to.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(to);
    });
    on.on('error', () => to.destroy());
    from.pipe(on);
    if (method !== 'PATCH' || isBroken) return;
    let bytes = 0;
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (isBroken || bytes < BREAKS) return;
      isBroken = true;
      // What was written before is on its way.
      on.end();
      setTimeout(() => {
        on.destroy();
        from.socket.destroy();
      }, 500);
      from.unpipe(on);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${own}${BASE}/`, asked, server };
}

test.runIf(CHROMIUM && FFMPEG)('a large file goes on after the connection broke', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fns-large-'));
  const path = join(folder, 'clip.webm');
  await makeClip(path, ['-c:v', 'libvpx', '-an']);
  const { length } = await readFile(path);
  // An element that players skip (Void), of zeros: its length is in the four bytes that begin with 0x10.
  const rest = FILE - length - 5;
  const head = Buffer.from([0xec, 0, 0, 0, 0]);
  head.writeUInt32BE(0x10000000 + rest, 1);
  await appendFile(path, Buffer.concat([head, Buffer.alloc(rest)]));
  const service = await serve({ data: join(folder, 'data'), port: 0, log: openLog('silent') });
  const proxy = await breakingProxy(new URL(service.url).port);
  const browser = await launchChromium();
  try {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${proxy.url}?device=cpu#style=wave`);
    await page.getByText('On the server', { exact: true }).click();
    await page.getByLabel('Token').fill(service.firstToken!);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Forget the token' }).waitFor();
    await dropFiles(page, [{ name: 'clip.webm', mimeType: 'video/webm', buffer: await readFile(path) }]);
    await page.getByText('Videos are sent to').waitFor();
    await page.getByLabel('Make it as').selectOption('WebM');
    await page.getByRole('button', { name: 'Make video' }).click();
    await page.waitForSelector('video.after');
    const made = await downloadOf(page, () => page.getByRole('button', { name: 'Save video' }).click());
    expect(await probe(made.path)).toMatchObject({ width: WIDTH, height: HEIGHT, frames: FRAMES });
    const { asked } = proxy;
    expect(asked.slice(0, 2)).toEqual(['POST', 'PATCH 0']);
    // The browser itself may have tried again in between.
    expect(asked.at(-2)).toBe('HEAD');
    const goesOnAt = Number(/^PATCH (\d+)$/.exec(asked.at(-1)!)?.[1]);
    expect(goesOnAt).toBeGreaterThan(BREAKS - MIB);
    expect(goesOnAt).toBeLessThan(BREAKS + MIB);
  } finally {
    await browser.close();
    proxy.server.close();
    proxy.server.closeAllConnections();
    await service.close();
    await rm(folder, { recursive: true, force: true });
  }
});
