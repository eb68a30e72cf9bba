/** The programs of examples/ run as they are. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trainingSettings } from '../examples/browser/settings.js';
import { decodeImage, files, nets, starts, trainStyleFromPictures } from '../src/api/node.js';
import { uniformValues } from '../src/core/random.js';
import { vggTensorShapes } from '../src/node/weights/vgg-weights.js';
import { CHROMIUM, launchChromium } from './browser/chromium.js';
import { smallVgg } from './runtime/small-training.js';

const examples = fileURLToPath(new URL('../examples', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fns-examples-'));
const at = (...parts: string[]) => join(folder, ...parts);

/** Runs a program in the folder of made-up pictures. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  return execFileSync(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, FNS_WEIGHTS: at('weights'), XDG_CACHE_HOME: at('no-cache'), ...env },
    encoding: 'utf8',
  });
}

async function size(path: string): Promise<[number, number]> {
  const { width, height } = await sharp(path).metadata();
  return [width, height];
}

/** VGG16 up to conv4_3 with random weights, as far as default layers need it. */
function randomVgg(): Map<string, files.FloatTensor> {
  const weights = new Map<string, files.FloatTensor>();
  for (const [name, shape] of vggTensorShapes('vgg16')) {
    if (!/^conv[1-4]/.test(name)) continue;
    const bound = Math.sqrt(6 / shape.slice(1).reduce((a, b) => a * b, 100));
    const count = shape.reduce((a, b) => a * b, 1);
    weights.set(name, { shape, data: uniformValues(count, weights.size, bound) });
  }
  return weights;
}

beforeAll(async () => {
  mkdirSync(at('photos'));
  for (const name of ['weights', 'small']) mkdirSync(at(name));
  const noise = (path: string, width: number, height: number, seed: number) => {
    const data = Uint8Array.from(uniformValues(8 * 6 * 3, seed, 120), (v) => 128 + v);
    const picture = sharp(data, { raw: { width: 8, height: 6, channels: 3 } });
    return picture.resize(width, height, { fit: 'fill' }).toFile(at(path));
  };
  await noise('painting.png', 160, 120, 1);
  await noise('photos/a.png', 120, 100, 2);
  await noise('photos/b.png', 100, 130, 3);
  await noise('photo.png', 75, 50, 4);
  writeFileSync(at('weights', 'vgg16.safetensors'), files.writeSafetensors(randomVgg()));
  writeFileSync(at('small', 'vgg16.safetensors'), files.writeSafetensors(smallVgg()));
});

describe('in Node', () => {
  // Copies in another package, as a user has them.
  beforeAll(() => {
    mkdirSync(at('node_modules'));
    symlinkSync(fileURLToPath(new URL('..', import.meta.url)), at('node_modules', 'fast-neural-style'));
    writeFileSync(at('package.json'), '{"type":"module"}');
    for (const name of readdirSync(join(examples, 'node')).filter((f) => f.endsWith('.js'))) {
      writeFileSync(at(name), readFileSync(join(examples, 'node', name)));
    }
  });

  test('stylize.js paints a photo in a style', async () => {
    run('stylize.js', ['photo.png', 'wave', 'wave.png']);
    expect(await size(at('wave.png'))).toEqual([75, 50]);
  });

  test('train.js learns a style, says how far it is, and paints a photo in it', async () => {
    const said = run('train.js', ['painting.png', 'photos', 'photo.png', 'painted.png', '2']);
    expect(said).toContain('50 %\n');
    expect(said).toContain('100 %\n');
    expect(await size(at('painted.png'))).toEqual([75, 50]);
    const { info } = files.decodeStyle(new Uint8Array(readFileSync(at('style.onnx'))), 'style.onnx');
    expect(info.steps).toBe(2);
  });

  test('train.js has 15 lines at most', () => {
    expect(readFileSync(at('train.js'), 'utf8').trim().split('\n').length).toBeLessThanOrEqual(15);
  });

  test('many-photos.js paints a folder in several styles', () => {
    expect(run('many-photos.js', ['photos', 'out', 'wave', 'udnie'])).toBe(
      'wave: 2 pictures\nudnie: 2 pictures\n',
    );
    for (const style of ['wave', 'udnie']) {
      const made = readdirSync(at('out', style));
      expect(made.filter((name) => !name.startsWith('.'))).toEqual(['a.jpg', 'b.jpg']);
    }
  });
});

describe.runIf(CHROMIUM)('in a browser', () => {
  let server: ChildProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    run(join(examples, 'browser', 'build.mjs'), [at('site')], { FNS_WEIGHTS: at('small') });
    server = spawn(process.execPath, [join(examples, 'browser', 'serve.mjs'), at('site'), '0']);
    const [url] = await once(server.stdout!.setEncoding('utf8'), 'data');
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
    page.on('pageerror', (error) => console.error(`in the page: ${error.message}`));
    await page.goto(`${url.trim()}?device=cpu`);
  });

  afterAll(async () => {
    await browser?.close();
    server?.kill();
  });

  test("the page learns a style with Node's losses, and paints the photo in it", async () => {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const choose = (id: string, ...paths: string[]) =>
      page.setInputFiles(
        `#${id}`,
        paths.map((p) => at(p)),
      );
    await choose('painting', 'painting.png');
    await choose('photos', 'photos/a.png', 'photos/b.png');
    await choose('photo', 'photo.png');
    await page.fill('#steps', '3');
    await page.click('#train');
    const ended = () => /^3 steps|^It failed/.test(document.querySelector('#status')!.textContent!);
    await page.waitForFunction(ended, null, { timeout: 110_000 });
    expect(await page.textContent('#status')).toMatch(/^3 steps in .* s on cpu$/);
    const text = (await page.textContent('#losses'))!;
    const actual = [...text.matchAll(/total (\S+)/g)].map((m) => Number(m[1]));
    const expected = await nodeLosses();
    expect(actual).toHaveLength(3);
    actual.forEach((loss, i) => {
      expect(Math.abs(loss / expected[i]! - 1), `step ${i + 1}`).toBeLessThan(1e-4);
    });
    expect(await page.getAttribute('#progress', 'max')).toBe('1');
    expect(await page.locator('#progress').evaluate((e) => (e as HTMLProgressElement).value)).toBe(1);
    expect(await page.locator('#picture').evaluate((e) => [(e as HTMLCanvasElement).width])).toEqual([75]);
  });

  /** The losses of the same training in Node. */
  async function nodeLosses(): Promise<number[]> {
    const found: number[] = [];
    const tensors = smallVgg();
    await trainStyleFromPictures(
      {
        ...trainingSettings(tensors),
        painting: await decodeImage(at('painting.png')),
        photos: [await decodeImage(at('photos', 'a.png')), await decodeImage(at('photos', 'b.png'))],
        lossNetwork: nets.vggNetwork('vgg16', tensors),
        init: (await starts.readShippedStart()).bytes,
        steps: 3,
        device: 'cpu',
      },
      {
        onEvent: (event) => {
          if (event.type === 'progress' && event.values) found.push(event.values.total!);
        },
      },
    );
    return found;
  }
});
