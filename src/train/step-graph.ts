import {
  allSides,
  crop,
  Graph,
  gradients,
  matmul,
  mul,
  reshape,
  type Tensor,
  toModel,
} from '../graph/index.js';
import { type LossWeights, perceptualLoss, styleGrams } from '../losses/perceptual.js';
import type { Architecture } from '../nets/architecture.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { isPerPainting, isTrained, type ParameterSpec, parameterSpecs } from '../nets/parameters.js';
import { rowParameters, rowSpecs } from '../nets/rows.js';
import { transform } from '../nets/transform.js';
import { type AdamScalars, adamUpdate, momentNames } from '../optimizers/adam.js';
import { muonUpdate } from '../optimizers/muon.js';
import { type Optimizer, usesMuon } from '../optimizers/optimizer.js';

/** What a training graph is made of. */
export interface StepOptions {
  architecture: Architecture;
  width: number;
  batch: number;
  /** Height and width of what the losses see, multiples of 4. */
  size: number;
  /** Pixels around it that only the network sees, a multiple of 2. 0 by default. */
  margin?: number;
  lossNetwork: LossNetwork;
  lossWeights: LossWeights;
  /** `adam` by default. */
  optimizer?: Optimizer;
  /** Learning rate of the output convolution as a multiple of the others'. 1 by default. */
  outputRate?: number;
  /** Learning rate of norms as a multiple of the convolutions'. 1 by default. */
  normRate?: number;
  /** A network of many paintings: the rows that it has and how many of them are trained. */
  many?: { rows: number; trained: number };
  /** Train only what belongs to a painting: the norms and the bias of the output. */
  onlyRows?: boolean;
  /** Whether it will run on a GPU (`Graph.gpu`). */
  gpu?: boolean;
}

/** One training step as a model: forward, losses, backward and Adam. */
export interface StepModel {
  model: Uint8Array;
  /** State: output name to input name. */
  state: Record<string, string>;
  /** Outputs that hold the raw losses, by their names: `total`, `content/relu3_3`, ... */
  losses: Map<string, string>;
}

const next = (name: string) => `next/${name}`;

/** Names of the graph's inputs and outputs. */
export const STEP = {
  content: 'content',
  learningRate: 'learning_rate',
  stepSize: 'step_size',
  correction: 'correction',
  rowStepSize: 'row_step_size',
  rowCorrection: 'row_correction',
  pickRow: 'pick_row',
  pickStyle: 'pick_style',
  gain: 'gain',
  generated: 'generated',
  gram: (layer: string) => `gram/${layer}`,
} as const;

/** The parameters that a training changes. */
export function trainedSpecs(options: Pick<StepOptions, 'architecture' | 'width' | 'many' | 'onlyRows'>) {
  const { architecture, width, many, onlyRows } = options;
  const ofPainting = (spec: ParameterSpec) => isPerPainting(spec) || spec.role === 'rows';
  return parameterSpecs(architecture, width, many?.rows).filter(
    (spec) => isTrained(spec) && (!onlyRows || ofPainting(spec)),
  );
}

/**
 * Builds the training step. Inputs: `content` `[N, 3, S + 2 margin, S + 2 margin]` RGB 0..255, `step_size` and `correction` (Adam's scalars); state: the
 * parameters by name, their moments, and the style's Gram matrices `gram/LAYER`. Outputs: every loss, `generated`, the new state.
 *
 * With many paintings each step trains one: `pick_row` `[1, rows]` and `pick_style` `[1, trained]` are 1 at its place and 0 elsewhere,
 * `row_step_size` and `row_correction` are Adam's scalars for the steps of that row, whose moments no other painting's steps touch; `gain`
 * multiplies the painting's loss before the gradients; the Gram matrices are `[trained, C * C]`.
 */
