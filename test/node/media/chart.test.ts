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
