/** Vectors of an optimisation. Sums are kept in double precision. */
export type Vector = Float32Array | Float64Array;

/** The least and the largest value that each component may have. */
export interface Bounds {
  low: number;
  high: number;
}

/**
 * The scalar product.
 *
 * @param free components that are 0 here are left out
 */
export function dot(a: Vector, b: Vector, free?: Uint8Array): number {
  let sum = 0;
  if (free) for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]! * free[i]!;
  else for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** `a + t b` as a new vector, within the bounds where there are any. */
export function plus<V extends Vector>(a: V, t: number, b: V, bounds?: Bounds): V {
  const result = a.slice() as V;
  for (let i = 0; i < a.length; i++) result[i]! += t * b[i]!;
  return bounds ? clip(result, bounds) : result;
}

/** A copy whose components are within the bounds. */
export function clipped<V extends Vector>(a: V, bounds: Bounds): V {
  return clip(a.slice() as V, bounds);
}

/**
 * 1 for each component that may move against its gradient, 0 where that would leave the bounds at once. Undefined where
 * all may.
 */
export function freeComponents(x: Vector, gradient: Vector, { low, high }: Bounds): Uint8Array | undefined {
  const free = new Uint8Array(x.length);
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    if (!isHeld(x[i]!, -gradient[i]!, low, high)) {
      free[i] = 1;
      count++;
    }
  }
  return count < x.length ? free : undefined;
}

/** The direction without the components that would leave the bounds at once. */
export function within<V extends Vector>(direction: V, x: V, { low, high }: Bounds): V {
  return direction.map((v, i) => (isHeld(x[i]!, v, low, high) ? 0 : v)) as V;
}

/** The derivative along a direction of points that stay within the bounds. */
export function slopeWithin(gradient: Vector, direction: Vector, x: Vector, { low, high }: Bounds): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++)
    if (!isHeld(x[i]!, direction[i]!, low, high)) sum += gradient[i]! * direction[i]!;
  return sum;
}

/** The vector with 0 where `free` has 0; itself where there is no `free`. */
export function withZeros<V extends Vector>(a: V, free: Uint8Array | undefined): V {
  return free ? (a.map((v, i) => v * free[i]!) as V) : a;
}

/** The largest absolute value. */
export function largest(a: Vector): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]!));
  return most;
}

/** The sum of the absolute values. */
export function sumOfAbsolutes(a: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]!);
  return sum;
}

function clip<V extends Vector>(a: V, { low, high }: Bounds): V {
  for (let i = 0; i < a.length; i++) a[i] = Math.min(high, Math.max(low, a[i]!));
  return a;
}

/** Tells whether a component is at a bound and would leave. */
function isHeld(x: number, direction: number, low: number, high: number): boolean {
  return (direction > 0 && x >= high) || (direction < 0 && x <= low);
}
