/**
 * The optimisation of Gatys et al. here and with PyTorch's own L-BFGS: the same network, objective, start (the photo) and number of iterations.
 *   npx tsx bench/lbfgs.ts --photo photo.jpg --painting painting.jpg --weights vgg19.safetensors --size 256 --iterations 100 --threads 2
 * Prints the objective of both after 25, 50 and 100 iterations, and how they compare (lower is better).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeImage, files, loadLossNetwork, openSession, optimisation, pictures } from 'fast-neural-style';
import { withRequired } from './arguments.js';

const { values: given } = parseArgs({
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
const flags = withRequired(given, ['photo', 'painting', 'weights']);
const [size, iterations, memory, threads] = [flags.size, flags.iterations, flags.memory, flags.threads].map(
  Number,
) as [number, number, number, number];

/** The central square of a picture file. */
async function square(path: string): Promise<pictures.Planes> {
  const image = await decodeImage(path, { resize: (own) => pictures.withShorterSide(own, size) });
  return pictures.toPlanes(pictures.centreCrop(image, size, size));
}

const [{ data: content }, style] = [await square(flags.photo), await square(flags.painting)];
const layers = (names: readonly string[], weight: number) => names.map((layer) => ({ layer, weight }));
const objective = await optimisation.openPixelObjective({
  width: size,
  height: size,
  content,
  style,
  weights: {
    content: layers(['relu3_3'], 1),
    style: layers(['relu1_2', 'relu2_2', 'relu3_3', 'relu4_2'], 8),
    tv: 1e-5,
    normalisation: 'paper',
  },
  lossNetwork: await loadLossNetwork({ lossNetwork: 'vgg19' }, { file: flags.weights }),
  openSession,
  session: { device: 'cpu', threads },
});
const ours: number[] = [];
const start = performance.now();
const result = await optimisation.lbfgs(objective.evaluate, content, {
  iterations,
  memory,
  onIteration: ({ value }) => void ours.push(value),
});
const seconds = (performance.now() - start) / 1000;
await objective.close();

/** What lbfgs_pytorch.py prints. */
interface Theirs {
  values: number[];
  evaluations: number;
  seconds: number;
}

/** The same with PyTorch. */
function pytorch(): Theirs {
  const folder = mkdtempSync(join(tmpdir(), 'fns-lbfgs-'));
  try {
    const inputs = join(folder, 'inputs.safetensors');
    const shape = [1, 3, size, size];
    const tensors = new Map([
      ['content', { shape, data: content }],
      ['style', { shape, data: style.data }],
    ]);
    writeFileSync(inputs, files.writeSafetensors(tensors));
    const script = fileURLToPath(new URL('./lbfgs_pytorch.py', import.meta.url));
    const args = [script, flags.weights, inputs, ...[iterations, memory, threads].map(String)];
    const env = { ...process.env, PATH: `/usr/bin:${process.env.PATH}` };
    return JSON.parse(execFileSync('python3', args, { encoding: 'utf8', env }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const theirs = pytorch();
console.log('| iterations | PyTorch | ours | ratio |\n|---|---|---|---|');
for (const n of [...new Set([25, 50, 100, iterations])].filter((n) => n <= iterations)) {
  const [a, b] = [theirs.values[n - 1]!, ours[n - 1]!];
  console.log(`| ${n} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${(b / a).toFixed(3)} |`);
}
const [perStep, ourPerStep] = [theirs.seconds / theirs.evaluations, seconds / result.evaluations];
console.log(`evaluations: PyTorch ${theirs.evaluations}, ours ${result.evaluations}`);
console.log(
  `seconds of one evaluation: PyTorch ${perStep.toFixed(3)}, ours ${ourPerStep.toFixed(3)} (ratio ${(ourPerStep / perStep).toFixed(2)})`,
);
