import { join } from 'node:path';
import { Command } from 'commander';
import { usage } from '../core/errors.js';
import { toPlanar } from '../core/planar.js';
import type { Chart } from '../media/chart.js';
import { writeFileAtomically } from '../media/files.js';
import { loadStyle } from '../node.js';
import { optimisePicture, PIXELS } from '../optimize/optimise-picture.js';
import { openPictureObjective } from '../optimize/pixel-objective.js';
import { clipped } from '../optimize/vector.js';
import { openSession } from '../runtime/node.js';
import type { Device } from '../runtime/session.js';
import {
  type EvaluatedStyle,
  photoName,
  readEvaluatedStyle,
  sizesOf,
  somePhotos,
  squarePhoto,
} from './evaluate-style.js';
import { evaluationFolder, markdownTable, openResults } from './evaluation-results.js';
import { numberListOption, numberOption, withDeviceOptions } from './options.js';
import { duration, progressLine } from './progress.js';
import { listDigest } from './train-files.js';

interface ObjectiveFlags {
  painting: string;
  photos: string;
  count: number;
  sizes: number[];
  iterations: number;
  init: string;
  lineSearch: string;
  bounded?: boolean;
  out: string;
  weights?: string;
  seed: number;
  device: Device;
  threads?: number;
}

/** Noise of variance 1, as the paper's own program starts from. Whole steps of L-BFGS from stronger noise may diverge. */
const PAPER_NOISE = Math.sqrt(3);

/** Steps that Torch's `optim.lbfgs` remembers. */
export const TORCH_MEMORY = 100;

/** What is known of one photo at one size. */
interface PhotoResult {
  /** The objective of the photo itself, of the feed-forward picture, and of the optimisation's picture after each iteration, clipped to 0..255. */
  photo: number;
  forward: number;
  curve: number[];
  /** The optimisation's own objective, of pixels that may be outside 0..255. */
  free: number[];
}

/** What is known of one size. */
interface SizeResult {
  size: number;
  photos: number;
  /** Medians over the photos of the objective as a share of the photo's own: of one forward pass, and after 1, 2, ... iterations. */
  forward: number;
  curve: number[];
  /** Photos on which the optimisation ended higher than it began. */
  diverged: number;
  /** Iterations after which the optimisation is as good as one forward pass, for each photo; undefined where it is not within those done. */
  equals: (number | undefined)[];
  /** The same with the pixels that the optimisation has before they are clipped. */
  equalsFree: (number | undefined)[];
}

