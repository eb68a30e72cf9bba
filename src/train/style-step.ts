import { add, allSides, crop, Graph, moveAffine, reflectPad, type Tensor } from '../graph/index.js';
import { type LossWeights, perceptualLoss } from '../losses/perceptual.js';
import { stabilityLoss } from '../losses/stability.js';
import { withLoss } from '../losses/weighted-sum.js';
import type { Architecture } from '../nets/architecture.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { isPerPainting, isTrained, type ParameterSpec, parameterSpecs } from '../nets/parameters.js';
import { transform } from '../nets/transform.js';
import type { OptimizerName } from '../optimizers/choice.js';
import { type PickedPainting, pickPainting } from './painting-table.js';
import { motionReach } from './stability-draws.js';
import { parameterInputs, type StepModel, stepModel, type TrainedParameter } from './step-model.js';

/** The network of a training of a style, and the part of it that is trained. */
export interface StyleNetwork {
  architecture: Architecture;
  width: number;
  /** A network of many paintings: the rows that it has and how many of them are trained. */
  many?: { rows: number; trained: number };
  /** Train only what belongs to a painting: the norms and the bias of the output. */
  onlyRows?: boolean;
}

/** Options of a training step of a style. */
export interface StyleStepOptions extends StyleNetwork {
  batch: number;
  /** Height and width of what the losses see, multiples of 4. */
  size: number;
  /** Pixels around it that only the network sees, a multiple of 2. */
  margin: number;
  lossNetwork: LossNetwork;
  lossWeights: LossWeights;
  /** Weight of the stability loss. 0 by default: it costs a second run of the network. */
  stabilityWeight?: number;
  optimizer?: OptimizerName;
  /** Learning rate of the output convolution as a multiple of the others'. */
  outputRate: number;
  /** Learning rate of norms as a multiple of the convolutions'. */
  normRate: number;
  /** True when it will run on a GPU (`Graph.gpu`). */
  gpu?: boolean;
}

/** Names of the graph's inputs. */
export const STYLE_STEP = {
  content: 'content',
  motion: 'motion',
  noise: 'noise',
  gram: (layer: string) => `gram/${layer}`,
} as const;

/** The parameters in the graph of a training: all but the row that gives the photo back, which follows from others. */
export function graphSpecs({ architecture, width, many }: StyleNetwork): ParameterSpec[] {
  return parameterSpecs(architecture, width, many?.rows).filter((spec) => spec.role !== 'identity');
}

/** The parameters that a training changes. */
export function trainedSpecs(network: StyleNetwork): ParameterSpec[] {
  const ofPainting = (spec: ParameterSpec) => isPerPainting(spec) || spec.role === 'rows';
  return graphSpecs(network).filter((spec) => isTrained(spec) && (!network.onlyRows || ofPainting(spec)));
}

/**
 * Builds the training step of a style. Inputs: `content` `[N, 3, S + 2 margin, S + 2 margin]` RGB 0..255 and the
 * scalars of the optimizers; state: the parameters by name, what the optimizers remember of them, and the style's Gram
 * matrices `gram/LAYER`, `[1, C, C]`. Outputs: every loss, `generated`, the new state.
 *
 * With a stability weight there are two inputs more, `motion` `[2, 3]` and `noise` of the content's shape: the network
 * runs on the content that is moved by the one and disturbed by the other too.
 *
 * With many paintings each step trains one (see `pickPainting`); the Gram matrices are `[trained, C * C]`.
 */
export function buildStyleStep(options: StyleStepOptions): StepModel {
  const { architecture, batch, size, margin, many, lossNetwork, lossWeights, stabilityWeight = 0 } = options;
  const graph = new Graph({ gpu: options.gpu });
  const side = size + 2 * margin;
  const content = graph.input(STYLE_STEP.content, [batch, 3, side, side]);
  const inputs = parameterInputs(graph, graphSpecs(options));
  const picked = many && pickPainting(graph, inputs.get('rows')!, many.trained, options);
  const parameters = new Map([...inputs, ...(picked?.parameters ?? [])]);
  const network = lossNetwork.inGraph(graph);
  const grams = new Map(
    lossWeights.style.map(({ layer }) => {
      const c = lossNetwork.channels(layer);
      const name = STYLE_STEP.gram(layer);
      return [layer, picked?.gram(name, c) ?? graph.input(name, [1, c, c])];
    }),
  );
  const { image, running } = transform(content, parameters, { architecture, mode: 'train' });
  const inner = (picture: Tensor) => (margin === 0 ? picture : crop(picture, allSides(margin)));
  const generated = inner(image);
  let losses = perceptualLoss(network, generated, inner(content), grams, lossWeights);
  if (stabilityWeight > 0) {
    const motion = graph.input(STYLE_STEP.motion, [2, 3]);
    const moved = disturbed(content, motion, graph.input(STYLE_STEP.noise, [batch, 3, side, side]));
    const ofMoved = inner(transform(moved, parameters, { architecture, mode: 'train' }).image);
    const loss = stabilityLoss(generated, ofMoved, motion, inner(content), lossWeights.normalisation);
    losses = withLoss(losses, 'stability', loss, stabilityWeight);
  }
  return stepModel({
    graph,
    losses,
    objective: picked?.weighted(losses.total),
    trained: trainedSpecs(options).map((spec) =>
      trainedParameter(spec, inputs.get(spec.name)!, picked, options),
    ),
    optimizer: options.optimizer,
    running: options.onlyRows ? new Map() : running,
    generated,
  });
}

/** The content after a motion, continued by reflection where it comes from beyond the border, with noise. */
function disturbed(content: Tensor, motion: Tensor, noise: Tensor): Tensor {
  const side = content.shape[3] as number;
  const around = allSides(Math.min(motionReach(side), side - 1));
  return add(crop(moveAffine(reflectPad(content, around), motion), around), noise);
}

/** A parameter and how it learns. */
function trainedParameter(
  spec: ParameterSpec,
  value: Tensor,
  picked: PickedPainting | undefined,
  { outputRate, normRate }: StyleStepOptions,
): TrainedParameter {
  if (spec.role === 'rows') return { spec, value, used: picked!.row, update: picked!.update };
  const rates = { output: outputRate, norm: normRate, inner: 1, paintings: 1 };
  return { spec, value, rate: rates[spec.group] };
}
