import { add, Graph, gradients, mul, scale, type Tensor, toModel } from '../graph/index.js';
import { checkerboardLoss } from '../losses/checkerboard.js';
import { contentLoss, pixelLoss } from '../losses/content.js';
import type { WeightedLayer } from '../losses/perceptual.js';
import { spectrumLoss } from '../losses/spectrum.js';
import { totalVariationLoss } from '../losses/total-variation.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { isTrained, type ParameterSpec } from '../nets/parameters.js';
import type { NetworkMode, Transformed } from '../nets/transform.js';
import { adamUpdate, momentNames } from '../optimizers/adam.js';

/** A network from pictures to pictures, as a training of pairs sees it. */
export interface ImageNetwork {
  specs: readonly ParameterSpec[];
  apply(image: Tensor, parameters: ReadonlyMap<string, Tensor>, mode: NetworkMode): Transformed;
}

/** Side of the blocks of networks that shrink pictures by 4 and enlarge them again. */
export const DEFAULT_BLOCK = 4;

/** What a result is compared with its target by. */
export interface PairLosses {
  /** Weight of the pixel loss (section 3.2 of the paper). */
  pixel: number;
  /** Layers of the feature reconstruction loss (section 3.1) with their weights. */
  features: readonly WeightedLayer[];
  /** Weight of the total variation of the result, by the paper's formula. */
  tv: number;
  /** Weight of the checkerboard loss: patterns that repeat from block to block and do not in the target. */
  checkerboard: number;
  /** Weight of the spectrum loss: more at single high frequencies than in the target. */
  spectrum: number;
  /** Side of the blocks that the network draws at once. DEFAULT_BLOCK by default. */
  block?: number;
}

/** What a training step of pairs is made of. */
export interface PairStepOptions {
  network: ImageNetwork;
  batch: number;
  /** Height and width of the inputs. */
  inputSize: readonly [number, number];
  losses: PairLosses;
  /** Learning rate of the output convolution as a multiple of the others'. 1 by default. */
  outputRate?: number;
  /** Needed when features are compared. */
  lossNetwork?: LossNetwork;
  /** Whether it will run on a GPU (`Graph.gpu`). */
  gpu?: boolean;
}

/** Names of the graph's inputs and outputs. */
export const PAIR_STEP = {
  input: 'input',
  target: 'target',
  stepSize: 'step_size',
  correction: 'correction',
  generated: 'generated',
} as const;

/** A training step of pairs as a model. */
export interface PairStepModel {
  model: Uint8Array;
  /** State: output name to input name. */
  state: Record<string, string>;
  /** Outputs that hold the raw losses, by their names: `total`, `pixel`, `feature/relu2_2`, `checkerboard`, `spectrum`, `tv`. */
  losses: Map<string, string>;
}

/** The losses of generated pictures against their targets, both `[N, 3, H, W]`, RGB 0..255: each unweighted, and the weighted sum. */
export function pairLosses(
  generated: Tensor,
  target: Tensor,
  { losses, lossNetwork }: Pick<PairStepOptions, 'losses' | 'lossNetwork'>,
): { total: Tensor; raw: Map<string, Tensor> } {
  const raw = new Map<string, Tensor>();
  const weighted: Tensor[] = [];
  const put = (name: string, loss: Tensor, weight: number) => {
    raw.set(name, loss);
    weighted.push(scale(loss, weight));
  };
  if (losses.pixel > 0) put('pixel', pixelLoss(generated, target), losses.pixel);
  if (losses.features.length > 0) {
    if (!lossNetwork) throw new Error('pairLosses: the feature loss needs a loss network');
    const network = lossNetwork.inGraph(generated.graph);
    const layers = losses.features.map(({ layer }) => layer);
    const [of, wanted] = [network.features(generated, layers), network.features(target, layers)];
    for (const { layer, weight } of losses.features) {
      put(`feature/${layer}`, contentLoss(of.get(layer)!, wanted.get(layer)!), weight);
    }
  }
  if (losses.checkerboard > 0)
    put(
      'checkerboard',
      checkerboardLoss(generated, target, losses.block ?? DEFAULT_BLOCK),
      losses.checkerboard,
    );
  if (losses.spectrum > 0) put('spectrum', spectrumLoss(generated, target), losses.spectrum);
  if (losses.tv > 0) put('tv', totalVariationLoss(generated, 'paper'), losses.tv);
  const [first, ...others] = weighted;
  if (!first) throw new Error('pairLosses: every weight is 0');
  return { total: others.reduce((sum, part) => add(sum, part), first), raw };
}

/**
 * Builds the training step: inputs `input` `[N, 3, h, w]` and `target` `[N, 3, H, W]` of the size that the network makes of it, RGB 0..255,
 * `step_size` and `correction` (Adam's scalars); state: the parameters by name and their moments. Outputs: every loss, `generated`, the new state.
 */
export function buildPairStep(options: PairStepOptions): PairStepModel {
  const { network, batch, inputSize } = options;
  const graph = new Graph({ gpu: options.gpu });
  const input = graph.input(PAIR_STEP.input, [batch, 3, ...inputSize]);
  const parameters = new Map(network.specs.map(({ name, shape }) => [name, graph.input(name, shape)]));
  const { image, running } = network.apply(input, parameters, 'train');
  const { total, raw } = pairLosses(image, graph.input(PAIR_STEP.target, image.shape), options);

  const trained = network.specs.filter(isTrained);
  const slopes = gradients(
    total,
    trained.map(({ name }) => parameters.get(name)!),
  );
  const scalars = {
    stepSize: graph.input(PAIR_STEP.stepSize, []),
    correction: graph.input(PAIR_STEP.correction, []),
  };
  const { outputRate = 1 } = options;
  const ofOutput =
    outputRate === 1 ? scalars : { ...scalars, stepSize: mul(scalars.stepSize, graph.scalar(outputRate)) };
  const state: Record<string, string> = {};
  const keep = (name: string, value: Tensor) => {
    graph.output(`next/${name}`, value);
    state[`next/${name}`] = name;
  };
  trained.forEach(({ name, shape }, i) => {
    const names = { parameter: name, ...momentNames(name) };
    const old = {
      parameter: parameters.get(name)!,
      m: graph.input(names.m, shape),
      v: graph.input(names.v, shape),
    };
    const updated = adamUpdate(graph, old, slopes[i]!, name.startsWith('out.') ? ofOutput : scalars);
    for (const key of ['parameter', 'm', 'v'] as const) keep(names[key], updated[key]);
  });
  for (const [name, value] of running) keep(name, value);
  const losses = new Map<string, string>();
  for (const [name, value] of [['total', total] as const, ...raw]) {
    graph.output(`loss/${name}`, value);
    losses.set(name, `loss/${name}`);
  }
  graph.output(PAIR_STEP.generated, image);
  return { model: toModel(graph), state, losses };
}