/** `fns evaluate objective`: figure 5 of the paper. */
export function evaluateObjectiveCommand(): Command {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const command = new Command('objective')
    .summary('the objective of one forward pass against that of the optimisation (figure 5)')
    .description(
      'How many iterations of the optimisation of Gatys et al. one forward pass of a style equals: the objective that the style was trained for, on photos ' +
        'that it has not seen, cropped to squares. The pixels of the optimisation are free, and its picture is clipped to 0..255 for its objective; --bounded keeps them there all the time, which is a stronger optimisation. Writes objective.md, ' +
        '.json, .svg and .png; a stopped run goes on.',
    )
    .argument('<style>', 'a shipped style or an .onnx file')
    .requiredOption('--painting <file>', 'the painting that the style was learned from')
    .requiredOption('--photos <folder>', 'photos that were not used in training')
    .requiredOption('-o, --out <folder>', 'where the results go')
    .option('--count <n>', 'how many of the photos', whole('--count'), 4)
    .option('--sizes <list>', 'sides of the squares in pixels', numberListOption('--sizes'), [256, 512])
    .option('--iterations <n>', 'iterations of the optimisation', whole('--iterations'), 200)
    .option(
      '--init <what>',
      'the optimisation starts from noise, as in the paper, or from the photo',
      'noise',
    )
    .option(
      '--line-search <how>',
      'of the optimisation: none, one evaluation for each iteration as Torch’s optim.lbfgs has it, with which the paper was made; or wolfe, two and more',
      'none',
    )
    .option(
      '--weights <file>',
      'VGG weights (.safetensors or Keras .h5) instead of the installed ones; the .onnx file of another loss network',
    )
    .option('--bounded', 'keep the pixels of the optimisation within 0..255 all the time')
    .option('--seed <n>', 'seed of the noise', numberOption('--seed', { whole: true }), 0);
  return withDeviceOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate objective wave --painting wave.jpg --photos holiday/ -o results/
  fns evaluate objective mine.onnx --painting mine.jpg --photos test/ --sizes 256,512,1024 -o results/`,
    )
    .action(evaluateObjective);
}

async function evaluateObjective(file: string, flags: ObjectiveFlags): Promise<void> {
  const { out, iterations, init, lineSearch, bounded = false, device, threads, seed } = flags;
  if (init !== 'noise' && init !== 'photo') throw usage(`--init is noise or photo, got '${init}'`);
  if (lineSearch !== 'none' && lineSearch !== 'wolfe')
    throw usage(`--line-search is none or wolfe, got '${lineSearch}'`);
  const sizes = sizesOf(flags.sizes);
  const evaluated = await readEvaluatedStyle(file, flags);
  const photos = await somePhotos(flags.photos, flags.count);
  await evaluationFolder(out);
  const digest = listDigest([Buffer.from(evaluated.bytes).toString('base64'), flags.painting]);
  const kept = await openResults<PhotoResult>(out, 'objective', {
    digest,
    iterations,
    init,
    lineSearch,
    seed,
    clip: bounded,
    judged: 'clipped',
  });
  const line = progressLine();
  const session = { device, threads };
  const stylizer = await loadStyle(evaluated.bytes, session);
  // An iteration costs as many units as it has pixels.
  const all = sizes.reduce((sum, size) => sum + size * size * iterations * photos.length, 0);
  let done = 0;
  let computed = 0;
  const started = Date.now();
  const results: SizeResult[] = [];
  try {
    for (const size of sizes) {
      const found: PhotoResult[] = [];
      for (const path of photos) {
        const part = `${size}/${photoName(path)}`;
        const isNew = !kept.has(part);
        const show = (iteration: number) => {
          const now = done + size * size * iteration;
          const passed = computed + size * size * iteration;
          const left = duration(((Date.now() - started) / 1000 / passed) * (all - now));
          line.update(
            `${String(Math.floor((100 * now) / all)).padStart(3)}%  ${part}  iteration ${iteration}/${iterations}  ${left} left`,
          );
        };
        found.push(
          await kept.part(part, () =>
            measure(evaluated, path, size, {
              stylize: async (image) => toPlanar(await stylizer.stylize(image)),
              iterations,
              init,
              lineSearch,
              bounded,
              seed,
              session,
              show,
            }),
          ),
        );
        done += size * size * iterations;
        if (isNew) computed += size * size * iterations;
      }
      results.push(joined(size, found));
    }
  } finally {
    await stylizer.close();
    line.end();
  }
  await write(out, evaluated.name, flags, results);
  console.log(join(out, 'objective.md'));
}

async function measure(
  { weights, style, lossNetwork }: EvaluatedStyle,
  path: string,
  size: number,
  options: {
    stylize: (image: Awaited<ReturnType<typeof squarePhoto>>['image']) => Promise<Float32Array>;
    iterations: number;
    init: 'noise' | 'photo';
    lineSearch: 'none' | 'wolfe';
    bounded: boolean;
    seed: number;
    session: { device: Device; threads?: number };
    show: (iteration: number) => void;
  },
): Promise<PhotoResult> {
  const { image, planes } = await squarePhoto(path, size);
  const common = {
    width: size,
    height: size,
    weights,
    style,
    lossNetwork,
    openSession,
    session: options.session,
  };
  const objective = await openPictureObjective({ ...common, content: planes.data });
  try {
    const photo = await objective.value(planes.data);
    const forward = await objective.value(await options.stylize(image));
    const curve: number[] = [];
    const free: number[] = [];
    await optimisePicture({
      ...common,
      content: planes,
      start: options.init === 'noise' ? 'noise' : planes,
      iterations: options.iterations,
      seed: options.seed,
      lineSearch: options.lineSearch,
      ...(options.lineSearch === 'none' && { memory: TORCH_MEMORY, noise: PAPER_NOISE }),
      clip: options.bounded,
      onProgress: async ({ iteration, value, picture }) => {
        free.push(value);
        const shown = () => objective.value(clipped(picture, PIXELS));
        curve.push(options.bounded ? value : await shown());
        options.show(iteration);
      },
    });
    return { photo, forward, curve, free };
  } finally {
    await objective.close();
  }
}

function joined(size: number, found: readonly PhotoResult[]): SizeResult {
  const length = Math.min(...found.map(({ curve }) => curve.length));
  return {
    size,
    photos: found.length,
    forward: median(found.map((f) => f.forward / f.photo)),
    curve: Array.from({ length }, (_, i) => median(found.map((f) => f.curve[i]! / f.photo))),
    diverged: found.filter(({ curve }) => curve.at(-1)! > curve[0]!).length,
    equals: found.map(({ curve, forward }) => firstAtMost(curve, forward)),
    equalsFree: found.map(({ free, forward }) => firstAtMost(free, forward)),
  };
}

/** The number of the first iteration whose value is no larger. */
function firstAtMost(curve: readonly number[], value: number): number | undefined {
  const place = curve.findIndex((v) => v <= value);
  return place < 0 ? undefined : place + 1;
}

/** The middle value; of an even number the lower of the two. */
function median(values: readonly number[]): number {
  return values.slice().sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}

/** Iterations as text: the median over the photos, and the range. */
function equalsText(equals: SizeResult['equals'], iterations: number): { median: string; range: string } {
  const text = (n: number | undefined) => (n === undefined ? `more than ${iterations}` : String(n));
  const sorted = [...equals].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  return {
    median: text(sorted[(sorted.length - 1) >> 1]),
    range: `${text(sorted[0])} to ${text(sorted.at(-1))}`,
  };
}

async function write(
  out: string,
  name: string,
  { init, iterations, lineSearch, bounded = false }: ObjectiveFlags,
  results: readonly SizeResult[],
): Promise<void> {
  const rows = results.map((result) => {
    const { median, range } = equalsText(result.equals, result.curve.length);
    const share = (value: number) => value.toFixed(4);
    return [
      String(result.size),
      String(result.photos),
      share(result.forward),
      ...[50, 100].map((n) => (result.curve[n - 1] === undefined ? '' : share(result.curve[n - 1]!))),
      median,
      range,
      equalsText(result.equalsFree, result.curve.length).median,
    ];
  });
  const head = [
    'size',
    'photos',
    'one forward pass',
    '50 iterations',
    '100 iterations',
    'equal to (median)',
    'range',
    'before clipping',
  ];
  const diverged = results.reduce((sum, result) => sum + result.diverged, 0);
  const all = results.reduce((sum, result) => sum + result.photos, 0);
  const text =
    `# The objective of ${name}\n\nMedians over photos that were not used in training, as shares of the photo’s own objective; the optimisation (L-BFGS, ` +
    `${iterations} iterations, ${lineSearch === 'none' ? 'one evaluation each' : 'with a line search'}${bounded ? ', pixels kept within 0..255' : ''}) starts from ${init === 'noise' ? 'noise' : 'the photo'}. "Equal to": iterations after which it is as low as one forward pass, both pictures clipped to 0..255 ("before clipping": with the pixels that the optimisation has by then).${diverged > 0 ? ` On ${diverged} of ${all} photos its whole steps diverged.` : ''}\n\n`;
  await writeFileAtomically(join(out, 'objective.md'), `${text}${markdownTable(head, rows)}\n`);
  await writeFileAtomically(
    join(out, 'objective.json'),
    `${JSON.stringify({ style: name, init, iterations, lineSearch, bounded, sizes: results }, undefined, 2)}\n`,
  );
  const { writeChart } = await import('../media/chart.js');
  await writeChart(join(out, 'objective'), chartOf(name, results));
}

function chartOf(name: string, results: readonly SizeResult[]): Chart {
  return {
    title: `Objective of ${name}: one forward pass and the optimisation`,
    xLabel: 'iterations of L-BFGS',
    yLabel: 'objective, of the photo’s own',
    log: { y: true },
    series: results.flatMap(({ size, forward, curve }) => [
      {
        name: `optimisation ${size}`,
        values: curve.map((value, i) => [i + 1, value] as const),
      },
      {
        name: `forward ${size}`,
        dashed: true,
        values: [
          [1, forward],
          [curve.length, forward],
        ] as const,
      },
    ]),
  };
}
