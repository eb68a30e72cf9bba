import { type Dim, sameDim, shapeText } from '../dim.js';
import { GraphError, numericShape, requireFloat, requireRank, type Tensor } from '../graph.js';
import { add } from './arithmetic.js';
import { pairProducts } from './pixel-products.js';
import { reshape, transpose } from './reshape.js';
import { sumTo } from './sum.js';

/** The last two axes exchanged. */
function swapLast(x: Tensor): Tensor {
  const perm = x.shape.map((_, i) => i);
  const last = perm.length - 1;
  [perm[last], perm[last - 1]] = [last - 1, last];
  return transpose(x, perm);
}

function matmulNode(a: Tensor, b: Tensor): Tensor {
  requireFloat('matmul', 'the first argument', a);
  requireFloat('matmul', 'the second argument', b);
  const [ra, rb] = [a.shape.length, b.shape.length];
  const inner = ra >= 2 && rb >= 2 && sameDim(a.shape[ra - 1]!, b.shape[rb - 2]!);
  const batch: Dim[] = [];
  let batchFits = true;
  for (let i = Math.max(ra, rb) - 2; i > 0; i--) {
    const [da, db] = [a.shape[ra - 2 - i] ?? 1, b.shape[rb - 2 - i] ?? 1];
    batchFits &&= sameDim(da, db) || da === 1 || db === 1;
    batch.push(da === 1 ? db : da);
  }
  if (!inner || !batchFits) {
    throw new GraphError(
      `matmul: [.., A, B] times [.., B, C] expected, got ${shapeText(a.shape)} and ${shapeText(b.shape)}`,
    );
  }
  return a.graph.node('MatMul', [a, b], [...batch, a.shape[ra - 2]!, b.shape[rb - 1]!]);
}

/** The matrix product of the last two axes, broadcasting the others. Gradients: dy b^T and a^T dy. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return a.graph.operator(
    'matmul',
    [a, b],
    () => matmulNode(a, b),
    (dy, _, [da, db]) => [
      da ? sumTo(matmul(dy, swapLast(b)), a.shape) : undefined,
      db ? sumTo(matmul(swapLast(a), dy), b.shape) : undefined,
    ],
  );
}

/**
 * The products of all channel pairs summed over the pixels (the Gram matrix before normalisation): F `[N, C, H, W]`
 * seen as `[N, C, P]` gives F F^T `[N, C, C]`. Gradient: (dy + dy^T) F, one product instead of matmul's two.
 */
export function channelProducts(x: Tensor): Tensor {
  requireRank('channelProducts', 'the input', x, 4, '[N, C, H, W]');
  const shape = numericShape('channelProducts', x) as [number, number, number, number];
  const [n, c, h, w] = shape;
  return x.graph.operator(
    'channelProducts',
    [x],
    () => pairProducts(x),
    (dy) => {
      const symmetric = add(dy, swapLast(dy));
      const flat = reshape(x, [n, c, h * w]);
      return [reshape(matmul(symmetric, flat), shape)];
    },
  );
}
