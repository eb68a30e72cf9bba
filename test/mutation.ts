import { randomGenerator } from '../src/core/random.js';

/** A damaged copy of a file: bytes flipped, cut out, put in or overwritten with large lengths, by a seed. */
export function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomGenerator(seed);
  const below = (n: number) => Math.floor(random() * n);
  let result: Uint8Array = new Uint8Array(bytes);
  const count = random() < 0.6 ? 1 : 2 + below(3);
  for (let i = 0; i < count && result.length > 0; i++) {
    // Half of the damage goes to the first kilobyte, where headers are.
    const at = below(random() < 0.5 ? Math.min(1024, result.length) : result.length);
    switch (below(6)) {
      case 0:
        result[at]! ^= 1 << below(8);
        break;
      case 1:
        result[at] = below(256);
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3:
        result = joined(result.subarray(0, at), result.subarray(Math.min(result.length, at + 1 + below(64))));
        break;
      case 4:
        result = joined(
          result.subarray(0, at),
          Uint8Array.from({ length: 1 + below(64) }, () => below(256)),
          result.subarray(at),
        );
        break;
      default:
        result.fill(0xff, at, at + 1 + below(8));
    }
  }
  return result;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
