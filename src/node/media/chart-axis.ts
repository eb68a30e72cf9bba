/** The axes of a chart: which values they show, and where. */
import { scaleLinear, scaleLog } from 'd3-scale';

/** An axis of numbers. */
export interface Axis {
  /** The place of a value between the ends of the axis, in pixels. */
  place(value: number): number;
  /** Round values to label. */
  ticks: readonly number[];
}

/** Ticks that a linear axis has about. */
const TICKS = 6;

/**
 * An axis that shows all values and ends at round ones.
 *
 * @param range the places of its two ends in pixels
 * @param log logarithmic; the values are above 0 then
 */
export function axisOf(values: readonly number[], range: readonly [number, number], log = false): Axis {
  const [low, high] = extentOf(values, log);
  if (!log) {
    const scale = scaleLinear().domain([low, high]).nice(TICKS).range(range);
    return { place: (value) => scale(value), ticks: scale.ticks(TICKS) };
  }
  const ends = [wholeUnits(low, Math.floor), wholeUnits(high, Math.ceil)] as const;
  const scale = scaleLog().domain(ends).range(range);
  return { place: (value) => scale(value), ticks: logTicks(...ends) };
}

/** The least and the largest value, apart from each other. */
function extentOf(values: readonly number[], log: boolean): [number, number] {
  if (values.length === 0) return log ? [1, 10] : [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low < high) return [low, high];
  return log ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
}

/** A value rounded to 1, 2, ... 9 times a power of ten. */
function wholeUnits(value: number, round: (units: number) => number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  // 0.3 / 0.1 is a little less than 3.
  return Number((round(Number((value / unit).toPrecision(12))) * unit).toPrecision(12));
}

/**
 * Powers of ten where there are many; with their doubles and halves where there are few; else whole units, or even
 * steps.
 */
function logTicks(low: number, high: number): number[] {
  const powers: number[] = [];
  for (let p = Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); p++) powers.push(p);
  for (const units of [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
    const all = powers.flatMap((p) => units.map((n) => Number(`${n}e${p}`)));
    const inside = all.filter((value) => value >= low && value <= high);
    if (inside.length >= 4) return inside;
  }
  return scaleLinear()
    .domain([low, high])
    .ticks(TICKS - 1);
}

const numbers = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });

/** A tick's value as text: `10,000`, `0.05`. */
export function tickText(value: number): string {
  return numbers.format(value);
}
