/** The report of an evaluation of super-resolution: its table, its numbers and its chart. */
import { join } from 'node:path';
import { PUBLISHED_X4, type PublishedMethod } from '../evaluate/published.js';
import type { Chart } from '../node/media/chart.js';
import { writeFileAtomically } from '../node/media/files.js';
import { markdownTable } from './evaluation-results.js';

/** The measures of one enlarged picture. */
export interface Scores {
  /** dB, on luma without a border of the factor. */
  psnr: number;
  ssim: number;
  /** Feature reconstruction loss at relu2_2 of VGG16, where the weights are there. */
  feature?: number;
}

/** The means of a set by method. */
export interface SetResult {
  set: string;
  pictures: number;
  /** `given`: the set's own small pictures; `bicubic`: made here. */
  small: 'given' | 'bicubic';
  methods: Record<string, Scores>;
}

/** The paper's columns of a set, for its factor. */
function publishedOf(set: string, factor: number) {
  return factor === 4 ? (Object.entries(PUBLISHED_X4[set] ?? {}) as [PublishedMethod, Scores][]) : [];
}

/** Writes superres.md, .json, .svg and .png. */
export async function writeSuperresReport(
  out: string,
  factor: number,
  results: readonly SetResult[],
): Promise<void> {
  const rows: string[][] = [];
  for (const { set, methods } of results) {
    const base = methods.bicubic!.feature;
    for (const [method, { psnr, ssim, feature }] of Object.entries(methods)) {
      const share = feature === undefined ? '' : (feature / base!).toFixed(3);
      rows.push([set, method, psnr.toFixed(2), ssim.toFixed(4), share]);
    }
    for (const [method, { psnr, ssim }] of publishedOf(set, factor)) {
      rows.push([set, `${method} (the paper)`, psnr.toFixed(2), ssim.toFixed(4), '']);
    }
  }
  const head = ['set', 'method', 'PSNR (dB)', 'SSIM', 'feature loss, of bicubic'];
  const note =
    `PSNR and SSIM on the Y channel (BT.601), ${factor} pixels of border left out; means over the pictures of a set. ` +
    'Feature loss: mean squared difference at relu2_2 of VGG16, as a share of the bicubic picture’s.';
  await writeFileAtomically(
    join(out, 'superres.md'),
    `# Super-resolution x${factor}\n\n${note}\n\n${markdownTable(head, rows)}\n`,
  );
  await writeFileAtomically(
    join(out, 'superres.json'),
    `${JSON.stringify({ factor, sets: results, published: factor === 4 ? PUBLISHED_X4 : {} }, undefined, 2)}\n`,
  );
  const { writeChart } = await import('../node/media/chart.js');
  await writeChart(join(out, 'superres'), chartOf(factor, results));
}

function chartOf(factor: number, results: readonly SetResult[]): Chart {
  const own = Object.keys(results[0]!.methods);
  const published = [...new Set(results.flatMap(({ set }) => publishedOf(set, factor).map(([m]) => m)))];
  const lowest = Math.min(...results.flatMap(({ methods }) => Object.values(methods).map((s) => s.psnr)));
  return {
    title: `Super-resolution x${factor}: PSNR`,
    xLabel: 'test set',
    yLabel: 'PSNR on Y (dB)',
    yMin: Math.floor(lowest) - 3,
    categories: results.map(({ set }) => set),
    series: [
      ...own.map((name) => ({ name, values: results.map(({ methods }) => round(methods[name]!.psnr)) })),
      ...published
        .filter((name) => name !== 'bicubic')
        .map((name) => ({
          name: `${name} (the paper)`,
          values: results.map(({ set }) => publishedOf(set, factor).find(([m]) => m === name)?.[1].psnr),
        })),
    ],
  };
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}
