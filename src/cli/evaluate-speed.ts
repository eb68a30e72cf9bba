import { join } from 'node:path';
import { Command } from 'commander';
import { loadStyle } from '../api/node.js';
import { lbfgs } from '../minimise/lbfgs.js';
import type { Chart } from '../node/media/chart.js';
import { writeFileAtomically } from '../node/media/files.js';
import { openSession } from '../node/session.js';
import { openPixelObjective } from '../optimize/pixel-objective.js';
import type { Device } from '../runtime/session.js';
import {
  type EvaluatedStyle,
  readEvaluatedStyle,
  sizesOf,
  somePhotos,
  squarePhoto,
} from './evaluate-style.js';
import { evaluationFolder, markdownTable, openResults } from './evaluation-results.js';
import { TORCH_MEMORY } from './objective-measure.js';
import { numberListOption, numberOption, withDeviceOptions } from './options.js';
import { progressLine } from './progress.js';
import { listDigest } from './train-files.js';

interface SpeedFlags {
  painting: string;
  photos: string;
  sizes: number[];
  measured: number;
  out: string;
  weights?: string;
  device: Device;
  threads?: number;
}

/** Seconds at one size. */
interface SpeedResult {
  size: number;
  device: string;
  /** One forward pass: the median of several. */
  forward: number;
  /** One iteration of the optimisation: the mean of those measured. */
  iteration: number;
}

/** The iterations of the paper's table 1. */
const ITERATIONS = [100, 300, 500];
/** The paper's ratios of 500 iterations to one forward pass, on a GPU. */
const PAPER: Record<number, number> = { 256: 1060, 512: 1026, 1024: 1042 };
/** Forward passes whose median counts, after one that warms up. */
const PASSES = 5;

