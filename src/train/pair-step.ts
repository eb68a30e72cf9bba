import { Graph, type Tensor } from '../graph/index.js';
import { type PairLossWeights, pairLosses } from '../losses/pair-losses.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { isTrained, type ParameterSpec } from '../nets/parameters.js';
import type { NetworkMode, Transformed } from '../nets/transform.js';
import type { OptimizerName } from '../optimizers/choice.js';
import { parameterInputs, type StepModel, stepModel } from './step-model.js';

/** A network from pictures to pictures, as a training of pairs sees it. */
export interface ImageNetwork {
  specs: readonly ParameterSpec[];
  apply(image: Tensor, parameters: ReadonlyMap<string, Tensor>, mode: NetworkMode): Transformed;
}

/** Options of a training step of pairs. */
export interface PairStepOptions {
  network: ImageNetwork;
  batch: number;
  /** Height and width of the inputs. */
  inputSize: readonly [number, number];
  losses: PairLossWeights;
  /** `adam` by default. */
  optimizer?: OptimizerName;
  /** Learning rate of the output convolution as a multiple of the others'. 1 by default. */
  outputRate?: number;
  /** Needed when features are compared. */
  lossNetwork?: LossNetwork;
  /** True when it will run on a GPU (`Graph.gpu`). */
  gpu?: boolean;
}

/** Names of the graph's inputs. */
export const PAIR_STEP = { input: 'input', target: 'target' } as const;

/**
 * Builds the training step of pairs. Inputs: `input` `[N, 3, h, w]` and `target` `[N, 3, H, W]` of the size that the
 * network makes of it, RGB 0..255, and the scalars of the optimizers; state: the parameters by name and what the
 * optimizers remember of them. Outputs: every loss, `generated`, the new state.
 */
export function buildPairStep(options: PairStepOptions): StepModel {
  const { network, batch, inputSize, outputRate = 1 } = options;
  const graph = new Graph({ gpu: options.gpu });
  const input = graph.input(PAIR_STEP.input, [batch, 3, ...inputSize]);
  const parameters = parameterInputs(graph, network.specs);
  const { image, running } = network.apply(input, parameters, 'train');
  const target = graph.input(PAIR_STEP.target, image.shape);
  return stepModel({
    graph,
    losses: pairLosses(image, target, options.losses, options.lossNetwork),
    trained: network.specs.filter(isTrained).map((spec) => ({
      spec,
      value: parameters.get(spec.name)!,
      rate: spec.group === 'output' ? outputRate : 1,
    })),
    optimizer: options.optimizer,
    running,
    generated: image,
  });
}
