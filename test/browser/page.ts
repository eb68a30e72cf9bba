/** The page of the browser tests: the library's browser entry, called by names on `globalThis.library`. */
import * as ort from 'onnxruntime-web/webgpu';
import {
  env,
  fromImageData,
  graph,
  loadStyle,
  nets,
  openSession,
  stylize,
  toImageData,
  trainStyleFromPictures,
} from '../../src/api/browser.js';
import { fractalNoise } from '../../src/core/fractal-noise.js';
import type { StepLosses } from '../../src/train/trainer.js';
import { type SmallTraining, smallVgg, someSteps } from '../runtime/small-training.js';
import { testBlend, testLook, testPicture } from './pictures.js';

type BrowserDevice = 'cpu' | 'webgpu';

env.wasm.wasmPaths = '/ort/';
env.wasm.numThreads = 2;

async function styleAt(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

/** A picture of noise, and how it is drawn in strips. */
export interface StripsOfNoise {
  width: number;
  height: number;
  device: BrowserDevice;
  memory: number;
  stopAt?: number;
  /** Measures the page's memory, which takes the browser some seconds. */
  measured?: boolean;
}

/** Memory of the page in MiB, WebAssembly's with it, where the browser tells. */
async function pageMemory(): Promise<number | undefined> {
  const { measureUserAgentSpecificMemory: measure } = performance as {
    measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }>;
  };
  return measure && (await measure.call(performance)).bytes / 2 ** 20;
}

const library = {
  isolated: () => crossOriginIsolated,

  /** The pixels of the test pictures in a style; with next to no memory in strips. */
  async stylize(path: string, names: string[], device: BrowserDevice, memory = 2 ** 30): Promise<number[][]> {
    const stylizer = await loadStyle(await styleAt(path), { device, memory });
    try {
      if (stylizer.device !== device) throw new Error(`ran on ${stylizer.device}`);
      const results: number[][] = [];
      for (const name of names) {
        const picture = testPicture(name);
        const { width, height, data } = await stylizer.stylize(picture);
        if (width !== picture.width || height !== picture.height) throw new Error(`gave ${width}x${height}`);
        results.push([...data]);
      }
      return results;
    } finally {
      await stylizer.close();
    }
  },

  /**
   * A picture of noise drawn in strips: how far it is from the bytes at `expected`, the seconds it took, how often a share
   * of it was told, and the memory of the page after it. `stopAt` ends it at that share.
   */
  async strips(
    path: string,
    expected: string,
    { width, height, device, memory, stopAt, measured }: StripsOfNoise,
  ): Promise<
    { most: number; mean: number; seconds: number; shares: number; memoryMiB?: number } | 'stopped'
  > {
    const stylizer = await loadStyle(await styleAt(path), { device, memory });
    const controller = new AbortController();
    let shares = 0;
    const onShare = (share: number) => {
      shares++;
      if (stopAt !== undefined && share >= stopAt) controller.abort();
    };
    try {
      const photo = fractalNoise(width, height, 0);
      const start = performance.now();
      const { data } = await stylizer.stylize(photo, {}, { signal: controller.signal, onShare });
      const seconds = (performance.now() - start) / 1000;
      const wanted = await styleAt(expected);
      let [most, sum] = [0, 0];
      for (let i = 0; i < wanted.length; i++) {
        const away = Math.abs(wanted[i]! - data[i]!);
        most = Math.max(most, away);
        sum += away;
      }
      return {
        most,
        mean: sum / data.length,
        seconds,
        shares,
        memoryMiB: measured ? await pageMemory() : undefined,
      };
    } catch (error) {
      if (controller.signal.aborted && error === controller.signal.reason) return 'stopped';
      throw error;
    } finally {
      await stylizer.close();
    }
  },

  /**
   * A picture in a blend of styles with everything that can be asked for at once.
   */
  async look(paths: string[], rest: string, name: string, strokeSize: number): Promise<number[]> {
    const styles = await Promise.all(paths.map(styleAt));
    const maskStyle = await styleAt(rest);
    const options = { ...testLook(strokeSize), maskStyle, device: 'cpu' } as const;
    const { data } = await stylize(testPicture(name), testBlend(styles), options);
    return [...data];
  },

  /** A picture that went over a canvas, and through a network of one fixed size that changes nothing. */
  async overCanvas(name: string): Promise<{ canvas: number[]; fixedSize: number[] }> {
    const picture = testPicture(name);
    const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d')!;
    context.putImageData(toImageData(picture), 0, 0);
    const canvas = fromImageData(context.getImageData(0, 0, picture.width, picture.height));
    const network = new graph.Graph();
    const x = network.input('image', [1, 3, 32, 32]);
    network.output('result', graph.clip(x, 0, 255));
    const fixedSize = await stylize(picture, graph.toModel(network), { device: 'cpu' });
    return { canvas: [...canvas.data], fixedSize: [...fixedSize.data] };
  },

  /**
   * Loads a style for pictures of one size with every node on the GPU, or throws. The size is fixed because 7 nodes of
   * a style file compute with two integers, the picture's sides, and these belong on the CPU: at a fixed size they are
   * constants.
   */
  async loadStrictly(path: string, height: number, width: number): Promise<void> {
    const session = await ort.InferenceSession.create(await styleAt(path), {
      executionProviders: [{ name: 'webgpu', preferredLayout: 'NCHW' }],
      freeDimensionOverrides: { H: height, W: width },
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    });
    await session.release();
  },

  /** Three training steps; on the GPU no node may leave it. */
  async train(
    training: SmallTraining,
    device: BrowserDevice,
  ): Promise<{ device: string; losses: StepLosses[]; parameters: Record<string, number[]> }> {
    const strict = device === 'webgpu';
    const result = await someSteps(openSession, training, { device, strict });
    const parameters = Object.fromEntries([...result.parameters].map(([name, p]) => [name, [...p.data]]));
    return { ...result, parameters };
  },

  /** The steps of a training on the page's thread that a timer of the page ends, set after the first of `steps`. */
  async trainUntilTimer(steps: number): Promise<{ steps: number; stopped: boolean }> {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const result = await trainStyleFromPictures(
      {
        ...{ painting: testPicture('even'), photos: [testPicture('odd'), testPicture('smooth')] },
        ...{ lossNetwork: nets.vggNetwork('vgg16', smallVgg()), contentLayers: ['relu2_2'] },
        ...{ styleLayers: ['relu1_2', 'relu2_2'], width: 2, size: 16, batch: 1, steps, device: 'cpu' },
      },
      {
        signal: controller.signal,
        onEvent(event) {
          if (event.type === 'progress' && event.done === 1) timer = setTimeout(() => controller.abort());
        },
      },
    );
    clearTimeout(timer);
    return { steps: result.steps, stopped: result.stopped };
  },
};

/** What the tests call in the page. */
export type Library = typeof library;

Object.assign(globalThis, { library });