/** `fns evaluate speed`: table 1 of the paper. */
export function evaluateSpeedCommand(): Command {
  const whole = (name: string) => numberOption(name, { above: true, whole: true });
  const command = new Command('speed')
    .summary('the time of one forward pass against that of the optimisation (table 1)')
    .description(
      'Seconds of one forward pass and of 100, 300 and 500 iterations of the optimisation of Gatys et al., for the objective that the style was trained for. Some ' +
        'iterations are timed and multiplied (--measured), with one evaluation of the objective each, as in the paper’s baseline. Let nothing else run meanwhile. Writes speed.md, .json, .svg and .png; a stopped run goes on.',
    )
    .argument('<style>', 'a shipped style or an .onnx file')
    .requiredOption('--painting <file>', 'the painting that the style was learned from')
    .requiredOption('--photos <folder>', 'photos; the first is used')
    .requiredOption('-o, --out <folder>', 'where the results go')
    .option('--sizes <list>', 'sides of the squares in pixels', numberListOption('--sizes'), [256, 512, 1024])
    .option('--measured <n>', 'iterations that are timed', whole('--measured'), 10)
    .option(
      '--weights <file>',
      'VGG weights (.safetensors or Keras .h5) instead of the installed ones; the .onnx file of another loss network',
    );
  return withDeviceOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  fns evaluate speed wave --painting wave.jpg --photos holiday/ -o results/
  fns evaluate speed wave --painting wave.jpg --photos holiday/ --sizes 256 --measured 500 -o results/`,
    )
    .action(evaluateSpeed);
}

async function evaluateSpeed(file: string, flags: SpeedFlags): Promise<void> {
  const { out, device, threads, measured } = flags;
  const sizes = sizesOf(flags.sizes);
  const evaluated = await readEvaluatedStyle(file, flags);
  const [photo] = await somePhotos(flags.photos, 1);
  await evaluationFolder(out);
  const digest = listDigest([Buffer.from(evaluated.bytes).toString('base64'), photo!]);
  const kept = await openResults<SpeedResult>(out, 'speed', { digest, measured, device, threads });
  const line = progressLine();
  const results: SpeedResult[] = [];
  try {
    for (const [i, size] of sizes.entries()) {
      const show = (text: string) =>
        line.update(`${String(Math.floor((100 * i) / sizes.length)).padStart(3)}%  ${size}x${size}  ${text}`);
      const session = { device, threads };
      results.push(
        await kept.part(String(size), () => measure(evaluated, photo!, size, measured, session, show)),
      );
    }
  } finally {
    line.end();
  }
  await write(out, evaluated.name, measured, results);
  console.log(join(out, 'speed.md'));
}

async function measure(
  { bytes, weights, style, lossNetwork }: EvaluatedStyle,
  photo: string,
  size: number,
  measured: number,
  session: { device: Device; threads?: number },
  show: (text: string) => void,
): Promise<SpeedResult> {
  const { image, planes } = await squarePhoto(photo, size);
  const stylizer = await loadStyle(bytes, session);
  const passes: number[] = [];
  try {
    await stylizer.stylize(image);
    for (let i = 0; i < PASSES; i++) {
      show(`forward pass ${i + 1}/${PASSES}`);
      const start = performance.now();
      await stylizer.stylize(image);
      passes.push((performance.now() - start) / 1000);
    }
  } finally {
    await stylizer.close();
  }
  const objective = await openPixelObjective({
    width: size,
    height: size,
    content: planes.data,
    weights,
    style,
    lossNetwork,
    openSession,
    session,
  });
  try {
    await objective.evaluate(planes.data.slice());
    let start = 0;
    // One evaluation for each iteration, as in the paper's baseline.
    await lbfgs(objective.evaluate, planes.data, {
      iterations: measured + 1,
      lineSearch: 'none',
      memory: TORCH_MEMORY,
      onIteration: ({ iteration }) => {
        if (iteration === 1) start = performance.now();
        show(`iteration ${iteration - 1}/${measured}`);
      },
    });
    const iteration = (performance.now() - start) / 1000 / measured;
    const forward = passes.sort((a, b) => a - b)[PASSES >> 1]!;
    return { size, device: stylizer.device, forward, iteration };
  } finally {
    await objective.close();
  }
}

async function write(
  out: string,
  name: string,
  measured: number,
  results: readonly SpeedResult[],
): Promise<void> {
  const seconds = (value: number) => (value < 10 ? value.toFixed(3) : value.toFixed(0));
  const rows = results.map(({ size, forward, iteration }) => [
    String(size),
    seconds(forward),
    ...ITERATIONS.map((n) => seconds(n * iteration)),
    ((500 * iteration) / forward).toFixed(0),
    String(PAPER[size] ?? ''),
  ]);
  const head = [
    'size',
    'forward (s)',
    ...ITERATIONS.map((n) => `${n} iterations (s)`),
    'ratio of 500',
    'the paper’s ratio (GPU)',
  ];
  const text = `# The speed of ${name} on ${results[0]!.device}\n\nSeconds of one forward pass (median of ${PASSES}) and of the optimisation (${measured} iterations timed and multiplied).\n\n`;
  await writeFileAtomically(join(out, 'speed.md'), `${text}${markdownTable(head, rows)}\n`);
  await writeFileAtomically(
    join(out, 'speed.json'),
    `${JSON.stringify({ style: name, measured, sizes: results }, undefined, 2)}\n`,
  );
  const { writeChart } = await import('../node/media/chart.js');
  await writeChart(join(out, 'speed'), chartOf(name, results));
}

function chartOf(name: string, results: readonly SpeedResult[]): Chart {
  return {
    title: `Seconds for one picture in the style of ${name}`,
    xLabel: 'side in pixels',
    yLabel: 'seconds',
    log: { x: true, y: true },
    series: [
      { name: 'one forward pass', values: results.map(({ size, forward }) => [size, forward] as const) },
      ...ITERATIONS.map((n) => ({
        name: `${n} iterations`,
        values: results.map(({ size, iteration }) => [size, n * iteration] as const),
      })),
    ],
  };
}
