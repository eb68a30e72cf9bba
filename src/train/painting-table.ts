/**
 * The tables of a training of many paintings in its graph. Each step trains one painting; its rows are picked by
 * products with a 0/1 vector, which are exact and run on every device.
 */
import { type Graph, matmul, mul, reshape, type Tensor } from '../graph/index.js';
import { rowParameters, rowSpecs } from '../nets/rows.js';
import { adamOptimizer } from '../optimizers/adam.js';
import type { OptimizerState } from '../optimizers/optimizer.js';

/** Names of a step's inputs that belong to its painting. */
export const PAINTING = {
  row: 'pick_row',
  style: 'pick_style',
  gain: 'gain',
  /** A scalar of Adam for the steps of the row. */
  scalar: (name: string) => `row_${name}`,
} as const;

/** The painting of a step in a graph. */
export interface PickedPainting {
  /** The parameters that its row `[1, R]` stands for, by name. */
  parameters: Map<string, Tensor>;
  row: Tensor;
  /** Its Gram matrix `[1, C, C]` at a layer of `channels` channels, of the table `[trained, C * C]` called `name`. */
  gram(name: string, channels: number): Tensor;
  /**
   * Its loss as it is differentiated. Adam does not mind the scale of a loss, but it minds that one painting's loss is
   * ten times another's.
   */
  weighted(loss: Tensor): Tensor;
  /** One update of the row by Adam; the other rows and their moments stay as they are, bit by bit. */
  update(table: OptimizerState, gradient: Tensor): OptimizerState;
}

/** How rows learn: the rates of norms and of the output as multiples of the learning rate. */
export interface RowRates {
  width: number;
  normRate: number;
  outputRate: number;
}

/**
 * Picks the painting of a step. Inputs: `pick_row` `[1, rows]` and `pick_style` `[1, trained]` are 1 at its place and 0
 * elsewhere; `gain` multiplies its loss; `row_step_size` and `row_correction` are Adam's scalars for the steps of its
 * row.
 *
 * @param rows the table `[rows, R]`
 */
export function pickPainting(graph: Graph, rows: Tensor, trained: number, rates: RowRates): PickedPainting {
  const place = graph.input(PAINTING.row, [1, rows.shape[0]!]);
  const style = graph.input(PAINTING.style, [1, trained]);
  const row = matmul(place, rows);
  return {
    row,
    parameters: rowParameters(row, rates.width),
    gram: (name, channels) => {
      const table = graph.input(name, [trained, channels * channels]);
      return reshape(matmul(style, table), [1, channels, channels]);
    },
    weighted: (loss) => mul(loss, graph.input(PAINTING.gain, [])),
    update: (table, gradient) => updateRow(table, gradient, { row, place, rates }),
  };
}

function updateRow(
  table: OptimizerState,
  gradient: Tensor,
  { row, place, rates }: { row: Tensor; place: Tensor; rates: RowRates },
): OptimizerState {
  const { graph } = row;
  const [count, length] = table.parameter.shape as [number, number];
  const input = (name: string) => graph.input(PAINTING.scalar(name), []);
  const scalars: Record<string, Tensor> = {
    step_size: mul(input('step_size'), graph.constant(rateOfEach(rates), [1, length])),
    correction: input('correction'),
  };
  const old = { parameter: row, slots: table.slots.map((slot) => matmul(place, slot)) };
  const updated = adamOptimizer.update(old, gradient, { scalar: (name) => scalars[name]! });
  const column = reshape(place, [count, 1]);
  const isPicked = graph.node('Greater', [column, graph.scalar(0.5)], [count, 1], { dtype: 'bool' });
  const put = (value: Tensor, whole: Tensor) =>
    graph.node('Where', [isPicked, value, whole], whole.shape, { dtype: whole.dtype });
  return {
    parameter: put(updated.parameter, table.parameter),
    slots: updated.slots.map((slot, i) => put(slot, table.slots[i]!)),
  };
}

/** The rates of a row's numbers as multiples of the learning rate, `[R]`. */
function rateOfEach({ width, normRate, outputRate }: RowRates): Float32Array {
  return Float32Array.from(
    rowSpecs(width).flatMap(({ group, shape }) =>
      new Array<number>(shape[0]!).fill(group === 'output' ? outputRate : normRate),
    ),
  );
}
