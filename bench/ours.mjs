// Our side of the benchmark: times one piece of work in a process of its own and prints one JSON line, as pytorch.py does.
import { parseArgs } from 'node:util';
import {
  encodeStyle,
  graph,
  initialParameters,
  openSession,
  openStyleTrainer,
  trainingConfig,
  vggNetwork,
} from '../dist/api/node.js';
import { uniformValues } from '../dist/core/random.js';
import { BLEED } from '../dist/nets/architecture.js';
import { vggTensorShapes } from '../dist/node/weights/vgg-weights.js';

const { values } = parseArgs({
  options: {
    what: { type: 'string' },
    size: { type: 'string', default: '256' },
    batch: { type: 'string', default: '1' },
    width: { type: 'string', default: '32' },
    architecture: { type: 'string', default: 'modern' },
    threads: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
    repeat: { type: 'string', default: '5' },
  },
});
const [size, batch, width, threads, repeat] = ['size', 'batch', 'width', 'threads', 'repeat'].map((k) =>
  Number(values[k]),
);
const { what, architecture, device } = values;
const session = { device, threads };

/** VGG16 up to conv4_3 with random weights: the arithmetic does not depend on their values. */
function randomVgg() {
  const weights = new Map();
  let seed = 0;
  for (const [name, shape] of vggTensorShapes('vgg16')) {
    if (name.startsWith('conv5') || name.startsWith('fc')) continue;
    const count = shape.reduce((a, b) => a * b, 1);
    const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
    weights.set(name, { shape, data: uniformValues(count, seed++, Math.sqrt(6 / fanIn)) });
  }
  return weights;
}

const work = { forward, train, sgemm };
const run = await work[what]();
const times = [];
for (let i = 0; i <= repeat; i++) {
  const start = performance.now();
  await run.once();
  // The first run allocates.
  if (i > 0) times.push((performance.now() - start) / 1000);
}
await run.close();
times.sort((a, b) => a - b);
const result = {
  seconds: times[0],
  median: times[Math.floor(times.length / 2)],
  peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
};
if (run.flop) result.gflops = run.flop / times[0] / 1e9;
console.log(JSON.stringify(result));

async function forward() {
  const info = {
    name: 'bench',
    architecture,
    width,
    steps: 0,
    seed: 0,
    lossNetwork: '',
    config: '{}',
    licence: '',
    // As in every style file that `fns train` writes.
    bleed: BLEED[architecture],
  };
  const model = encodeStyle({ info, parameters: initialParameters(architecture, width, 0) });
  const opened = await openSession(model, session);
  const data = uniformValues(3 * size * size, 1, 127).map((v) => 128 + v);
  const feeds = { image: { dtype: 'float32', shape: [1, 3, size, size], data } };
  return { once: () => opened.run(feeds), close: () => opened.close() };
}

async function train() {
  const config = trainingConfig({
    name: 'bench',
    architecture,
    width,
    batch,
    size,
    steps: 1,
    normalisation: 'paper',
  });
  const style = {
    width: size,
    height: size,
    data: uniformValues(3 * size * size, 2, 127).map((v) => 128 + v),
  };
  const trainer = await openStyleTrainer({
    config,
    style,
    lossNetwork: vggNetwork('vgg16', randomVgg()),
    openSession,
    session,
  });
  const content = {
    shape: [batch, 3, size, size],
    data: uniformValues(batch * 3 * size * size, 3, 127).map((v) => 128 + v),
  };
  return { once: () => trainer.step(content, 0), close: () => trainer.close() };
}

async function sgemm() {
  const n = 2048;
  const g = new graph.Graph();
  const [a, b] = ['a', 'b'].map((name) => g.input(name, [n, n]));
  g.output('y', graph.sum(graph.matmul(a, b)));
  const opened = await openSession(graph.toModel(g), session);
  const matrix = () => ({ dtype: 'float32', shape: [n, n], data: uniformValues(n * n, 4, 1) });
  const feeds = { a: matrix(), b: matrix() };
  return { once: () => opened.run(feeds), close: () => opened.close(), flop: 2 * n ** 3 };
}