export function buildStep(options: StepOptions): StepModel {
  const { architecture, width, batch, size, lossWeights, many, outputRate = 1, normRate = 1 } = options;
  const graph = new Graph({ gpu: options.gpu });
  const { margin = 0 } = options;
  const side = size + 2 * margin;
  const content = graph.input(STEP.content, [batch, 3, side, side]);
  const inputs = new Map(
    parameterSpecs(architecture, width, many?.rows)
      .filter((spec) => spec.role !== 'identity')
      .map((s) => [s.name, graph.input(s.name, s.shape)]),
  );
  const picked = many && pickPainting(graph, inputs.get('rows')!, many.trained);
  const parameters = picked ? new Map([...inputs, ...rowParameters(picked.row, width)]) : inputs;

  const loss = options.lossNetwork.inGraph(graph);
  const grams = new Map<string, Tensor>();
  for (const { layer } of lossWeights.style) {
    const c = options.lossNetwork.channels(layer);
    const name = STEP.gram(layer);
    grams.set(
      layer,
      picked
        ? reshape(matmul(picked.style, graph.input(name, [many!.trained, c * c])), [1, c, c])
        : graph.input(name, [1, c, c]),
    );
  }
  const { image: whole, running } = transform(content, parameters, { architecture, mode: 'train' });
  const inner = (picture: Tensor) => (margin === 0 ? picture : crop(picture, allSides(margin)));
  const image = inner(whole);
  const parts = perceptualLoss(loss, image, inner(content), grams, lossWeights);

  const trained = trainedSpecs(options);
  const targets = trained.map((spec) => (spec.role === 'rows' ? picked!.row : inputs.get(spec.name)!));
  // Adam does not mind the scale of a loss, but it minds that one painting's loss is ten times another's.
  const objective = picked ? mul(parts.total, graph.input(STEP.gain, [])) : parts.total;
  const slopes = gradients(objective, targets);

  const state: Record<string, string> = {};
  const keep = (name: string, value: Tensor) => {
    graph.output(next(name), value);
    state[next(name)] = name;
  };
  const scalars: Partial<AdamScalars> = {};
  let learningRate: Tensor | undefined;
  const shared = () => {
    scalars.stepSize ??= graph.input(STEP.stepSize, []);
    scalars.correction ??= graph.input(STEP.correction, []);
    return scalars as AdamScalars;
  };
  const times = (stepSize: Tensor, rate: number) =>
    rate === 1 ? stepSize : mul(stepSize, graph.scalar(rate));
  trained.forEach((spec, i) => {
    const names = momentNames(spec.name);
    if (usesMuon(spec, options.optimizer)) {
      const m = graph.input(names.m, spec.shape);
      const parameter = inputs.get(spec.name)!;
      learningRate ??= graph.input(STEP.learningRate, []);
      const updated = muonUpdate(graph, { parameter, m }, slopes[i]!, learningRate);
      keep(parameter.name, updated.parameter);
      keep(m.name, updated.m);
      return;
    }
    const old = {
      parameter: inputs.get(spec.name)!,
      m: graph.input(names.m, spec.shape),
      v: graph.input(names.v, spec.shape),
    };
    if (spec.role === 'rows') {
      const updated = updateRow(graph, old, slopes[i]!, picked!, rowRates(width, normRate, outputRate));
      for (const key of ['parameter', 'm', 'v'] as const) keep(old[key].name, updated[key]);
      return;
    }
    const { stepSize, correction } = shared();
    const rate = spec.name.startsWith('out.') ? outputRate : isPerPainting(spec) ? normRate : 1;
    const updated = adamUpdate(graph, old, slopes[i]!, { stepSize: times(stepSize, rate), correction });
    for (const key of ['parameter', 'm', 'v'] as const) keep(old[key].name, updated[key]);
  });
  if (!options.onlyRows) for (const [name, value] of running) keep(name, value);

  const losses = new Map<string, string>([['total', 'loss/total']]);
  graph.output('loss/total', parts.total);
  for (const [name, value] of parts.raw) {
    graph.output(`loss/${name}`, value);
    losses.set(name, `loss/${name}`);
  }
  graph.output(STEP.generated, image);
  return { model: toModel(graph), state, losses };
}

/** The painting of a step: its row `[1, R]` and where its style stands. */
interface PickedPainting {
  row: Tensor;
  /** `[1, rows]`. */
  place: Tensor;
  /** `[1, trained]`. */
  style: Tensor;
}

function pickPainting(graph: Graph, rows: Tensor, trained: number): PickedPainting {
  const place = graph.input(STEP.pickRow, [1, rows.shape[0]!]);
  const style = graph.input(STEP.pickStyle, [1, trained]);
  // A product with a single 1 and zeros is exact, and runs on every device.
  return { row: matmul(place, rows), place, style };
}

/** The rates of a row's numbers as multiples of the learning rate, `[R]`. */
function rowRates(width: number, normRate: number, outputRate: number): Float32Array {
  return Float32Array.from(
    rowSpecs(width).flatMap(({ name, shape }) =>
      new Array<number>(shape[0]!).fill(name.startsWith('out.') ? outputRate : normRate),
    ),
  );
}

/** Adam for one row `[1, R]` of a table `[P, R]`; the other rows and their moments stay as they are, bit by bit. */
function updateRow(
  graph: Graph,
  table: { parameter: Tensor; m: Tensor; v: Tensor },
  slope: Tensor,
  { row, place }: PickedPainting,
  rates: Float32Array,
): { parameter: Tensor; m: Tensor; v: Tensor } {
  const [count, length] = table.parameter.shape as [number, number];
  const stepSize = mul(graph.input(STEP.rowStepSize, []), graph.constant(rates, [1, length]));
  const correction = graph.input(STEP.rowCorrection, []);
  const old = { parameter: row, m: matmul(place, table.m), v: matmul(place, table.v) };
  const updated = adamUpdate(graph, old, slope, { stepSize, correction });
  const column = reshape(place, [count, 1]);
  const isPicked = graph.node('Greater', [column, graph.scalar(0.5)], [count, 1], { dtype: 'bool' });
  const put = (value: Tensor, whole: Tensor) =>
    graph.node('Where', [isPicked, value, whole], whole.shape, { dtype: whole.dtype });
  return {
    parameter: put(updated.parameter, table.parameter),
    m: put(updated.m, table.m),
    v: put(updated.v, table.v),
  };
}

/**
 * A model that gives the Gram matrices of a style picture: input `style` `[1, 3, H, W]`, outputs `gram/LAYER` `[1, C, C]`.
 */
export function buildStyleTarget(
  options: Pick<StepOptions, 'lossNetwork' | 'lossWeights' | 'gpu'>,
  height: number,
  width: number,
): Uint8Array {
  const graph = new Graph({ gpu: options.gpu });
  const style = graph.input('style', [1, 3, height, width]);
  const loss = options.lossNetwork.inGraph(graph);
  for (const [layer, gram] of styleGrams(loss, style, options.lossWeights.style)) {
    graph.output(STEP.gram(layer), gram);
  }
  return toModel(graph);
}
