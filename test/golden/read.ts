import { readFileSync } from 'node:fs';
import { readSafetensors, type Safetensors } from '../../src/core/safetensors.js';

/** A golden file of this folder. */
export function readGolden(name: string): Safetensors {
  return readSafetensors(
    new Uint8Array(readFileSync(new URL(`.//${name}.safetensors`, import.meta.url))),
    name,
  );
}

/** Norm of the difference over norm of the reference. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values, expected ${expected.length}`);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}
