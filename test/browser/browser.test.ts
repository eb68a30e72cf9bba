import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStyle, openSession, stylize as stylizeOnce } from '../../src/api/node.js';
import { fractalNoise } from '../../src/core/fractal-noise.js';
import { encodeStyle } from '../../src/files/style-file.js';
import { ARCHITECTURES, type Architecture } from '../../src/nets/architecture.js';
import { initialParameters } from '../../src/nets/parameters.js';
import {
  lossDifference,
  parameterDifference,
  type SmallTraining,
  someSteps,
} from '../runtime/small-training.js';
import { colourNetwork } from '../stylize/colour-networks.js';
import { CHROMIUM, launchChromium } from './chromium.js';
import type { Library } from './page.js';
import { testBlend, testLook, testPicture } from './pictures.js';
import { type Site, serve } from './server.js';

/** A style of width 4 with random parameters. */
function style(architecture: Architecture): Uint8Array {
  return encodeStyle({
    info: {
      name: 'random',
      architecture,
      width: 4,
      steps: 0,
      seed: 5,
      lossNetwork: 'vgg16',
      config: '{}',
      licence: '',
    },
    parameters: initialParameters(architecture, 4, 5),
  });
}

/** The pixels of the test pictures in a style, by Node's CPU. */
async function stylizeInNode(bytes: Uint8Array, names: string[]): Promise<Uint8Array[]> {
  const stylizer = await loadStyle(bytes, { device: 'cpu', threads: 1 });
  try {
    const results: Uint8Array[] = [];
    for (const name of names) results.push((await stylizer.stylize(testPicture(name))).data);
    return results;
  } finally {
    await stylizer.close();
  }
}

function difference(a: Uint8Array, b: readonly number[]): { max: number; mean: number } {
  expect(b).toHaveLength(a.length);
  const each = Array.from(a, (v, i) => Math.abs(v - b[i]!));
  return { max: Math.max(...each), mean: each.reduce((sum, d) => sum + d, 0) / each.length };
}

const MANY_STRIPS = { width: 301, height: 242 };
const ONE_STRIP = { width: 40, height: 24 };

/** A picture of noise in a style, whole. */
async function noiseInNode(bytes: Uint8Array, { width, height }: typeof MANY_STRIPS): Promise<Uint8Array> {
  return (await stylizeOnce(fractalNoise(width, height, 0), bytes, { device: 'cpu', threads: 1 })).data;
}

