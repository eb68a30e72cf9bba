/** The gradient of a convolution's weight: the correlation of its input with the gradient of its output. */
import { numericShape, type Tensor } from '../graph.js';
import { concat } from './concat.js';
import { spaceToDepth } from './depth-to-space.js';
import { pixelProducts } from './pixel-products.js';
import { reshape, transpose } from './reshape.js';
import { pad, type Sides, slice } from './slice.js';

/** Below this many columns per product, the horizontal taps are joined into one matrix product. */
const JOIN_BELOW = 96;

/**
 * dW[o, i, u, v] = sum over n, p of dy[n, o, p] x[n, i, stride p + (u, v) - pad]. Stride 2 becomes stride 1 over the
 * input with its 2x2 blocks moved into channels, with a kernel of half the size.
 */
export function convWeightGradient(
  x: Tensor,
  dy: Tensor,
  [kh, kw]: readonly [number, number],
  stride: number,
  { top, left }: Sides,
): Tensor {
  const [, ci, h, w] = numericShape('conv2d', x) as [number, number, number, number];
  const [, co, ho, wo] = numericShape('conv2d', dy) as [number, number, number, number];
  const [ku, kv] = [Math.ceil(kh / stride), Math.ceil(kw / stride)];
  // Exactly what the windows cover: rows beyond the last window are cut, missing ones are zeros.
  const [hp, wp] = [(ho + ku - 1) * stride, (wo + kv - 1) * stride];
  let padded = x;
  const [cutH, cutW] = [hp - top - h, wp - left - w];
  if (cutH < 0) padded = slice(padded, 2, 0, h + cutH);
  if (cutW < 0) padded = slice(padded, 3, 0, w + cutW);
  padded = pad(padded, [0, 0, top, left], [0, 0, Math.max(cutH, 0), Math.max(cutW, 0)]);
  if (stride === 1) return correlateShifts(padded, dy, ku, kv);
  const blocks = correlateShifts(spaceToDepth(padded, stride), dy, ku, kv);
  // [co, ci s s, ku, kv] -> [co, ci, s, s, ku, kv] -> [co, ci, ku, s, kv, s]
  const split = reshape(blocks, [co, ci, stride, stride, ku, kv]);
  const whole = reshape(transpose(split, [0, 1, 4, 2, 5, 3]), [co, ci, ku * stride, kv * stride]);
  let weight = whole;
  if (ku * stride !== kh) weight = slice(weight, 2, 0, kh);
  if (kv * stride !== kw) weight = slice(weight, 3, 0, kw);
  return weight;
}

/**
 * The sum over n and p of `dy[n, o, p] x[n, i, p + (u, v)]` for every shift (u, v) of a ku x kv window: x
 * `[N, I, H, W]`, dy `[N, O, H-ku+1, W-kv+1]`, result `[O, I, ku, kv]`.
 *
 * With dy padded by zeros to x's size and both flattened, the shift (u, v) is the shift of one index by u W + v. So
 * each tap is one matrix product with a contiguous slice. The operand with fewer channels is the one that is sliced.
 */
function correlateShifts(x: Tensor, dy: Tensor, ku: number, kv: number): Tensor {
  const [, ci, h, w] = numericShape('correlate', x) as [number, number, number, number];
  const [, co, ho, wo] = numericShape('correlate', dy) as [number, number, number, number];
  const [padH, padW] = [h - ho, w - wo];
  if (ci <= co) {
    const fixed = pad(dy, [0, 0, 0, 0], [0, 0, padH, padW]);
    const taps = shiftedProducts(fixed, x, ku, kv, false); // [co, ku kv, ci]
    return reshape(transpose(taps, [0, 2, 1]), [co, ci, ku, kv]);
  }
  // dy pushed to the far corner: the shift (u, v) of x is the shift (ku-1-u, kv-1-v) of dy.
  const pushed = pad(dy, [0, 0, padH, padW], [0, 0, 0, 0]);
  const taps = shiftedProducts(x, pushed, ku, kv, true); // [ci, ku kv, co]
  return reshape(transpose(taps, [2, 0, 1]), [co, ci, ku, kv]);
}

/**
 * `[A, ku kv, B]`: for each shift s = u W + v, the product of `fixed` `[N, A, H, W]` and `moved` `[N, B, H, W]` read s
 * further on. One of the two is zero wherever the shifted index leaves its picture. `reversed` lists the shifts from
 * the last to the first.
 */
function shiftedProducts(fixed: Tensor, moved: Tensor, ku: number, kv: number, reversed: boolean): Tensor {
  const [n, a, h, w] = numericShape('correlate', fixed) as [number, number, number, number];
  const b = moved.shape[1] as number;
  const size = h * w;
  const order = (count: number) => Array.from({ length: count }, (_, i) => (reversed ? count - 1 - i : i));
  const joined = kv > 1 && b * kv <= JOIN_BELOW;

  let flat = reshape(moved, [n, b, size]);
  if (joined) {
    const slack = pad(flat, [0, 0, 0], [0, 0, kv - 1]);
    flat = concat(
      order(kv).map((v) => slice(slack, 2, v, v + size)),
      1,
    );
  }
  const width = joined ? b * kv : b;
  const columns = reshape(transpose(flat, [0, 2, 1]), [n * size, width]);
  const reach = (ku - 1) * w + (joined ? 0 : kv - 1);
  const slack = pad(columns, [0, 0], [reach, 0]);
  const shifted = (shift: number) => (reach === 0 ? slack : slice(slack, 0, shift, shift + n * size));
  const all = order(ku).flatMap((u) =>
    joined ? [shifted(u * w)] : order(kv).map((v) => shifted(u * w + v)),
  );
  return reshape(pixelProducts(fixed, all), [a, ku * kv, b]);
}
