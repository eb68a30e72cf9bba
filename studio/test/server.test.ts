/** The studio of a service: full pictures and queues by its jobs, in a real browser, against what Node makes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStyle, type StyleChoice, type StyleSource } from '../../src/api/node.js';
import { openLog } from '../../src/service/log.js';
import { type Service, serve } from '../../src/service/serve.js';
import type { JobView } from '../../src/service/web/views.js';
import { CHROMIUM, launchChromium } from '../../test/browser/chromium.js';
import { Client } from '../../test/service/client.js';
import { tinyStyleBytes } from '../../test/tiny-style.js';
import { accessibilityFaults } from './accessibility.js';
import { FFMPEG, FRAMES, frameOf, HEIGHT, makeClip, meanDifference, probe, WIDTH } from './film-files.js';
import { complaintsOf, downloadOf, dropFiles, openStudio } from './open-studio.js';
import { difference, pixelsOf, pngFile, testPhoto } from './test-photo.js';

const fullPicture = 'canvas.after[data-full="true"]';
const save = (page: Page) =>
  downloadOf(page, () => page.getByRole('button', { name: 'Save', exact: true }).click());

/** What the library draws. */
async function drawn(photo: Parameters<typeof pngFile>[0], style: StyleSource, choice: StyleChoice = {}) {
  const stylizer = await loadStyle(style, { device: 'cpu' });
  const { data } = await stylizer.stylize(photo, choice);
  await stylizer.close();
  return data;
}

