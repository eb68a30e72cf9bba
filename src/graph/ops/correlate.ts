import { numericShape, type Tensor } from '../graph.js';
import { concatNode, reshapeNode, sliceNode, transposeNode } from './layout.js';
import { zeroPadNode } from './pad.js';
import { pixelProducts } from './pixel-products.js';

/** Below this many columns per product, the horizontal taps are joined into one matrix product. */
const JOIN_BELOW = 96;

/**
 * The sum over n and p of `dy[n, o, p] x[n, i, p + (u, v)]` for every shift (u, v) of a ku x kv window:
 * x `[N, I, H, W]`, dy `[N, O, H-ku+1, W-kv+1]`, result `[O, I, ku, kv]`.
 *
 * With dy padded by zeros to x's size and both flattened, the shift (u, v) is the shift of one index by u W + v. So each tap is one
 * matrix product with a contiguous slice. The operand with fewer channels is the one that is sliced.
 */
export function correlateShifts(x: Tensor, dy: Tensor, ku: number, kv: number): Tensor {
  const [, ci, h, w] = numericShape('correlate', x) as [number, number, number, number];
  const [, co, ho, wo] = numericShape('correlate', dy) as [number, number, number, number];
  const [padH, padW] = [h - ho, w - wo];
  if (ci <= co) {
    const fixed = zeroPadNode(dy, [0, 0, 0, 0], [0, 0, padH, padW]);
    const taps = shiftedProducts(fixed, x, ku, kv, false); // [co, ku kv, ci]
    return reshapeNode(transposeNode(taps, [0, 2, 1]), [co, ci, ku, kv]);
  }
  // dy pushed to the far corner: the shift (u, v) of x is the shift (ku-1-u, kv-1-v) of dy.
  const pushed = zeroPadNode(dy, [0, 0, padH, padW], [0, 0, 0, 0]);
  const taps = shiftedProducts(x, pushed, ku, kv, true); // [ci, ku kv, co]
  return reshapeNode(transposeNode(taps, [2, 0, 1]), [co, ci, ku, kv]);
}

/**
 * `[A, ku kv, B]`: for each shift s = u W + v, the product of `fixed` `[N, A, H, W]` and `moved` `[N, B, H, W]` read s further on.
 * One of the two is zero wherever the shifted index leaves its picture. `reversed` lists the shifts from the last to the first.
 */
function shiftedProducts(fixed: Tensor, moved: Tensor, ku: number, kv: number, reversed: boolean): Tensor {
  const [n, a, h, w] = numericShape('correlate', fixed) as [number, number, number, number];
  const b = moved.shape[1] as number;
  const size = h * w;
  const order = (count: number) => Array.from({ length: count }, (_, i) => (reversed ? count - 1 - i : i));
  const joined = kv > 1 && b * kv <= JOIN_BELOW;

  let flat = reshapeNode(moved, [n, b, size]);
  if (joined) {
    const slack = zeroPadNode(flat, [0, 0, 0], [0, 0, kv - 1]);
    flat = concatNode(
      order(kv).map((v) => sliceNode(slack, 2, v, v + size)),
      1,
    );
  }
  const width = joined ? b * kv : b;
  const columns = reshapeNode(transposeNode(flat, [0, 2, 1]), [n * size, width]);
  const reach = (ku - 1) * w + (joined ? 0 : kv - 1);
  const slack = zeroPadNode(columns, [0, 0], [reach, 0]);
  const shifted = (shift: number) => (reach === 0 ? slack : sliceNode(slack, 0, shift, shift + n * size));
  const all = order(ku).flatMap((u) =>
    joined ? [shifted(u * w)] : order(kv).map((v) => shifted(u * w + v)),
  );
  return reshapeNode(pixelProducts(fixed, all), [a, ku * kv, b]);
}
