/** Charts as SVG and PNG. */
import { scaleBand } from 'd3-scale';
import type { Font } from 'opentype.js';
import sharp from 'sharp';
import { type Axis, axisOf, tickText } from './chart-axis.js';
import { drawLabels } from './chart-labels.js';
import { drawLegend } from './chart-legend.js';
import { writeFileAtomically } from './files.js';
import { textWidth, theFont } from './font.js';
import { DASHES, drawText, line, rectangle } from './svg.js';

/** One line of a line chart, or one colour of bars. */
export interface ChartSeries {
  name: string;
  /** `[x, y]` of a line, or of bars one value for each category; `undefined` leaves a bar out. */
  values: readonly (readonly [number, number])[] | readonly (number | undefined)[];
  /** Dashes, in the colour of the series before it, to which it belongs. */
  dashed?: boolean;
  /** The names of the points of a line: they stand beside them, and no line joins them. */
  labels?: readonly string[];
}

/** The content of a chart. */
export interface Chart {
  title: string;
  /** Names of the groups of bars; without, the series are lines. */
  categories?: readonly string[];
  xLabel: string;
  yLabel: string;
  /** Logarithmic axes of lines. Values that are not above 0 are left out. */
  log?: { x?: boolean; y?: boolean };
  /** The vertical axis begins here, or at the next round value below. */
  yMin?: number;
  series: readonly ChartSeries[];
}

const WIDTH = 800;
const HEIGHT = 500;
const MARGIN = 20;
/** Colours that people tell apart who see no red or no green (Okabe and Ito 2008). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#555555', '#b8a600'];
/** Lines of so few points show them. */
const FEW = 12;

type Point = readonly [number, number];

/**
 * The chart as the text of an SVG file of 800x500. Text is outlines, so that it looks alike everywhere and needs no
 * font of the machine.
 */
export async function chartSvg(chart: Chart): Promise<string> {
  const font = await theFont();
  const colours = coloursOf(chart.series);
  const entries = chart.series.map(({ name, dashed = false }, i) => ({
    name,
    dashed,
    colour: colours[i]!,
    filled: !!chart.categories || chart.series[i]!.labels !== undefined,
  }));
  const legend = drawLegend(font, entries, {
    centre: WIDTH / 2,
    bottom: HEIGHT - MARGIN,
    room: WIDTH - 2 * MARGIN,
  });
  const bottom = HEIGHT - MARGIN - legend.height - 44;
  const y = axisOf(heightsOf(chart), [bottom, 60], chart.log?.y && !chart.categories);
  const labels = y.ticks.map((value) => ({ at: y.place(value), text: tickText(value) }));
  const left = MARGIN + 26 + Math.max(...labels.map(({ text }) => textWidth(font, text, 12)));
  const frame = { left, right: WIDTH - 2 * MARGIN, bottom };
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    drawText(font, chart.title, { x: WIDTH / 2, y: 36, size: 18, room: WIDTH - 2 * MARGIN }),
    ...labels.map(
      ({ at, text }) => line(left, at, frame.right, at, '#ddd') + tick(font, text, left - 8, at + 4, 1),
    ),
    chart.categories
      ? drawBars(font, chart, chart.categories, colours, y, frame)
      : drawLines(font, chart, colours, y, frame),
    line(left, bottom, frame.right, bottom, '#333'),
    drawText(font, chart.xLabel, { x: (left + frame.right) / 2, y: bottom + 40, size: 12 }),
    drawText(font, chart.yLabel, {
      x: MARGIN + 4,
      y: (60 + bottom) / 2,
      size: 12,
      room: bottom - 60,
      turned: true,
    }),
    legend.svg,
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">` +
    `\n${parts.join('\n')}\n</svg>\n`
  );
}

/** Writes a chart as `PATH.svg` and, at twice the size, `PATH.png`. */
export async function writeChart(path: string, chart: Chart): Promise<void> {
  const svg = await chartSvg(chart);
  await writeFileAtomically(`${path}.svg`, svg);
  await writeFileAtomically(`${path}.png`, await sharp(Buffer.from(svg), { density: 144 }).png().toBuffer());
}

