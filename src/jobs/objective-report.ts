/**
 * Figure 5 of the paper over many photos: medians, the iterations that one forward pass equals, the table and the
 * chart.
 */
import { join } from 'node:path';
import { median } from '../core/median.js';
import type { Chart } from '../node/media/chart.js';
import { writeFileAtomically } from '../node/media/files.js';
import { markdownTable } from './evaluation-results.js';
import {
  BORDER,
  type CurveOptions,
  type ForwardShares,
  type OptimisationCurve,
} from './objective-measure.js';

/** The results of one photo at one size. */
export interface PhotoResult {
  forward: ForwardShares;
  curve: OptimisationCurve;
}

/**
 * Iterations after which the optimisation is as good as one forward pass, for each photo; undefined where it is not
 * within those done.
 */
type Equals = (number | undefined)[];

/** The results of one size. */
export interface SizeResult {
  size: number;
  photos: number;
  /** Medians over the photos: of one forward pass, and of the optimisation after 1, 2, ... iterations. */
  forward: ForwardShares;
  curve: number[];
  innerCurve: number[];
  /** Photos on which the optimisation ended higher than it began. */
  diverged: number;
  /** By what is compared; `free` is the file with the pixels that the optimisation has before they are clipped. */
  equals: Record<keyof ForwardShares | 'free', Equals>;
}

/** Joins the photos of one size. */
export function joined(size: number, found: readonly PhotoResult[]): SizeResult {
  const length = Math.min(...found.map(({ curve }) => curve.whole.length));
  const ofForward = (key: keyof ForwardShares) => median(found.map(({ forward }) => forward[key]));
  const ofCurve = (key: 'whole' | 'inner') =>
    Array.from({ length }, (_, i) => median(found.map(({ curve }) => curve[key][i]!)));
  const equals = (of: keyof OptimisationCurve, as: keyof ForwardShares) =>
    found.map(({ curve, forward }) => firstAtMost(curve[of], forward[as]));
  return {
    size,
    photos: found.length,
    forward: { network: ofForward('network'), file: ofForward('file'), inner: ofForward('inner') },
    curve: ofCurve('whole'),
    innerCurve: ofCurve('inner'),
    diverged: found.filter(({ curve }) => curve.whole.at(-1)! > curve.whole[0]!).length,
    equals: {
      network: equals('whole', 'network'),
      file: equals('whole', 'file'),
      inner: equals('inner', 'inner'),
      free: equals('free', 'file'),
    },
  };
}

/** The number of the first iteration whose value is no larger. */
function firstAtMost(curve: readonly number[], value: number): number | undefined {
  const place = curve.findIndex((v) => v <= value);
  return place < 0 ? undefined : place + 1;
}

/** Iterations as text: the median over the photos, and the range. */
function equalsText(equals: Equals, iterations: number): { median: string; range: string } {
  const text = (n: number | undefined) => (n === undefined ? `more than ${iterations}` : String(n));
  const sorted = [...equals].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  return {
    median: text(sorted[(sorted.length - 1) >> 1]),
    range: `${text(sorted[0])} to ${text(sorted.at(-1))}`,
  };
}

/** Writes objective.md, .json, .svg and .png. */
export async function writeObjectiveReport(
  out: string,
  name: string,
  { init, iterations, lineSearch, bounded }: Omit<CurveOptions, 'seed' | 'session'>,
  results: readonly SizeResult[],
): Promise<void> {
  const diverged = results.reduce((sum, result) => sum + result.diverged, 0);
  const all = results.reduce((sum, result) => sum + result.photos, 0);
  const text = [
    `# The objective of ${name}`,
    'Medians over photos that were not used in training, as shares of the photo’s own objective. The optimisation (L-BFGS, ' +
      `${iterations} iterations, ${lineSearch === 'none' ? 'one evaluation each' : 'with a line search'}${bounded ? ', pixels kept within 0..255' : ''}) ` +
      `starts from ${init === 'noise' ? 'noise' : 'the photo'}. "Equal to": iterations after which it is as low as one forward pass, both pictures clipped to 0..255.` +
      (diverged > 0 ? ` On ${diverged} of ${all} photos its whole steps diverged.` : ''),
    'The loss network sees zeros beyond a picture, and a frame that makes up for them lowers the objective: the optimisation draws one, and so does a network that was trained without ' +
      'a margin. A style file continues the photo beyond its border and cuts the frame off. "Network alone": on the photo and nothing beyond it. "No border": both pictures ' +
      `without ${BORDER} pixels on each side. "Before clipping": against the pixels that the optimisation has by then.`,
    tableOf(results),
  ];
  await writeFileAtomically(join(out, 'objective.md'), `${text.join('\n\n')}\n`);
  await writeFileAtomically(
    join(out, 'objective.json'),
    `${JSON.stringify({ style: name, init, iterations, lineSearch, bounded, sizes: results }, undefined, 2)}\n`,
  );
  const { writeChart } = await import('../node/media/chart.js');
  await writeChart(join(out, 'objective'), chartOf(name, results));
}

function tableOf(results: readonly SizeResult[]): string {
  const head = [
    'size',
    'photos',
    'one forward pass',
    '50 iterations',
    '100 iterations',
    'equal to (median)',
    'range',
    'network alone',
    'no border',
    'before clipping',
  ];
  const rows = results.map(({ size, photos, forward, curve, equals }) => {
    const share = (value: number | undefined) => value?.toFixed(4) ?? '';
    const { median, range } = equalsText(equals.file, curve.length);
    const others = [equals.network, equals.inner, equals.free];
    return [
      String(size),
      String(photos),
      share(forward.file),
      ...[50, 100].map((n) => share(curve[n - 1])),
      median,
      range,
      ...others.map((of) => equalsText(of, curve.length).median),
    ];
  });
  return markdownTable(head, rows);
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
          [1, forward.file],
          [curve.length, forward.file],
        ] as const,
      },
    ]),
  };
}
