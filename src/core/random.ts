/**
 * Seeded random numbers: the same seed gives the same numbers on every machine, so that a training run can be
 * repeated and resumed. Not for cryptography.
 */

/**
 * A generator of uniform numbers in [0, 1) with 32 random bits each: sfc32 (PractRand, Chris Doty-Humphrey), started
 * from `seed` (any integer up to 2^53; fractions are dropped) and warmed up as its author advises.
 */
export function randomGenerator(seed: number): () => number {
  let a = mix(seed);
  let b = mix(Math.floor(seed / 2 ** 32) + 0x9e3779b9);
  let c = mix(a ^ b);
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/**
 * One seed (0..2^32-1) from several, sensitive to their order: `combineSeeds(seed, epoch, index)` gives every sample a
 * generator of its own, whatever was drawn before.
 */
export function combineSeeds(...seeds: number[]): number {
  return seeds.reduce((hash, seed) => mix(hash + mix(seed) + 0x9e3779b9), 0) >>> 0;
}

/** The numbers 0..n-1 in a random order (Fisher-Yates). */
export function shuffled(n: number, seed: number): Uint32Array {
  const random = randomGenerator(seed);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}

/** How `normalValues` draws. */
export interface NormalOptions {
  /** Draw again what lies beyond two sigma, as TensorFlow's truncated_normal does. Default false. */
  truncated?: boolean;
}

/** `n` normally distributed numbers of mean 0 and standard deviation `sigma` (before truncation). Box-Muller. */
export function normalValues(
  n: number,
  seed: number,
  sigma: number,
  { truncated = false }: NormalOptions = {},
): Float32Array {
  const random = randomGenerator(seed);
  const values = new Float32Array(n);
  let filled = 0;
  while (filled < n) {
    // 1 - random() is in (0, 1], where the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    for (const value of [radius * Math.cos(angle), radius * Math.sin(angle)]) {
      if (filled < n && !(truncated && Math.abs(value) > 2)) values[filled++] = sigma * value;
    }
  }
  return values;
}

/** `n` numbers uniform in [-bound, bound). */
export function uniformValues(n: number, seed: number, bound: number): Float32Array {
  const random = randomGenerator(seed);
  return Float32Array.from({ length: n }, () => bound * (2 * random() - 1));
}

/** The finaliser of MurmurHash3: every bit of the input changes about half of the 32 bits of the result. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
