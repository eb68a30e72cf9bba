/** The curve of the loss: each step faint, and its moving mean. */
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { LossHistory } from '../../store/training.js';
import { words } from '../words.js';
import { history } from './teaching.js';

const HEIGHT = 150;
/** Weight of a new step in the moving mean. */
const NEWEST = 0.06;

/** Steps, losses, and their exponential moving mean, free of its bias towards the first. */
function curves(losses: LossHistory): [number[], number[], number[]] {
  let [sum, weight] = [0, 0];
  const totals = losses.map(([total]) => total);
  const mean = totals.map((total) => {
    sum += NEWEST * (total - sum);
    weight += NEWEST * (1 - weight);
    return sum / weight;
  });
  return [totals.map((_, i) => i + 1), totals, mean];
}

function optionsFor(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 0.5 },
    ticks: { show: false },
    font: '12px system-ui',
    size: 26,
    incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000],
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { distr: 3 } },
    // What the numbers are tells a person nothing; that they fall does.
    axes: [axis, { show: false }],
    series: [
      {},
      { stroke: colour('--quiet'), width: 0.5, points: { show: false } },
      { stroke: colour('--accent'), width: 2, points: { show: false } },
    ],
  };
}

const short = (value: number) => value.toPrecision(3);

export function Curve() {
  const t = words.value.teach;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const losses = history.value;
  const { length } = losses;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let isGone = false;
    const draw = async () => {
      const [{ default: UPlot }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
      if (isGone) return;
      plot.current?.destroy();
      plot.current = new UPlot(optionsFor(element), curves(history.value), element);
    };
    void draw();
    // Its colours are those of the theme, its width that of its place.
    const again = () => void draw();
    const theme = new MutationObserver(again);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', again);
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    return () => {
      isGone = true;
      theme.disconnect();
      scheme.removeEventListener('change', again);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (length > 0) plot.current?.setData(curves(history.value));
  }, [length]);
  const text = length > 1 ? t.curveFrom(short(losses[0]![0]), short(losses[length - 1]![0])) : t.curve;
  return (
    <figure class="teach-curve">
      <div ref={place} role="img" aria-label={text} style={{ minHeight: HEIGHT }} />
      <figcaption>{t.curve}</figcaption>
    </figure>
  );
}
