// The optimisation of Gatys et al. here and with PyTorch's own L-BFGS: the same network, objective, start (the photo) and number of iterations.
//   node bench/lbfgs.mjs --photo photo.jpg --painting painting.jpg --weights vgg19.safetensors --size 256 --iterations 100 --threads 2
// Prints the objective of both after 25, 50 and 100 iterations, and how they compare (lower is better).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  decodeImage,
  openSession,
  readSafetensors,
  toPlanes,
  vggNetwork,
  writeSafetensors,
} from '../dist/api/node.js';
import { lbfgs } from '../dist/minimise/lbfgs.js';
import { openPixelObjective } from '../dist/optimize/pixel-objective.js';

const { values: flags } = parseArgs({
  options: {
    photo: { type: 'string' },
    painting: { type: 'string' },
    weights: { type: 'string' },
    size: { type: 'string', default: '256' },
    iterations: { type: 'string', default: '100' },
    memory: { type: 'string', default: '20' },
    threads: { type: 'string', default: '2' },
  },
});
for (const name of ['photo', 'painting', 'weights']) {
  if (flags[name] === undefined) throw new Error(`--${name} is needed`);
}
const size = Number(flags.size);
const iterations = Number(flags.iterations);
const threads = Number(flags.threads);

/** The central square. */
async function square(path) {
  const image = await decodeImage(path, {
    resize: ({ width, height }) => {
      const factor = size / Math.min(width, height);
      return { width: Math.round(width * factor), height: Math.round(height * factor) };
    },
  });
  const [left, top] = [(image.width - size) >> 1, (image.height - size) >> 1];
  const data = new Uint8Array(3 * size * size);
  for (let y = 0; y < size; y++) {
    const from = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * size), 3 * y * size);
  }
  return toPlanes({ width: size, height: size, data }).data;
}

const [content, style] = [await square(flags.photo), await square(flags.painting)];
const lossNetwork = vggNetwork('vgg19', readSafetensors(new Uint8Array(readFileSync(flags.weights))).tensors);
const layers = (names, weight) => names.map((layer) => ({ layer, weight }));
const objective = await openPixelObjective({
  width: size,
  height: size,
  content,
  style: { width: size, height: size, data: style },
  weights: {
    content: layers(['relu3_3'], 1),
    style: layers(['relu1_2', 'relu2_2', 'relu3_3', 'relu4_2'], 8),
    tv: 1e-5,
    normalisation: 'paper',
  },
  lossNetwork,
  openSession,
  session: { device: 'cpu', threads },
});
const ours = [];
const start = performance.now();
const result = await lbfgs(objective.evaluate, content, {
  iterations,
  memory: Number(flags.memory),
  onIteration: ({ value }) => void ours.push(value),
});
const seconds = (performance.now() - start) / 1000;
await objective.close();

const folder = mkdtempSync(join(tmpdir(), 'fns-lbfgs-'));
const inputs = join(folder, 'inputs.safetensors');
const shape = [1, 3, size, size];
writeFileSync(
  inputs,
  writeSafetensors(
    new Map([
      ['content', { shape, data: content }],
      ['style', { shape, data: style }],
    ]),
  ),
);
const script = fileURLToPath(new URL('./lbfgs_pytorch.py', import.meta.url));
const args = [script, flags.weights, inputs, flags.iterations, flags.memory, flags.threads];
const theirs = JSON.parse(
  execFileSync('python3', args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `/usr/bin:${process.env.PATH}` },
  }),
);
rmSync(folder, { recursive: true });

console.log('| iterations | PyTorch | ours | ratio |\n|---|---|---|---|');
for (const n of [...new Set([25, 50, 100, iterations])].filter((n) => n <= iterations)) {
  const [a, b] = [theirs.values[n - 1], ours[n - 1]];
  console.log(`| ${n} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${(b / a).toFixed(3)} |`);
}
const perStep = theirs.seconds / theirs.evaluations;
console.log(`evaluations: PyTorch ${theirs.evaluations}, ours ${result.evaluations}`);
console.log(
  `seconds of one evaluation: PyTorch ${perStep.toFixed(3)}, ours ${(seconds / result.evaluations).toFixed(3)} ` +
    `(ratio ${(seconds / result.evaluations / perStep).toFixed(2)})`,
);
