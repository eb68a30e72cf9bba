import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { chartSvg, writeChart } from '../../../src/node/media/chart.js';

const lines = {
  title: 'A & B <C>',
  xLabel: 'iterations',
  yLabel: 'objective',
  log: { y: true },
  series: [
    { name: 'first', values: [[1, 100] as const, [10, 10] as const] },
    { name: 'second', values: [[1, 20] as const, [10, 20] as const], dashed: true },
  ],
};

test('texts are outlines, with numbers that do not run into each other', async () => {
  const svg = await chartSvg(lines);
  expect(svg).not.toContain('<text');
  expect(svg).toContain('stroke-dasharray');
  const paths = [...svg.matchAll(/ d="([^"]*)"/g)].map((m) => m[1]!);
  expect(paths.length).toBeGreaterThan(15);
  for (const path of paths) expect(path).toMatch(/^[\sMLQCZAHVmlqczahv,.\d-]*$/);
  // A number has one point: two in a row mean that a space is missing.
  for (const path of paths) expect(path).not.toMatch(/\d\.\d+\.\d/);
});

/** The least and largest coordinates of all paths and rectangles that are not turned. */
function extent(svg: string): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  for (const [element, data] of svg.matchAll(/<path d="([^"]*)"[^>]*>/g)) {
    if (element.includes('rotate')) continue;
    const numbers = data!.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
    if (data!.includes('h0')) continue;
    for (const [i, n] of numbers.entries()) (i % 2 === 0 ? x : y).push(n);
  }
  return { x: [Math.min(...x), Math.max(...x)], y: [Math.min(...y), Math.max(...y)] };
}

test('nothing is cut off, however long the names are', async () => {
  const long = 'a name that is much longer than what anybody would give to a network, '.repeat(3);
  const series = Array.from({ length: 9 }, (_, i) => ({
    name: i === 3 ? long : `network ${i}`,
    values: [[1, 10 ** i] as const, [1e6, 0.5] as const],
  }));
  const svg = await chartSvg({ ...lines, title: long, yLabel: long, series });
  const { x, y } = extent(svg);
  expect(Math.min(x[0]!, y[0]!)).toBeGreaterThanOrEqual(0);
  expect(x[1]).toBeLessThanOrEqual(800);
  expect(y[1]).toBeLessThanOrEqual(500);
  const bars = { ...lines, categories: [long, 'b'], series: [{ name: long, values: [1, 2] }] };
  expect(extent(await chartSvg(bars)).x[1]).toBeLessThanOrEqual(800);
});

test('values that an axis cannot show are left out; no values at all are an empty chart', async () => {
  const values = [[1, 10] as const, [2, 0] as const, [3, Number.NaN] as const, [4, 20] as const];
  const svg = await chartSvg({ ...lines, series: [{ name: 'x', values }] });
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const empty = await chartSvg({ ...lines, series: [{ name: 'x', values: [] }] });
  expect(empty).not.toMatch(/NaN|Infinity|undefined/);
});

test('the PNG shows the lines in their colours, bars too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fns-chart-'));
  await writeChart(join(folder, 'lines'), lines);
  await writeChart(join(folder, 'bars'), {
    ...lines,
    log: {},
    categories: ['a', 'b'],
    series: [{ name: 'x', values: [3, undefined] }],
  });
  for (const name of ['lines', 'bars']) {
    const { data, info } = await sharp(join(folder, `${name}.png`))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 1600, height: 1000 });
    let coloured = 0;
    for (let i = 0; i < data.length; i += 3) coloured += Math.abs(data[i]! - data[i + 2]!) > 60 ? 1 : 0;
    expect(coloured).toBeGreaterThan(1000);
  }
});

test('labelled points have their names beside them, inside the plot, and no line', async () => {
  const values = [[1, 1] as const, [1.01, 1] as const, [2, 3] as const, [Number.NaN, 2] as const];
  const labels = ['first', 'second', 'a rather long name at the right end', 'nowhere'];
  const chart = { ...lines, log: {}, series: [{ name: 'points', values, labels }] };
  const svg = await chartSvg(chart);
  expect(svg.match(/h0"/g)).toHaveLength(3);
  expect(svg).not.toMatch(/NaN|stroke-linejoin/);
  expect(extent(svg).x[1]).toBeLessThanOrEqual(800);
  const withoutNames = await chartSvg({ ...chart, series: [{ name: 'points', values, labels: [] }] });
  const texts = (text: string) => text.match(/fill="#333"/g)!.length;
  expect(texts(svg) - texts(withoutNames)).toBe(3);
});