describe.runIf(CHROMIUM)('in Chromium', () => {
  const styles = new Map(ARCHITECTURES.map((a) => [a, style(a)]));
  const pathOf = (architecture: Architecture) => `/${architecture}.onnx`;
  const files = new Map([
    ...[...styles].map(([a, bytes]) => [pathOf(a), bytes] as const),
    ['/bgr.onnx', colourNetwork({ blueFirst: true, range: 1, size: { width: 32, height: 32 } })] as const,
  ]);
  let site: Site;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const modern = styles.get('modern')!;
    const [many, one] = [await noiseInNode(modern, MANY_STRIPS), await noiseInNode(modern, ONE_STRIP)];
    site = await serve({ ...Object.fromEntries(files), '/many': many, '/one': one });
    browser = await launchChromium();
    page = await browser.newPage();
    page.on('pageerror', (error) => console.error(`in the page: ${error.message}`));
    await page.goto(site.url);
    await page.waitForFunction(() => 'library' in globalThis);
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  /** Calls a function of the page's library. */
  function call<K extends keyof Library>(
    name: K,
    ...args: Parameters<Library[K]>
  ): Promise<Awaited<ReturnType<Library[K]>>> {
    return page.evaluate(
      ([name, args]) =>
        (globalThis as unknown as { library: Record<string, (...args: unknown[]) => never> }).library[name]!(
          ...args,
        ),
      [name as string, args as unknown[]] as const,
    );
  }

  test('the page is isolated, so that WebAssembly may use threads', async () => {
    expect(await call('isolated')).toBe(true);
  });

  const names = ['even', 'odd', 'bright', 'white'];
  describe.each(['cpu', 'webgpu'] as const)('on %s', (device) => {
    test.each(ARCHITECTURES)("a picture in a style of %s is Node's", async (architecture) => {
      const expected = await stylizeInNode(styles.get(architecture)!, names);
      const actual = await call('stylize', pathOf(architecture), names, device);
      names.forEach((name, i) => {
        const { max, mean } = difference(expected[i]!, actual[i]!);
        expect(max, name).toBeLessThanOrEqual(1);
        expect(mean, name).toBeLessThan(0.05);
      });
    });

    test("a training step has Node's losses", async () => {
      const training: SmallTraining = { architecture: 'modern', size: 32, batch: 2 };
      const expected = await someSteps(openSession, training, { device: 'cpu', threads: 1 });
      const actual = await call('train', training, device);
      expect(actual.device).toBe(device);
      expect(lossDifference(expected.losses, actual.losses)).toBeLessThan(1e-3);
      const parameters = new Map(
        Object.entries(actual.parameters).map(([name, data]) => [
          name,
          { shape: expected.parameters.get(name)!.shape, data: Float32Array.from(data) },
        ]),
      );
      expect(parameterDifference(expected.parameters, parameters)).toBeLessThan(0.01);
    }, 300_000);
  });

  test("a training on the page's thread lets the page stop it", async () => {
    const { steps, stopped } = await call('trainUntilTimer', 60);
    expect(stopped).toBe(true);
    expect(steps).toBeLessThan(10);
  });

  test.each([
    ['cpu', 17],
    ['webgpu', 1],
  ] as const)("a picture in strips is Node's whole one, on %s", async (device, shares) => {
    const strips = { ...(device === 'cpu' ? MANY_STRIPS : ONE_STRIP), device, memory: 1 };
    const found = await call('strips', pathOf('modern'), device === 'cpu' ? '/many' : '/one', strips);
    if (found === 'stopped') throw new Error('stopped');
    expect(found.most).toBeLessThanOrEqual(1);
    expect(found.mean).toBeLessThan(0.05);
    expect(found.shares).toBeGreaterThanOrEqual(shares);
  });

  test('strips end when the page says so', async () => {
    const strips = { ...MANY_STRIPS, device: 'cpu', memory: 1, stopAt: 0.3 } as const;
    expect(await call('strips', pathOf('modern'), '/many', strips)).toBe('stopped');
  });

  test.each([
    ['of any size, with larger strokes', ['/modern.onnx', '/source.onnx'], 2],
    ['of one size, blue first', ['/modern.onnx', '/bgr.onnx', '/modern.onnx'], 1],
  ] as const)(
    "a blend of networks %s, in a mask, with the photo's colours is Node's",
    async (_, paths, strokeSize) => {
      const bytesOf = (path: string) => files.get(path)!;
      const expected = await stylizeOnce(testPicture('odd'), testBlend(paths.map(bytesOf)), {
        ...testLook(strokeSize),
        ...{ maskStyle: bytesOf('/paper.onnx'), device: 'cpu', threads: 1 },
      });
      const actual = await call('look', [...paths], '/paper.onnx', 'odd', strokeSize);
      const { max, mean } = difference(expected.data, actual);
      expect(max).toBeLessThanOrEqual(1);
      expect(mean).toBeLessThan(0.02);
    },
  );

  test('a picture keeps its pixels over a canvas, and nearly so through a network of another size', async () => {
    const { canvas, fixedSize } = await call('overCanvas', 'smooth');
    const { data } = testPicture('smooth');
    expect(difference(data, canvas).max).toBe(0);
    expect(difference(data, fixedSize).mean).toBeLessThan(1);
  });

  test.each(ARCHITECTURES)('no pixel of a style of %s leaves the GPU', async (architecture) => {
    await call('loadStrictly', pathOf(architecture), 23, 37);
  });
});
