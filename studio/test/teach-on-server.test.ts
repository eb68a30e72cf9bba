/** The studio of a service has it learn a style. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { files } from '../../src/api/node.js';
import { uniformValues } from '../../src/core/random.js';
import { openLog } from '../../src/service/log.js';
import { type Service, serve } from '../../src/service/serve.js';
import { CHROMIUM, launchChromium } from '../../test/browser/chromium.js';
import { smallVgg } from '../../test/runtime/small-training.js';
import { Client } from '../../test/service/client.js';
import { accessibilityFaults } from './accessibility.js';
import { complaintsOf, downloadOf, dropFiles, type TestFile } from './open-studio.js';

/** What the service's trainings are made small by. */
const SMALL = {
  ...{ size: 32, width: 4, batch: 1, seed: 5, init: 'none', lossNetwork: 'vgg16' },
  ...{ styleLayers: ['relu1_2', 'relu2_2'], contentLayers: ['relu2_2'] },
};
const PHOTOS = 11;

async function jpegFile(width: number, height: number, seed: number, name: string): Promise<TestFile> {
  const data = Uint8Array.from(uniformValues(3 * 20 * 15, seed, 127), (v) => 128 + v);
  const picture = sharp(data, { raw: { width: 20, height: 15, channels: 3 } }).resize(width, height, {
    fit: 'fill',
  });
  return { name, mimeType: 'image/jpeg', buffer: await picture.jpeg().toBuffer() };
}

describe.runIf(CHROMIUM)('teaching on the server', () => {
  let folder: string;
  let service: Service;
  let browser: Browser;
  let client: Client;
  let page: Page;
  let complaints: string[];

  const jobs = async () => (await client.call('/v1/jobs')).body.jobs as { state: string }[];
  const begin = () => page.getByRole('button', { name: 'Teach it', exact: true }).click();

  /** Opens the view of teaching, with everything chosen but the place. */
  async function open(steps: number): Promise<void> {
    const training = encodeURIComponent(JSON.stringify({ ...SMALL, steps }));
    await page.goto('about:blank');
    await page.goto(`${service.url}/?device=cpu&training=${training}#view=teach`);
    await dropFiles(page, [await jpegFile(320, 240, 1, 'waves.jpg')]);
    await page.waitForSelector('.teach-painting');
    const photos = Array.from({ length: PHOTOS }, (_, i) => jpegFile(900, 600, i + 2, `${i}.jpg`));
    await dropFiles(page, await Promise.all(photos));
    await page.getByText(`${PHOTOS} photos`).waitFor();
    await page.getByText('On the server', { exact: true }).click();
  }

  async function useToken(token: string): Promise<void> {
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fns-teach-service-'));
    await writeFile(join(folder, 'vgg16.safetensors'), files.writeSafetensors(smallVgg()));
    vi.stubEnv('FNS_WEIGHTS', folder);
    const options = { data: join(folder, 'data'), port: 0, log: openLog('silent') };
    [service, browser] = await Promise.all([serve(options), launchChromium()]);
    client = new Client(service.url, service.firstToken!);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(60_000);
    complaints = complaintsOf(context, service.url);
    page = await context.newPage();
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await browser?.close();
    await service?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a style comes back, with a preview, and nothing stays there', async () => {
    await open(6);
    await page.getByLabel('Token').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await useToken(client.token);
    await page.getByText('small copies of the photos are sent to').waitFor();
    const asked = page.waitForRequest((request) => request.url().endsWith('/v1/jobs'));
    await begin();
    const { kind, options } = (await asked).postDataJSON();
    expect(kind).toBe('train');
    // The usual strength; a painting twice the size of the photos' parts.
    expect(options).toEqual({ ...SMALL, steps: 6, styleSize: 64, styleWeight: 3 });
    await page.getByText('It is among your own styles now.').waitFor();
    await page.locator('.teach-preview canvas').waitFor();
    expect(await page.getByRole('button', { name: 'Learn on' }).count()).toBe(0);
    const { name, path } = await downloadOf(page, () =>
      page.getByRole('button', { name: 'Save the file' }).click(),
    );
    expect(name).toBe('waves.onnx');
    const { info } = files.decodeStyle(new Uint8Array(await readFile(path)), 'waves');
    expect(info).toMatchObject({ steps: 6, width: 4 });
    expect(JSON.parse(info.config)).toMatchObject({
      styleSize: 64,
      styleWeight: 3,
      normalisation: 'relative',
    });
    expect(await jobs()).toEqual([]);
    await page.getByRole('button', { name: 'Use it on a photo' }).click();
    await page.locator('.style:has(input:checked)', { hasText: 'waves' }).waitFor();
  });

  test('Cancel cancels the job; what was chosen stays', async () => {
    await open(100_000);
    const before = (await jobs()).map(({ state }) => state);
    await begin();
    await page.getByText('The server learns').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Teach it', exact: true }).waitFor();
    await page.getByText(`${PHOTOS} photos`).waitFor();
    await expect
      .poll(async () => (await jobs()).map(({ state }) => state), { timeout: 30_000 })
      .toEqual(['cancelled', ...before]);
  });

  test('what it refuses is told', async () => {
    await open(100_001);
    await begin();
    await page
      .getByText('The server could not learn it: a training may have 100000 steps at most.')
      .waitFor();
    await page.getByRole('button', { name: 'Forget the token' }).click();
    const token = await client.json('POST', '/v1/tokens', { owner: 'visitor', scopes: ['picture'] });
    await useToken(token.body.token);
    await page.getByText('This token may not do this.').waitFor();
    // A file that a job still reads while it is cancelled cannot be removed yet.
    expect(complaints.filter((text) => !/status of 409/.test(text))).toEqual([]);
  });
});
