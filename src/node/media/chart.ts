/** Charts as SVG and PNG. */
import { type EChartsOption, init } from 'echarts';
import type { Font } from 'opentype.js';
import sharp from 'sharp';
import { writeFileAtomically } from './files.js';
import { textPath, textWidth, theFont } from './font.js';

/** One line of a line chart, or one colour of bars. */
export interface ChartSeries {
  name: string;
  /** `[x, y]` of a line, or of bars one value for each category; `undefined` leaves a bar out. */
  values: readonly (readonly [number, number])[] | readonly (number | undefined)[];
  dashed?: boolean;
}

/** What a chart shows. */
export interface Chart {
  title: string;
  /** Names of the groups of bars; without, the series are lines. */
  categories?: readonly string[];
  xLabel: string;
  yLabel: string;
  /** Logarithmic axes. */
  log?: { x?: boolean; y?: boolean };
  /** Least value of the vertical axis. */
  yMin?: number;
  series: readonly ChartSeries[];
}

const WIDTH = 800;
const HEIGHT = 500;

/**
 * The chart as the text of an SVG file of 800x500. Text is outlines, so that it looks alike everywhere and needs no
 * font of the machine.
 */
export async function chartSvg(chart: Chart): Promise<string> {
  const canvas = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    canvas.setOption(optionOf(chart));
    const svg = canvas.renderToSVGString();
    const font = await theFont();
    return svg.replace(/<text([^>]*)>([^<]*)<\/text>/g, (_, attributes: string, text: string) =>
      outlined(font, attributes, text),
    );
  } finally {
    // It would keep the program alive.
    canvas.dispose();
  }
}

/** Writes a chart as `PATH.svg` and, at twice the size, `PATH.png`. */
export async function writeChart(path: string, chart: Chart): Promise<void> {
  const svg = await chartSvg(chart);
  await writeFileAtomically(`${path}.svg`, svg);
  await writeFileAtomically(`${path}.png`, await sharp(Buffer.from(svg), { density: 144 }).png().toBuffer());
}

function optionOf({ title, categories, xLabel, yLabel, log, yMin, series }: Chart): EChartsOption {
  const kind = (isLog: boolean | undefined) => (isLog ? 'log' : 'value');
  const named = { nameLocation: 'middle', nameGap: 32 } as const;
  return {
    animation: false,
    backgroundColor: '#fff',
    title: { text: title, left: 'center', top: 10, textStyle: { fontWeight: 'normal' } },
    legend: { bottom: 8, itemGap: 32, data: series.map(({ name }) => name) },
    grid: { left: 80, right: 40, top: 60, bottom: 90 },
    xAxis: categories
      ? { type: 'category', data: [...categories], name: xLabel, ...named }
      : { type: kind(log?.x), name: xLabel, ...named },
    yAxis: { type: kind(log?.y), name: yLabel, ...named, nameGap: 56, min: yMin, scale: true },
    series: series.map(({ name, values, dashed }) =>
      categories
        ? { type: 'bar', name, data: values.map((v) => (v === undefined ? '-' : (v as number))) }
        : {
            type: 'line',
            name,
            showSymbol: false,
            lineStyle: { type: dashed ? 'dashed' : 'solid' },
            data: values as [number, number][],
          },
    ),
  };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** A text of the chart library's SVG as a path at the same place. */
function outlined(font: Font, attributes: string, escaped: string): string {
  const text = escaped.replace(/&([a-z#0-9]+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
  const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
  const size = Number(/font-size:([\d.]+)px/.exec(attributes)?.[1] ?? 12);
  const shares: Record<string, number> = { middle: 0.5, end: 1 };
  const x = Number(value('x') ?? 0) - (shares[value('text-anchor') ?? ''] ?? 0) * textWidth(font, text, size);
  // The middle of the letters' height; DejaVu's capitals are 0.73 high.
  const y = Number(value('y') ?? 0) + (value('dominant-baseline') === 'central' ? 0.36 * size : 0);
  const transform = value('transform');
  return `<path d="${textPath(font, text, x, y, size)}" fill="${value('fill') ?? '#000'}"${transform ? ` transform="${transform}"` : ''}/>`;
}
