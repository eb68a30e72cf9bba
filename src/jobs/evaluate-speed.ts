/** Table 1 of the paper: the time of one forward pass against that of the optimisation. */
import { join } from 'node:path';
import { lbfgs } from '../minimise/lbfgs.js';
import type { Chart } from '../node/media/chart.js';
import { makeFolder, writeFileAtomically } from '../node/media/files.js';
import { openSession } from '../node/session.js';
import { loadStyle } from '../node/styles.js';
import { openPixelObjective } from '../optimize/pixel-objective.js';
import type { Device } from '../runtime/session.js';
import {
  type EvaluatedStyle,
  type EvaluateStyleOptions,
  readEvaluatedStyle,
  requireSizes,
  somePhotos,
  squarePhoto,
} from './evaluated-style.js';
import { markdownTable, openResults } from './evaluation-results.js';
import { type JobOptions, reporter } from './job.js';
import { TORCH_MEMORY } from './objective-measure.js';
import { listSha256 } from './training-files.js';

/** Options of `evaluateSpeed`. */
export interface EvaluateSpeedOptions extends EvaluateStyleOptions {
  /** Sides of the squares in pixels. */
  sizes?: readonly number[];
  /** Iterations that are timed. */
  measured?: number;
}

/** The defaults of `evaluateSpeed`. */
export const SPEED_DEFAULTS = { sizes: [256, 512, 1024], measured: 10 };

/** Seconds at one size. */
export interface SpeedResult {
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

/**
 * Measures the seconds of one forward pass and of 100, 300 and 500 iterations of the optimisation of Gatys et al., for
 * the objective that the style was trained for. Some iterations are timed and multiplied, with one evaluation of the
 * objective each, as in the paper's baseline. Nothing else should run meanwhile. Writes speed.md, .json, .svg and .png;
 * a job that was stopped goes on.
 */
export async function evaluateSpeed(
  options: EvaluateSpeedOptions,
  job: JobOptions = {},
): Promise<SpeedResult[]> {
  const { out, device = 'auto', threads } = options;
  const { sizes = SPEED_DEFAULTS.sizes, measured = SPEED_DEFAULTS.measured } = options;
  requireSizes(sizes);
  const evaluated = await readEvaluatedStyle(options);
  const [photo] = await somePhotos(options.photos, 1);
  await makeFolder(out);
  const digest = await listSha256([Buffer.from(evaluated.bytes).toString('base64'), photo!]);
  const kept = await openResults<SpeedResult>(out, 'speed', { digest, measured, device, threads });
  const report = reporter(job);
  const results: SpeedResult[] = [];
  for (const [i, size] of sizes.entries()) {
    if (job.signal?.aborted) return results;
    const show = (unit: string, done: number, all: number) =>
      report.progress({ share: i / sizes.length, part: `${size}x${size}`, unit, done, all });
    const compute = () => measure(evaluated, photo!, size, measured, { device, threads }, show);
    results.push(await kept.part(String(size), compute));
  }
  await write(out, evaluated.name, measured, results);
  report.file(join(out, 'speed.md'));
  return results;
}

async function measure(
  { bytes, weights, style, lossNetwork }: EvaluatedStyle,
  photo: string,
  size: number,
  measured: number,
  session: { device: Device; threads?: number },
  show: (unit: string, done: number, all: number) => void,
): Promise<SpeedResult> {
  const { image, planes } = await squarePhoto(photo, size);
  const stylizer = await loadStyle(bytes, session);
  const passes: number[] = [];
  try {
    await stylizer.stylize(image);
    for (let i = 0; i < PASSES; i++) {
      show('forward pass', i + 1, PASSES);
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
        show('iteration', iteration - 1, measured);
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
