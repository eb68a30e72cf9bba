/**
 * Sizes of tensor axes: a number, or `scale * symbol + offset` for a style file's height and width,
 * which are known only when a picture arrives.
 */

/** An axis whose size is `scale * symbol + offset`. */
export interface SymbolicDim {
  readonly symbol: string;
  readonly scale: number;
  readonly offset: number;
}

/** The size of one axis. */
export type Dim = number | SymbolicDim;

/** The sizes of all axes, outermost first. */
export type Shape = readonly Dim[];

/** A size named by a symbol. */
export function symbol(name: string): SymbolicDim {
  return { symbol: name, scale: 1, offset: 0 };
}

/** `d + n`. */
export function addToDim(d: Dim, n: number): Dim {
  return typeof d === 'number' ? d + n : { ...d, offset: d.offset + n };
}

/** `d * n`. */
export function scaleDim(d: Dim, n: number): Dim {
  return typeof d === 'number' ? d * n : { symbol: d.symbol, scale: d.scale * n, offset: d.offset * n };
}

/**
 * `floor(d / n)`. A symbolic size must have a scale divisible by `n`, so that the result is exact.
 *
 * @throws Error when the symbolic scale is not divisible by `n`.
 */
export function divideDim(d: Dim, n: number): Dim {
  if (typeof d === 'number') return Math.floor(d / n);
  if (d.scale % n !== 0) throw new Error(`the size ${dimText(d)} cannot be divided by ${n}`);
  return { symbol: d.symbol, scale: d.scale / n, offset: Math.floor(d.offset / n) };
}

/** Tells whether two sizes are the same for every value of their symbols. */
export function sameDim(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.symbol === b.symbol && a.scale === b.scale && a.offset === b.offset;
}

/** Tells whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => sameDim(d, b[i]!));
}

/** A size as text: `64`, `H`, `4*h+2`. */
export function dimText(d: Dim): string {
  if (typeof d === 'number') return String(d);
  const scaled = d.scale === 1 ? d.symbol : `${d.scale}*${d.symbol}`;
  return d.offset === 0 ? scaled : `${scaled}${d.offset > 0 ? '+' : ''}${d.offset}`;
}

/** A shape as text: `[1, 3, H, W]`. */
export function shapeText(shape: Shape): string {
  return `[${shape.map(dimText).join(', ')}]`;
}

/** The shape as plain numbers, or undefined when an axis is symbolic. */
export function staticShape(shape: Shape): number[] | undefined {
  return shape.every((d) => typeof d === 'number') ? (shape as number[]).slice() : undefined;
}

/** The number of elements of a shape given in numbers. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1);
}
