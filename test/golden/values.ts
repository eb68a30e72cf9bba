/**
 * Numbers that Python and TypeScript can both make, so that golden files need not hold inputs or parameters.
 * The twin is values.py: keep the two alike.
 */

import type { FloatTensor } from '../../src/core/tensor.js';

/** `n` numbers in [-1, 1): a hash of the index and the seed, in 32-bit arithmetic. */
export function goldenValues(n: number, seed: number): Float32Array {
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    let x = (Math.imul(i, 2654435761) + Math.imul(seed, 40503) + 1) >>> 0;
    x ^= x >>> 16;
    x = Math.imul(x, 2246822519);
    x ^= x >>> 13;
    x = Math.imul(x, 3266489917);
    x ^= x >>> 16;
    values[i] = (x >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

/** A noise image of `n` numbers: 127.5 + 100 * values, in pixels 0..255. */
export function goldenPixels(n: number, seed: number): Float32Array {
  return goldenValues(n, seed).map((v) => 127.5 + 100 * v);
}

/** `goldenPixels` as a batch of pictures. */
export function goldenPictures(shape: readonly number[], seed: number): FloatTensor {
  return { shape: [...shape], data: goldenPixels(product(shape), seed) };
}

/**
 * The golden value of one parameter, by the last part of its name: weight, scale, shift, bias, mean or var.
 * `transposed` marks the weight of a transposed convolution, [Cin, Cout, kh, kw].
 */
export function goldenParameter(
  name: string,
  shape: readonly number[],
  seed: number,
  transposed = false,
): Float32Array {
  const values = goldenValues(product(shape), seed);
  const kind = name.slice(name.lastIndexOf('.') + 1);
  switch (kind) {
    case 'weight': {
      const fanIn = transposed ? shape[0]! * product(shape.slice(2)) : product(shape.slice(1));
      const bound = Math.sqrt(3 / fanIn);
      return values.map((v) => bound * v);
    }
    case 'scale':
      return values.map((v) => 1 + 0.2 * v);
    case 'shift':
      return values.map((v) => 0.2 * v);
    case 'bias':
      return values.map((v) => 0.5 * v);
    case 'mean':
      return values.map((v) => 0.1 * v);
    case 'var':
      return values.map((v) => 1 + 0.5 * v);
    default:
      throw new Error(`no golden value for a parameter named ${name}`);
  }
}

/**
 * All golden values of a network: the k-th name in sorted (code unit) order has seed 100 + k. Running statistics count
 * as names too. `transposed` names the weights of transposed convolutions.
 */
export function goldenState(
  shapes: ReadonlyMap<string, readonly number[]>,
  transposed: ReadonlySet<string> = new Set(),
): Map<string, Float32Array> {
  const names = [...shapes.keys()].sort();
  return new Map(
    names.map((name, k) => [name, goldenParameter(name, shapes.get(name)!, 100 + k, transposed.has(name))]),
  );
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
