/** examples/service-site paints a photo, as its visitor's browser would see it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLog } from '../../src/service/log.js';
import { openParts } from '../../src/service/open.js';
import { createToken } from '../../src/service/records/token.js';
import { type Service, serve } from '../../src/service/serve.js';
import { CHROMIUM, launchChromium } from '../browser/chromium.js';
import { newFolder } from '../cli/fns.js';
import { freePort, type PostgresServer, postgresPrograms, startPostgres } from './postgres-server.js';

const program = fileURLToPath(new URL('../../examples/service-site/site.mjs', import.meta.url));
const canRun = CHROMIUM !== undefined && postgresPrograms() !== undefined;

let postgres: PostgresServer;
let service: Service;
let site: ChildProcess;
let browser: Browser;

test('it has 30 lines at most', () => {
  expect(readFileSync(program, 'utf8').trim().split('\n').length).toBeLessThanOrEqual(30);
});

beforeAll(async () => {
  if (!canRun) return;
  postgres = await startPostgres();
  const places = { database: postgres.url, storage: join(await newFolder(), 'files') };
  service = await serve({ ...places, port: 0, jobs: 1, log: openLog('silent') });
  const parts = await openParts(places, openLog('silent'));
  const { token } = await createToken(parts.ledger.database, {
    owner: 'site',
    name: 'site',
    scopes: ['picture'],
  });
  await parts.close();
  site = spawn(process.execPath, [program, service.url, token, String(await freePort())]);
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  site?.kill();
  await service?.close();
  await postgres?.close();
});

test.runIf(canRun)('a visitor gets a painted photo, and a word where none can be made', async () => {
  const [url] = await once(site.stdout!.setEncoding('utf8'), 'data');
  const page = await browser.newPage();
  await page.goto(String(url).trim());
  const photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#c83' } })
    .png()
    .toBuffer();
  const paint = async (name: string, buffer: Buffer) => {
    await page.setInputFiles('[name=photo]', { name, mimeType: 'image/png', buffer });
    await page.click('button');
  };
  await paint('photo.png', photo);
  await page.waitForFunction(() => (document.querySelector('img')?.naturalWidth ?? 0) > 0);
  expect(await page.evaluate(() => document.querySelector('img')!.naturalWidth)).toBe(64);
  expect(await page.textContent('p')).toBe('done');
  await paint('none.png', Buffer.from('no photo'));
  await page.waitForFunction(() => document.querySelector('p')!.textContent!.startsWith('cannot read'));
});
