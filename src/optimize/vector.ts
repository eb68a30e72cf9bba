/** Vectors of an optimisation. Sums are kept in double precision. */
export type Vector = Float32Array | Float64Array;

/** The scalar product. */
export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** `a + t b` as a new vector. */
export function plus<V extends Vector>(a: V, t: number, b: V): V {
  const result = a.slice() as V;
  for (let i = 0; i < a.length; i++) result[i]! += t * b[i]!;
  return result;
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
