/**
 * IEEE 754 binary16 ("half": 1 sign bit, 5 exponent bits, 10 fraction bits) to and from float32.
 * Node 20 and many browsers have no Float16Array, so halves travel as their bits in a Uint16Array.
 */

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** The number that the 16 bits `half` stand for. Exact: every half is a float32. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The bits (0..65535) of the half nearest to the float32 `value`, ties to even.
 * From 65520 on it is infinity; NaN stays NaN. A double is first rounded to float32.
 */
export function floatToHalf(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 a half is a multiple of 2^-24; up to 2^-25 (a tie with zero) it rounds to zero.
    if (magnitude <= 0x33000000) return sign;
    const significand = (magnitude & 0x7fffff) | 0x800000;
    const shift = 126 - (magnitude >>> 23);
    const below = (1 << (shift - 1)) - 1;
    return sign | ((significand + below + ((significand >>> shift) & 1)) >>> shift);
  }
  // Moves the exponent's bias from 127 to 15; a carry out of the fraction steps the exponent, which is right.
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

let table: Float32Array | undefined;

/** Every element of `halves` (bits) as float32. */
export function halvesToFloats(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half));
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]!]!;
  return floats;
}

/** Every element of `floats` rounded to the bits of a half. */
export function floatsToHalves(floats: Float32Array): Uint16Array {
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) halves[i] = floatToHalf(floats[i]!);
  return halves;
}
