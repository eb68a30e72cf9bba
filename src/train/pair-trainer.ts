import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/tensor.js';
import { isTrained } from '../nets/parameters.js';
import { buildPairStep, PAIR_STEP, type PairStepOptions } from './pair-step.js';
import type { LearningRate } from './schedule.js';
import { openTrainer, type RunOptions, type Trainer } from './trainer.js';

/** Options of `openPairTrainer`. */
export interface PairTrainerOptions extends Omit<PairStepOptions, 'gpu'>, RunOptions {
  /** The parameters to start from. */
  init: ReadonlyMap<string, FloatTensor>;
  rate: LearningRate;
}

/** A batch of pairs: inputs `[N, 3, h, w]` and targets `[N, 3, H, W]`, RGB 0..255. */
export interface PairBatch {
  input: FloatTensor;
  target: FloatTensor;
}

/**
 * Opens a training of pairs: builds the graph and sets the starting state.
 *
 * @throws FnsError when weights are missing, `init` does not fit, or the device is missing.
 */
export async function openPairTrainer(options: PairTrainerOptions): Promise<Trainer<PairBatch>> {
  const { network, losses, lossNetwork, batch, inputSize, optimizer, rate, init } = options;
  const layers = losses.features.map(({ layer }) => layer);
  if (layers.length > 0) lossNetwork?.requireLayers(layers);
  const wanted = [batch, 3, ...inputSize];
  return openTrainer<PairBatch>(
    {
      specs: network.specs,
      trained: network.specs.filter(isTrained),
      optimizer,
      rate,
      init,
      size: inputSize,
      sizeOf({ input }) {
        if (input.shape.join() === wanted.join()) return inputSize;
        throw failure(
          `a batch of inputs [${input.shape.join(', ')}] does not fit: [${wanted.join(', ')}] is needed`,
        );
      },
      build: (size, gpu) => buildPairStep({ ...options, inputSize: size, gpu }),
      feeds: ({ input, target }) => ({ [PAIR_STEP.input]: input, [PAIR_STEP.target]: target }),
    },
    options,
  );
}