/** The left, right and lower ends of the plot in pixels. */
interface Frame {
  left: number;
  right: number;
  bottom: number;
}

function coloursOf(series: readonly ChartSeries[]): string[] {
  let n = -1;
  return series.map(({ dashed }, i) => COLOURS[(dashed && i > 0 ? n : ++n) % COLOURS.length]!);
}

/** The points of a line that its axes can show. */
function pointsOf({ values }: ChartSeries, chart: Chart): Point[] {
  return (values as readonly Point[]).filter((point) => isShown(point, chart));
}

function isShown([x, y]: Point, { log }: Chart): boolean {
  const fits = (value: number, isLog?: boolean) => Number.isFinite(value) && (!isLog || value > 0);
  return fits(x, log?.x) && fits(y, log?.y);
}

/** All values on the vertical axis. */
function heightsOf(chart: Chart): number[] {
  const { categories, series, yMin } = chart;
  const heights = categories
    ? series.flatMap(({ values }) =>
        (values as readonly (number | undefined)[]).filter((v) => v !== undefined),
      )
    : series.flatMap((one) => pointsOf(one, chart).map(([, y]) => y));
  return yMin === undefined ? heights : [...heights, yMin];
}

function drawLines(font: Font, chart: Chart, colours: readonly string[], y: Axis, frame: Frame): string {
  const { left, right, bottom } = frame;
  const lines = chart.series.map((one) => pointsOf(one, chart));
  const x = axisOf(
    lines.flatMap((points) => points.map(([value]) => value)),
    [left, right],
    chart.log?.x,
  );
  const drawn = lines.map((points, i) => {
    const at = points.map(([a, b]) => `${x.place(a).toFixed(2)} ${y.place(b).toFixed(2)}`);
    const { dashed, labels } = chart.series[i]!;
    const dots = labels || (points.length <= FEW && !dashed) ? at : [];
    const joined =
      `<path d="M${at.join('L')}" fill="none" stroke="${colours[i]}" stroke-width="2" stroke-linejoin="round"` +
      `${dashed ? DASHES : ''}/>`;
    return (
      (labels ? '' : joined) +
      dots
        .map(
          (place) => `<path d="M${place}h0" stroke="${colours[i]}" stroke-width="7" stroke-linecap="round"/>`,
        )
        .join('')
    );
  });
  const ticks = x.ticks.map((value) => {
    const at = x.place(value);
    return line(at, 60, at, bottom, '#ddd') + tick(font, tickText(value), at, bottom + 18);
  });
  const named = chart.series.flatMap(({ labels = [], values }) =>
    labels.flatMap((label, n) => {
      const point = values[n] as Point;
      return isShown(point, chart) ? [{ x: x.place(point[0]), y: y.place(point[1]), label }] : [];
    }),
  );
  return [
    ...ticks,
    ...drawn.filter((_, i) => lines[i]!.length > 0),
    drawLabels(font, named, { left, right, top: 48, bottom }),
  ].join('\n');
}

function drawBars(
  font: Font,
  { series }: Chart,
  categories: readonly string[],
  colours: readonly string[],
  y: Axis,
  { left, right, bottom }: Frame,
): string {
  const groups = scaleBand<number>()
    .domain(categories.keys())
    .range([left, right])
    .paddingInner(0.2)
    .paddingOuter(0.1);
  const bars = scaleBand<number>().domain(series.keys()).range([0, groups.bandwidth()]).paddingInner(0.08);
  const drawn = categories.map((category, group) => {
    const start = groups(group)!;
    const own = series.map(({ values }, i) => {
      const value = values[group] as number | undefined;
      if (value === undefined) return '';
      const top = y.place(value);
      return rectangle(start + bars(i)!, top, bars.bandwidth(), bottom - top, colours[i]!);
    });
    const middle = start + groups.bandwidth() / 2;
    return (
      own.join('') +
      drawText(font, category, { x: middle, y: bottom + 18, size: 12, room: groups.step() - 8 })
    );
  });
  return drawn.join('\n');
}

/** A label of an axis. */
function tick(font: Font, text: string, x: number, y: number, share = 0.5): string {
  return drawText(font, text, { x, y, size: 12, share });
}
