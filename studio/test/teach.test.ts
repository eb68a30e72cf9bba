/** Teaching a style in a real browser, against what Node makes of the same pictures. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { files, loadStyle, nets, starts, trainStyleFromPictures } from '../../src/api/node.js';
import type { Image } from '../../src/core/image.js';
import { uniformValues } from '../../src/core/random.js';
import { CHROMIUM } from '../../test/browser/chromium.js';
import { smallVgg } from '../../test/runtime/small-training.js';
import { accessibilityFaults } from './accessibility.js';
import { downloadOf, dropFiles, openStudio, type TestFile, type TestStudio } from './open-studio.js';

const SIZE = 48;
/** Low: at the common rate a rounding error grows a thousandfold in twenty steps of so small a training. */
const RATE = 1e-4;
const STEPS = 20;

/** A picture of waves and noise. */
function picture(width: number, height: number, seed: number): Image {
  const noise = uniformValues(3 * width * height, seed, 40);
  const data = Uint8Array.from(noise, (v, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return Math.round(128 + v + 60 * Math.sin((x * seed) / 17 + y / (3 + seed) + (i % 3)));
  });
  return { width, height, data };
}

const painting = picture(90, 80, 1);
const photos = Array.from({ length: 10 }, (_, i) => picture(56 + i, 52, i + 2));

async function pngFile({ width, height, data }: Image, name: string): Promise<TestFile> {
  const raw = { width, height, channels: 3 } as const;
  return { name, mimeType: 'image/png', buffer: await sharp(data, { raw }).png().toBuffer() };
}

/** The address of a page that teaches by few and small steps. */
function addressOf(device: 'cpu' | 'webgpu', steps: number): string {
  const training = { size: SIZE, steps, checkpointEvery: 5, previewEvery: 20, learningRate: RATE };
  return `?device=${device}&training=${encodeURIComponent(JSON.stringify(training))}#view=teach`;
}

const address = addressOf('cpu', STEPS);

/** The losses of each step that the browser has kept: all, content, style. */
async function keptLosses(page: Page): Promise<number[][]> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('training').catch(() => undefined);
    let losses: number[][] = [];
    for await (const [name, handle] of (folder ?? new Map()) as AsyncIterable<
      [string, FileSystemFileHandle]
    >) {
      if (!/^checkpoint-\d+$/.test(name)) continue;
      const bytes = await (await handle.getFile()).arrayBuffer().catch(() => undefined);
      if (!bytes) continue;
      const text = new Uint8Array(bytes, 4, new DataView(bytes).getUint32(0, true));
      const found: number[][] = JSON.parse(new TextDecoder().decode(text));
      if (found.length > losses.length) losses = found;
    }
    return losses;
  });
}

/** The largest relative difference of losses. */
function lossDifference(actual: readonly number[][], expected: readonly number[][]): number {
  expect(actual).toHaveLength(expected.length);
  const each = expected.flatMap((losses, i) => losses.map((v, j) => Math.abs(actual[i]![j]! / v - 1)));
  return Math.max(...each);
}

