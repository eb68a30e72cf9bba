import { add, scale, type Tensor } from '../graph/index.js';

/** A sum of losses, and each of them before its weight, by names such as `style/relu1_2` or `tv`. */
export interface LossSum {
  /** The weighted sum. */
  total: Tensor;
  raw: Map<string, Tensor>;
}

/**
 * Sums losses by their weights, in the order in which `build` adds them.
 *
 * @throws Error when none is added.
 */
export function weightedSum(
  build: (put: (name: string, loss: Tensor, weight: number) => void) => void,
): LossSum {
  const raw = new Map<string, Tensor>();
  const weighted: Tensor[] = [];
  build((name, loss, weight) => {
    raw.set(name, loss);
    weighted.push(scale(loss, weight));
  });
  const [first, ...others] = weighted;
  if (!first) throw new Error('weightedSum: every weight is 0');
  return { total: others.reduce((sum, part) => add(sum, part), first), raw };
}

/** A sum with one loss more. */
export function withLoss({ total, raw }: LossSum, name: string, loss: Tensor, weight: number): LossSum {
  return { total: add(total, scale(loss, weight)), raw: new Map(raw).set(name, loss) };
}
