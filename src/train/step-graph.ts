import type { FloatTensor } from '../core/safetensors.js';
import { Graph, gradients, mul, type Tensor, toModel } from '../graph/index.js';
import { type LossWeights, perceptualLoss, styleGrams } from '../losses/perceptual.js';
import type { Architecture } from '../nets/architecture.js';
import type { VggName } from '../nets/layers.js';
import { isTrained, parameterSpecs } from '../nets/parameters.js';
import { transform } from '../nets/transform.js';
import { vgg } from '../nets/vgg.js';
import { adamUpdate, momentNames } from './adam.js';

/** What a training graph is made of. */
export interface StepOptions {
  architecture: Architecture;
  width: number;
  batch: number;
  /** Height and width of the training pictures, multiples of 4. */
  size: number;
  lossNetwork: VggName;
  lossWeights: LossWeights;
  vggWeights: ReadonlyMap<string, FloatTensor>;
  /** Learning rate of the output convolution as a multiple of the others'. 1 by default. */
  outputRate?: number;
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
  stepSize: 'step_size',
  correction: 'correction',
  generated: 'generated',
  gram: (layer: string) => `gram/${layer}`,
} as const;

/**
 * Builds the training step. Inputs: `content` `[N, 3, S, S]` RGB 0..255, `step_size` and `correction` (Adam's scalars); state: the
 * parameters by name, their moments, and the style's Gram matrices `gram/LAYER`. Outputs: every loss, `generated`, the new state.
 */
export function buildStep(options: StepOptions): StepModel {
  const { architecture, width, batch, size, lossWeights } = options;
  const graph = new Graph();
  const content = graph.input(STEP.content, [batch, 3, size, size]);
  const scalars = {
    stepSize: graph.input(STEP.stepSize, []),
    correction: graph.input(STEP.correction, []),
  };
  const specs = parameterSpecs(architecture, width);
  const parameters = new Map(specs.map((s) => [s.name, graph.input(s.name, s.shape)]));
  const loss = vgg(graph, options.lossNetwork, options.vggWeights);
  const grams = new Map<string, Tensor>();
  for (const { layer } of lossWeights.style) {
    const channels = options.vggWeights.get(`conv${layer.slice(4)}.bias`)!.shape[0]!;
    grams.set(layer, graph.input(STEP.gram(layer), [1, channels, channels]));
  }

  const { image, running } = transform(content, parameters, { architecture, mode: 'train' });
  const parts = perceptualLoss(loss, image, content, grams, lossWeights);
  const trained = specs.filter(isTrained).map((s) => parameters.get(s.name)!);
  const slopes = gradients(parts.total, trained);

  const { outputRate = 1 } = options;
  const outputStep = outputRate === 1 ? scalars.stepSize : mul(scalars.stepSize, graph.scalar(outputRate));
  const ratesOf = (name: string) =>
    name.startsWith('out.') ? { ...scalars, stepSize: outputStep } : scalars;

  const state: Record<string, string> = {};
  const keep = (name: string, value: Tensor) => {
    graph.output(next(name), value);
    state[next(name)] = name;
  };
  trained.forEach((parameter, i) => {
    const names = momentNames(parameter.name);
    const m = graph.input(names.m, parameter.shape);
    const v = graph.input(names.v, parameter.shape);
    const updated = adamUpdate(graph, { parameter, m, v }, slopes[i]!, ratesOf(parameter.name));
    keep(parameter.name, updated.parameter);
    keep(names.m, updated.m);
    keep(names.v, updated.v);
  });
  for (const [name, value] of running) keep(name, value);

  const losses = new Map<string, string>([['total', 'loss/total']]);
  graph.output('loss/total', parts.total);
  for (const [name, value] of parts.raw) {
    graph.output(`loss/${name}`, value);
    losses.set(name, `loss/${name}`);
  }
  graph.output(STEP.generated, image);
  return { model: toModel(graph), state, losses };
}

/**
 * A model that gives the Gram matrices of a style picture: input `style` `[1, 3, H, W]`, outputs `gram/LAYER` `[1, C, C]`.
 */
export function buildStyleTarget(
  options: Pick<StepOptions, 'lossNetwork' | 'vggWeights' | 'lossWeights'>,
  height: number,
  width: number,
): Uint8Array {
  const graph = new Graph();
  const style = graph.input('style', [1, 3, height, width]);
  const loss = vgg(graph, options.lossNetwork, options.vggWeights);
  for (const [layer, gram] of styleGrams(loss, style, options.lossWeights.style)) {
    graph.output(STEP.gram(layer), gram);
  }
  return toModel(graph);
}