describe.runIf(CHROMIUM)('teaching', () => {
  let studio: TestStudio;
  let weights: string;
  /** The losses of a training in the page that was never interrupted. */
  let whole: number[][] = [];

  beforeAll(async () => {
    weights = await mkdtemp(join(tmpdir(), 'fns-teach-'));
    await writeFile(join(weights, 'vgg16.safetensors'), files.writeSafetensors(smallVgg()));
    vi.stubEnv('FNS_WEIGHTS', weights);
    for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA', 'HOME']) vi.stubEnv(name, weights);
    studio = await openStudio();
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await studio?.close();
    await rm(weights, { recursive: true, force: true });
  });

  async function dropPictures(page: Page): Promise<void> {
    await dropFiles(page, [await pngFile(painting, 'waves.png')]);
    await page.waitForSelector('.teach-painting');
    await dropFiles(page, await Promise.all(photos.map((photo, i) => pngFile(photo, `${i}.png`))));
    await page.getByText('10 photos').waitFor();
  }

  /** The losses of the same training in Node. */
  async function lossesInNode(steps: number): Promise<number[][]> {
    const served = await fetch(new URL('files/weights/vgg16.safetensors', studio.url));
    const { tensors } = files.readSafetensors(new Uint8Array(await served.arrayBuffer()));
    const losses: number[][] = [];
    await trainStyleFromPictures(
      {
        ...{ painting, photos, lossNetwork: nets.vggNetwork('vgg16', tensors) },
        ...{ size: SIZE, steps, learningRate: RATE },
        ...{ styleLayers: ['relu1_2', 'relu2_2'], contentLayers: ['relu2_2'] },
        ...{ init: (await starts.readShippedStart()).bytes, device: 'cpu', threads: 1 },
      },
      {
        onEvent: (event) => {
          if (event.type !== 'progress' || !event.values) return;
          const { total, content, style } = event.values;
          losses.push([total!, content!, style!]);
        },
      },
    );
    return losses;
  }

  test("20 steps have Node's losses, and the style is one's own", async () => {
    const { page, context, complaints } = await studio.open(address, {}, '.teach');
    await page.getByText('A painting is missing. Photos are missing.').waitFor();
    expect(await page.getByRole('button', { name: 'Teach it' }).isDisabled()).toBe(true);
    await dropPictures(page);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Teach it' }).click();
    await page.getByText(/^Step \d/).waitFor();
    // It goes on while another view is open.
    await page.getByRole('link', { name: 'Photo' }).click();
    await page.waitForSelector('.stage');
    await page.getByRole('link', { name: 'Teach' }).click();
    await page.getByText('Learned').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    const expected = await lossesInNode(STEPS);
    whole = await keptLosses(page);
    expect(whole).toHaveLength(STEPS);
    expect(lossDifference(whole, expected)).toBeLessThan(1e-4);

    const { name, path } = await downloadOf(page, () =>
      page.getByRole('button', { name: 'Save the file' }).click(),
    );
    expect(name).toBe('waves.onnx');
    const stylizer = await loadStyle(path, { device: 'cpu' });
    const drawn = await stylizer.stylize(photos[0]!);
    await stylizer.close();
    expect([drawn.width, drawn.height]).toEqual([56, 52]);
    expect(files.decodeStyle(await readFile(path), 'it').info).toMatchObject({
      architecture: 'modern',
      width: 16,
    });
    await page.getByRole('button', { name: 'Use it on a photo' }).click();
    expect(await page.getByRole('radio', { name: 'waves' }).isChecked()).toBe(true);
    expect(complaints).toEqual([]);
    await context.close();
  });

  // Some minutes of all cores where the GPU is software, which other tests then lack: asked for by name alone.
  test.runIf(process.env.FNS_WEBGPU_TEACH)(
    "on WebGPU its steps have Node's losses",
    async () => {
      const { page, context, complaints } = await studio.open(addressOf('webgpu', 2), {}, '.teach');
      await dropPictures(page);
      await page.getByRole('button', { name: 'Teach it' }).click();
      await page.getByText('Learned').waitFor({ timeout: 280_000 });
      const losses = await keptLosses(page);
      expect(losses).toHaveLength(2);
      expect(lossDifference(losses, await lossesInNode(2))).toBeLessThan(1e-3);
      expect(complaints).toEqual([]);
      await context.close();
    },
    300_000,
  );

  test('a tab that is closed in the middle goes on with the same losses', async () => {
    const { page, context } = await studio.open(address, {}, '.teach');
    await dropPictures(page);
    await page.getByRole('button', { name: 'Teach it' }).click();
    await expect
      .poll(async () => (await keptLosses(page)).length, { interval: 30, timeout: 100_000 })
      .not.toBe(0);
    await page.close();

    const later = await context.newPage();
    await later.goto(new URL(address, studio.url).href);
    await later.getByRole('button', { name: 'Continue' }).waitFor();
    const before = await keptLosses(later);
    expect(before.length).toBeLessThan(STEPS);
    expect(await accessibilityFaults(later)).toEqual([]);
    await later.getByRole('button', { name: 'Continue' }).click();
    await later.getByText('Learned').waitFor();
    expect(await keptLosses(later)).toEqual(whole);
    await context.close();
  });

  test('weights can come from a file, and are kept; photos that cannot be read are said', async () => {
    const context = await studio.browser.newContext();
    // A web host without weights.
    await context.route('**/files/styles.json', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), weights: {} } });
    });
    const page = await context.newPage();
    await page.goto(new URL(address, studio.url).href);
    await page.getByText('npx fns weights vgg19').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dropFiles(page, [{ name: 'other.safetensors', mimeType: '', buffer: Buffer.from('no weights') }]);
    await page.getByText('other.safetensors holds no VGG weights.').waitFor();
    const buffer = Buffer.from(files.writeSafetensors(smallVgg()));
    await dropFiles(page, [{ name: 'vgg16.safetensors', mimeType: '', buffer }]);
    await page.getByText('Compared by VGG16').waitFor();
    await page.reload();
    await page.getByText('Compared by VGG16').waitFor();

    await dropFiles(page, [await pngFile(painting, 'waves.png')]);
    await page.waitForSelector('.teach-painting');
    const broken = Array.from({ length: 10 }, (_, i) => ({
      ...{ name: `${i}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from([255, 216, 255, i]) },
    }));
    await dropFiles(page, broken);
    await page.getByRole('button', { name: 'Teach it' }).click();
    await page.getByText('Only 0 of these files can be read as photos').waitFor();
    expect(await page.locator('.message.error').count()).toBe(1);
    await context.close();
  });
});