describe.runIf(CHROMIUM)('the studio of a service', () => {
  let folder: string;
  let browser: Browser;
  let service: Service;
  let client: Client;
  /** Most tests are of one page, one after the other: a new one compiles the engine again. */
  let page: Page;
  let complaints: string[];

  const place = (name: string) => page.getByText(name, { exact: true }).click();
  const jobs = async (): Promise<JobView[]> => (await client.call('/v1/jobs')).body.jobs;
  const states = async () => (await jobs()).map(({ kind, state }) => `${kind}: ${state}`);
  /** Of so many, the newest first. */
  const newest = async (count: number) => (await states()).slice(0, count);
  const message = () => page.locator('.message.error');

  async function newToken(more: object): Promise<string> {
    const asked = { owner: 'visitor', scopes: ['picture'], ...more };
    return (await client.json('POST', '/v1/tokens', asked)).body.token;
  }

  async function useToken(on: Page, token: string): Promise<void> {
    await on.getByLabel(/^(Token|令牌)$/).fill(token);
    await on.keyboard.press('Enter');
  }

  /** The server is chosen, with a token; nothing is intercepted. */
  async function onServerWith(token: string): Promise<void> {
    await page.unrouteAll();
    await place('On the server');
    const forget = page.getByRole('button', { name: 'Forget the token' });
    if (await forget.count()) await forget.click();
    expect(await page.evaluate(() => localStorage.getItem('token'))).toBeNull();
    await useToken(page, token);
    await forget.waitFor();
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fns-studio-service-'));
    const log = openLog('silent');
    [service, browser] = await Promise.all([
      // Its links are of an address that the page does not ask.
      serve({
        data: folder,
        port: 0,
        log,
        limits: { pixels: 20_000 },
        publicUrl: 'https://pictures.example/fns',
      }),
      launchChromium(),
    ]);
    client = new Client(service.url, service.firstToken!);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    complaints = complaintsOf(context, service.url);
    // Jobs take the same cores.
    context.setDefaultTimeout(100_000);
    page = await context.newPage();
    await page.goto(`${service.url}/?device=cpu#style=wave`);
    await page.waitForSelector('.server-panel');
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    // The example is too large for this service.
    await dropFiles(page, [await pngFile(testPhoto(30, 20))]);
  });

  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('asks for a token once, and draws as Node does', async () => {
    await onServerWith(client.token);
    expect(await page.evaluate(() => [localStorage.getItem('place'), localStorage.getItem('token')])).toEqual(
      ['server', client.token],
    );
    const photo = testPhoto(64, 48);
    await dropFiles(page, [await pngFile(photo)]);
    await page.waitForSelector(fullPicture);
    expect(await page.textContent('.status')).toMatch(/64 × 48 · server/);
    const { name, path } = await save(page);
    expect(name).toBe('photo-wave.png');
    expect(difference(await pixelsOf(path), await drawn(photo, 'wave'))).toBeLessThanOrEqual(1);
    // What is saved is what was shown: there was one job, which is removed with its result.
    await expect.poll(states).toEqual([]);
    expect((await client.call('/v1/usage')).body.used.pixels).toBe(64 * 48);
  });

  test('looks and own styles are sent along; what the service cannot is drawn here', async () => {
    await onServerWith(client.token);
    const photo = testPhoto(60, 44, 3);
    await dropFiles(page, [await pngFile(photo)]);
    await page.evaluate(() => {
      location.hash = '#style=wave&second=scream&mix=0.25&strength=0.6&strokes=1.5&colours=photo';
    });
    const look: StyleChoice = { strength: 0.6, colours: 'photo', strokeSize: 1.5 };
    const wanted = await drawn(photo, 'wave=0.75,scream=0.25', look);
    expect(difference(await pixelsOf((await save(page)).path), wanted)).toBeLessThanOrEqual(1);
    const style = { name: 'garden.onnx', mimeType: '', buffer: Buffer.from(tinyStyleBytes(7)) };
    await dropFiles(page, [style]);
    await page.locator('.server-note', { hasText: 'A mixture with a style of your own' }).waitFor();
    await page.getByLabel('Mix with').selectOption('');
    await page.getByText('Photos are sent to').waitFor();
    const own = await drawn(photo, tinyStyleBytes(7), look);
    const made = page.waitForRequest((request) => request.url().endsWith('/v1/jobs'));
    expect(difference(await pixelsOf((await save(page)).path), own)).toBeLessThanOrEqual(1);
    expect(Object.keys((await made).postDataJSON().inputs)).toEqual(['photo', 'style']);
    await page.getByRole('button', { name: 'Mask' }).click();
    await page.getByRole('button', { name: 'Invert' }).click();
    await page.locator('.server-note', { hasText: 'With a mask, this device draws' }).waitFor();
    await page.getByText('WebAssembly').waitFor();
  });

  test('a queue of photos becomes a zip', async () => {
    await onServerWith(client.token);
    await page.evaluate(() => {
      location.hash = '#style=wave';
    });
    const photos = [1, 2, 3].map((seed) => testPhoto(40, 30, seed));
    await dropFiles(page, await Promise.all(photos.map((photo) => pngFile(photo, 'same.png'))));
    // Not the picture of the test before, whose place it takes.
    await page.locator('.status', { hasText: '40 × 30 · server' }).waitFor();
    await page.waitForSelector(fullPicture);
    let asked = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/v1/jobs')) asked++;
    });
    const { path } = await downloadOf(page, () =>
      page.getByRole('button', { name: 'Make all, as a zip' }).click(),
    );
    const zip = unzipSync(await readFile(path));
    expect(Object.keys(zip)).toEqual(['same-wave.jpg', 'same-wave-2.jpg', 'same-wave-3.jpg']);
    for (const [i, bytes] of Object.values(zip).entries()) {
      const [made, wanted] = [await pixelsOf(bytes), await drawn(photos[i]!, 'wave')];
      const mean = made.reduce((sum, v, at) => sum + Math.abs(v - wanted[at]!), 0) / made.length;
      // JPEG; another photo's picture differs by more than 20.
      expect(mean).toBeLessThan(8);
    }
    expect(asked).toBe(3);
  });

  test('Cancel cancels the job; this device draws at once', async () => {
    await onServerWith(client.token);
    // The only worker has enough to do, with a wide network.
    const { buffer } = await pngFile(testPhoto(140, 140));
    const photos = zipSync(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`${i}.png`, buffer])));
    await writeFile(join(folder, 'photos.zip'), photos);
    const input = { photos: await client.upload(join(folder, 'photos.zip')) };
    const other = await client.job('folder', input, { style: 'composition-32' });
    await dropFiles(page, [await pngFile(testPhoto(62, 46))]);
    await page.getByText('Waiting for the server').waitFor();
    expect(await newest(2)).toEqual(['picture: queued', 'folder: running']);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await expect.poll(() => newest(2)).toEqual(['picture: cancelled', 'folder: running']);
    await place('On this device');
    await page.waitForSelector(fullPicture);
    expect(await page.textContent('.status')).toMatch(/62 × 46 · WebAssembly/);
    await place('On the server');
    const queue = await Promise.all([1, 2, 3, 4].map((seed) => pngFile(testPhoto(42, 30, seed))));
    await dropFiles(page, queue);
    await page.getByRole('button', { name: 'Make all, as a zip' }).click();
    // Three at a time, and the first photo on the stage.
    const queued = Array.from({ length: 4 }, () => 'picture: queued');
    await expect.poll(() => newest(4)).toEqual(queued);
    await page.locator('.queue').getByRole('button', { name: 'Cancel' }).click();
    const cancelled = queued.map(() => 'picture: cancelled');
    await expect
      .poll(async () => (await newest(4)).sort())
      .toEqual([...cancelled.slice(1), 'picture: queued']);
    await place('On this device');
    await expect.poll(() => newest(4)).toEqual(cancelled);
    await client.call(`/v1/jobs/${other.id}/cancel`, { method: 'POST' });
    expect(await message().count()).toBe(0);
    // What the page keeps for use offline are its own files alone.
    const kept = await page.evaluate(async () =>
      (await (await caches.open('kept-files')).keys()).map(({ url }) => new URL(url).pathname),
    );
    expect(kept).toContain('/files/styles/wave.onnx');
    expect(kept.filter((path) => !path.startsWith('/files/'))).toEqual([]);
    // Nothing was asked of another host, and no error was logged.
    expect(complaints).toEqual([]);
  });

  test('what the service refuses is one sentence with a next step', async () => {
    await onServerWith(await newToken({ owner: 'quota', quotas: { pixels: 1000 } }));
    const told = async (text: string) => {
      await message().filter({ hasText: text }).waitFor();
      expect(await message().count()).toBe(1);
      await message().getByRole('button').click();
    };
    await dropFiles(page, [await pngFile(testPhoto(200, 150), 'large.png')]);
    await told('The server cannot draw large.png: the photo has 200x150');
    await dropFiles(page, [await pngFile(testPhoto(64, 48))]);
    await page.waitForSelector(fullPicture);
    await dropFiles(page, [await pngFile(testPhoto(60, 44))]);
    await told('The server has done as much as this token allows.');
    const files = await Promise.all([1, 2].map((seed) => pngFile(testPhoto(40, 30, seed))));
    await dropFiles(page, files);
    await told('The server has done as much as this token allows.');
    await page.getByRole('button', { name: 'Make all, as a zip' }).click();
    await told('The server has done as much as this token allows.');
    await page.getByRole('button', { name: 'Make all, as a zip' }).waitFor();
    const answer = (status: number, code: string) =>
      page.route('**/v1/files', (route) => route.fulfill({ status, json: { error: { code, message: '' } } }));
    await answer(503, 'unavailable');
    await page.getByRole('button', { name: 'Try again' }).click();
    await told('The server cannot be reached just now.');
    // A token that was revoked is asked for anew, and this device draws meanwhile.
    await answer(401, 'token');
    await page.getByRole('button', { name: 'Try again' }).click();
    await told('The server does not take this token.');
    await page.getByLabel('Token').waitFor();
    await page.waitForSelector(fullPicture);
    expect(await page.textContent('.status')).toMatch(/WebAssembly/);
  });

  test.runIf(FFMPEG)('a video becomes one on the server', async () => {
    const path = join(folder, 'clip.webm');
    await makeClip(path, ['-c:v', 'libvpx', '-c:a', 'libopus']);
    await onServerWith(client.token);
    const clip = { name: 'clip.webm', mimeType: 'video/webm', buffer: await readFile(path) };
    await dropFiles(page, [clip]);
    await page.getByText('Videos are sent to').waitFor();
    await page.waitForSelector('canvas.after[data-drawn="true"]');
    await page.getByLabel('Make it as').selectOption('WebM');
    let goOn!: () => void;
    const looked = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route('**/v1/files/*', (route) => looked.then(() => route.continue()));
    await page.getByLabel('Steady, against flicker').fill('0.5');
    const asked = page.waitForRequest((request) => request.url().endsWith('/v1/jobs'));
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'Make video' }).click();
    expect((await asked).postDataJSON()).toMatchObject({ kind: 'video', options: { steady: 0.5 } });
    await page.getByText('Fetching from the server').waitFor();
    const right = (await page.getByRole('button', { name: 'Cancel' }).boundingBox())!;
    expect(right.x + right.width).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1280, height: 800 });
    goOn();
    await page.waitForSelector('video.after');
    expect(await page.textContent('.status')).toMatch(/64 × 48 .* server/);
    const { name, path: made } = await downloadOf(page, () =>
      page.getByRole('button', { name: 'Save video' }).click(),
    );
    expect(name).toBe('clip-wave.webm');
    expect(await probe(made)).toMatchObject({ width: WIDTH, height: HEIGHT, frames: FRAMES, sound: 'opus' });
    const image = { width: WIDTH, height: HEIGHT, data: await frameOf(path, 7) };
    const wanted = await drawn(image, 'wave');
    const is = await frameOf(made, 7);
    expect(meanDifference(is, wanted)).toBeLessThan(meanDifference(is, image.data) / 2);
    // Too large for this service, by its own sentence.
    const large = join(folder, 'large.webm');
    await makeClip(large, ['-c:v', 'libvpx', '-an', '-frames:v', '2'], '200x150');
    await dropFiles(page, [{ ...clip, name: 'large.webm', buffer: await readFile(large) }]);
    await page.getByRole('button', { name: 'Make video' }).click();
    await page.getByText('The server cannot draw large.webm: the video has 200x150').waitFor();
  });

  test('what is sent is removed when the page goes', async () => {
    await page.getByRole('link', { name: 'Photo' }).click();
    await onServerWith(client.token);
    const sent = page.waitForResponse((response) => response.url().endsWith('/v1/files'));
    await dropFiles(page, [await pngFile(testPhoto(52, 40))]);
    const { id } = await (await sent).json();
    await page.waitForSelector(fullPicture);
    const status = async () => (await client.call(`/v1/files/${id}`)).status;
    expect(await status()).toBe(200);
    await page.goto('about:blank');
    await expect.poll(status).toBe(404);
  });

  test('a token that is wrong, or may draw no pictures, is told beside it; axe finds nothing', async () => {
    const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 390, height: 844 } });
    const other = await context.newPage();
    await other.goto(`${service.url}/#style=wave`);
    await other.getByText('在服务器上').click();
    await other.getByLabel('令牌').waitFor();
    expect(await accessibilityFaults(other)).toEqual([]);
    await useToken(other, 'fns_wrong');
    await other.getByText('服务器不接受这个令牌').waitFor();
    await other.emulateMedia({ colorScheme: 'dark' });
    expect(await accessibilityFaults(other)).toEqual([]);
    await useToken(other, await newToken({ scopes: ['upscale'] }));
    await other.getByText('这个令牌没有所需的权限').waitFor();
    await useToken(other, client.token);
    await other.getByRole('button', { name: '忘记令牌' }).waitFor();
    expect(await accessibilityFaults(other)).toEqual([]);
    const beyond = () => [
      document.documentElement.scrollWidth - innerWidth,
      document.documentElement.scrollHeight - innerHeight,
    ];
    expect(await other.evaluate(beyond)).toEqual([0, 0]);
    await other.emulateMedia({ colorScheme: 'light' });
    await other.setViewportSize({ width: 1280, height: 800 });
    expect(await accessibilityFaults(other)).toEqual([]);
    await context.close();
  });

  test('without a service there is no switch, and nobody looks for one', async () => {
    const studio = await openStudio();
    const { page, complaints } = await studio.open('#style=tiny');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.reload();
    await page.waitForSelector('.style');
    await page.waitForSelector('.controls');
    expect(await page.locator('.server-panel').count()).toBe(0);
    expect(asked.filter((url) => /styles\.json$/.test(url))).toHaveLength(1);
    expect(asked.filter((url) => /\/v1\/|healthz|server-panel/.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
    await studio.close();
  });
});
