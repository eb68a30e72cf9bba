import { numericShape, type Tensor } from '../graph.js';
import { concat } from './concat.js';
import { reshape, transpose } from './reshape.js';
import { sum } from './sum.js';

/**
 * The products of channels summed over all pixels of all pictures, side by side: `a` `[N, A, H, W]` by each of
 * `columns` `[N H W, B]` gives `[A, B]`, and all of them `[A, K B]`. Without a gradient rule.
 *
 * A matrix product on a GPU gives each tile of the result to one group of threads, whatever the length of its sums: for
 * few channels and many pixels nearly all of the GPU has nothing to do. So there the pixels are cut into strips, which
 * are products of their own.
 */
export function pixelProducts(a: Tensor, columns: readonly Tensor[]): Tensor {
  const [n, channels, h, w] = numericShape('products', a) as [number, number, number, number];
  if (!a.graph.gpu) {
    const rows = reshape(n === 1 ? a : transpose(a, [1, 0, 2, 3]), [channels, n * h * w]);
    const products = columns.map((c) => a.graph.node('MatMul', [rows, c], [channels, c.shape[1]!]));
    return concat(products, 1);
  }
  const { strips, length } = stripsOf(h, w, 256);
  const rows = reshape(inStrips(a, strips), [n * strips, channels, length]);
  const products = columns.map((c) => {
    const width = c.shape[1] as number;
    const cut = reshape(c, [n * strips, length, width]);
    return a.graph.node('MatMul', [rows, cut], [n * strips, channels, width]);
  });
  return sum(concat(products, 2), { axes: [0] });
}

/**
 * The products of all pairs of channels of one picture, summed over its pixels: `[N, C, H, W]` gives `[N, C, C]`.
 * Without a gradient rule.
 */
export function pairProducts(x: Tensor): Tensor {
  const [n, c, h, w] = numericShape('products', x) as [number, number, number, number];
  const { strips, length } = x.graph.gpu ? stripsOf(h, w, 1024) : { strips: 1, length: h * w };
  if (strips === 1) {
    const flat = reshape(x, [n, c, length]);
    return x.graph.node('MatMul', [flat, transpose(flat, [0, 2, 1])], [n, c, c]);
  }
  const flat = inStrips(x, strips);
  const products = x.graph.node('MatMul', [flat, transpose(flat, [0, 1, 3, 2])], [n, strips, c, c]);
  return sum(products, { axes: [1] });
}

/** `[N, C, H, W]` as `[N, strips, C, pixels]`. */
function inStrips(x: Tensor, strips: number): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return transpose(reshape(x, [n, c, strips, (h / strips) * w]), [0, 2, 1, 3]);
}

/** The most strips of whole rows that have `least` pixels or more each. */
function stripsOf(h: number, w: number, least: number): { strips: number; length: number } {
  let strips = Math.max(1, Math.min(h, Math.floor((h * w) / least)));
  while (h % strips !== 0) strips--;
  return { strips, length: (h / strips) * w };
}
