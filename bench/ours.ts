/**
 * Our side of the benchmark: times one piece of work in a process of its own and prints one JSON line, as pytorch.py does.
 *   npx tsx bench/ours.ts --what train --size 256 --batch 4 --device webgpu
 * run.ts runs it as plain JavaScript instead, so that what compiles TypeScript takes no memory and no time.
 */
import { parseArgs } from 'node:util';
import { type Device, files, graph, nets, openSession, training } from 'fast-neural-style';
import { openFile, openSizes } from '../src/stylize/network-sessions.js';

/** Something to time. */
interface Work {
  once(): Promise<unknown>;
  close(): Promise<void>;
  /** Floating point operations, where they are what counts. */
  flop?: number;
}

const { values } = parseArgs({
  options: {
    what: { type: 'string', default: 'forward' },
    size: { type: 'string', default: '256' },
    batch: { type: 'string', default: '1' },
    width: { type: 'string', default: '32' },
    architecture: { type: 'string', default: 'modern' },
    threads: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
    repeat: { type: 'string', default: '5' },
    file: { type: 'boolean', default: false },
  },
});
const [size, batch, width, repeat] = [values.size, values.batch, values.width, values.repeat].map(Number) as [
  number,
  number,
  number,
  number,
];
const architecture = values.architecture as nets.Architecture;
const session = { device: values.device as Device, threads: Number(values.threads) };

/** Channels of the convolutions of VGG16 up to conv4_3. */
const VGG_CHANNELS = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
];

/** Random numbers in [from, to). */
function random(count: number, from: number, to: number): Float32Array {
  return Float32Array.from({ length: count }, () => from + (to - from) * Math.random());
}

/** VGG16 up to conv4_3 with random weights: the arithmetic does not depend on their values. */
function randomVgg(): Map<string, files.FloatTensor> {
  const weights = new Map<string, files.FloatTensor>();
  let inputs = 3;
  for (const [stage, outputs] of VGG_CHANNELS.entries()) {
    for (const [layer, channels] of outputs.entries()) {
      const bound = Math.sqrt(6 / (9 * inputs));
      const put = (part: string, shape: number[]) => {
        const count = shape.reduce((a, b) => a * b, 1);
        weights.set(`conv${stage + 1}_${layer + 1}.${part}`, { shape, data: random(count, -bound, bound) });
      };
      put('weight', [channels, inputs, 3, 3]);
      put('bias', [channels]);
      inputs = channels;
    }
  }
  return weights;
}

/** One picture through a style, as the library draws it, or with `--file` through the style's file for all sizes. */
async function forward(): Promise<Work> {
  const info = {
    ...{ name: 'bench', architecture, width, steps: 0, seed: 0, lossNetwork: '', config: '{}', licence: '' },
    // As in every style file that is trained.
    bleed: nets.BLEED[architecture],
  };
  const parameters = nets.initialParameters(architecture, width, 0);
  const style = { info, parameters };
  const opener = { ...session, openSession };
  const opened =
    values.file || architecture !== 'modern'
      ? await openFile(files.encodeStyle(style), opener)
      : await openSizes(style, 'bench', opener);
  const data = random(3 * size * size, 0, 255);
  const feeds = { image: { dtype: 'float32', shape: [1, 3, size, size], data } } as const;
  const picture = { width: size, height: size };
  return { once: () => opened.run(picture, feeds), close: () => opened.close() };
}

/** One training step. */
async function train(): Promise<Work> {
  const config = training.trainingConfig({
    ...{ name: 'bench', architecture, width, batch, size, steps: 1, normalisation: 'paper' },
    ...{ margin: 0, contentLayers: ['relu3_3'], tvWeight: 1e-5 },
  });
  const trainer = await training.openStyleTrainer({
    config,
    style: { width: size, height: size, data: random(3 * size * size, 0, 255) },
    lossNetwork: nets.vggNetwork('vgg16', randomVgg()),
    openSession,
    session,
  });
  const photos = { shape: [batch, 3, size, size], data: random(batch * 3 * size * size, 0, 255) };
  return { once: () => trainer.step(photos, 0), close: () => trainer.close() };
}

/** One product of matrices of 2048x2048. */
async function sgemm(): Promise<Work> {
  const n = 2048;
  const g = new graph.Graph();
  const [a, b] = [g.input('a', [n, n]), g.input('b', [n, n])];
  g.output('y', graph.sum(graph.matmul(a, b)));
  const opened = await openSession(graph.toModel(g), session);
  const matrix = () => ({ dtype: 'float32', shape: [n, n], data: random(n * n, -1, 1) }) as const;
  const feeds = { a: matrix(), b: matrix() };
  return { once: () => opened.run(feeds), close: () => opened.close(), flop: 2 * n ** 3 };
}

const opener = { forward, train, sgemm }[values.what];
if (!opener) throw new Error(`--what forward, train or sgemm is needed, got '${values.what}'`);
const work = await opener();
const times: number[] = [];
for (let i = 0; i <= repeat; i++) {
  const start = performance.now();
  await work.once();
  // The first run allocates.
  if (i > 0) times.push((performance.now() - start) / 1000);
}
await work.close();
times.sort((a, b) => a - b);
const [seconds, median] = [times[0]!, times[Math.floor(times.length / 2)]!];
const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
const gflops = work.flop && work.flop / seconds / 1e9;
console.log(JSON.stringify({ seconds, median, peakRssMiB, gflops }));
