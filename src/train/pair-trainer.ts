import { failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { isTrained } from '../nets/parameters.js';
import { adamScalars, momentNames } from '../optimizers/adam.js';
import { type HostTensor, type OpenSession, type SessionOptions, willUseGpu } from '../runtime/session.js';
import { learningRateAt, type TrainingConfig } from './config.js';
import { buildPairStep, PAIR_STEP, type PairStepOptions } from './pair-step.js';
import { type StepLosses, type TrainerState, TrainingDiverged } from './trainer.js';

/** What a trainer of pairs starts from. */
export interface PairTrainerOptions extends PairStepOptions {
  /** The parameters to start from. */
  init: ReadonlyMap<string, FloatTensor>;
  /** The state to continue from, instead of `init`. */
  resume?: TrainerState;
  rate: Pick<TrainingConfig, 'learningRate' | 'schedule'>;
  openSession: OpenSession;
  session?: SessionOptions;
}

/** A batch of pairs: `[N, 3, h, w]` and `[N, 3, H, W]`, RGB 0..255. */
export interface PairBatch {
  input: Float32Array;
  target: Float32Array;
}

/** What one step of pairs gives. */
export interface PairStepResult {
  /** The unweighted losses by name, and `total`. */
  losses: StepLosses;
  learningRate: number;
}

/** A training of pairs, one step at a time. */
export interface PairTrainer {
  /** Steps done so far. */
  readonly steps: number;
  readonly device: string;
  /**
   * One step.
   *
   * @param progress the share of the training that is done, for the learning rate
   * @throws TrainingDiverged when a loss is not finite.
   */
  step(batch: PairBatch, progress: number): Promise<PairStepResult>;
  /** The present parameters by name. */
  parameters(): Promise<Map<string, FloatTensor>>;
  /** The present state, to continue from it later. */
  state(): Promise<TrainerState>;
  close(): Promise<void>;
}

/**
 * Builds the training graph of pairs and sets the starting state.
 *
 * @throws FnsError when weights are missing or the starting state does not fit.
 */
export async function openPairTrainer(options: PairTrainerOptions): Promise<PairTrainer> {
  const { network, losses, lossNetwork, batch, inputSize, resume } = options;
  const layers = losses.features.map(({ layer }) => layer);
  if (layers.length > 0) lossNetwork?.requireLayers(layers);
  const gpu = await willUseGpu(options.openSession, options.session);
  const built = buildPairStep({ ...options, gpu });
  const session = await options.openSession(built.model, { ...options.session, state: built.state });
  await session.writeState(startState(options));
  let steps = resume?.steps ?? 0;
  const names = [...built.losses];
  const tensors = async () => {
    const all = new Map<string, FloatTensor>();
    for (const [name, { shape, data }] of Object.entries(await session.readState())) {
      if ((data as Float32Array).some((v) => !Number.isFinite(v))) throw new TrainingDiverged(steps, name);
      all.set(name, { shape: [...shape], data: data as Float32Array });
    }
    return all;
  };
  return {
    get steps() {
      return steps;
    },
    device: session.device,
    async step({ input, target }, progress) {
      const learningRate = learningRateAt(options.rate, progress);
      const { stepSize, correction } = adamScalars(learningRate, steps + 1);
      const factor = Math.sqrt(target.length / input.length);
      const [h, w] = inputSize;
      const results = await session.run(
        {
          [PAIR_STEP.input]: tensor(input, [batch, 3, h, w]),
          [PAIR_STEP.target]: tensor(target, [batch, 3, h * factor, w * factor]),
          [PAIR_STEP.stepSize]: tensor(Float32Array.of(stepSize), []),
          [PAIR_STEP.correction]: tensor(Float32Array.of(correction), []),
        },
        names.map(([, output]) => output),
      );
      steps++;
      const values: StepLosses = Object.fromEntries(
        names.map(([name, output]) => [name, Number(results[output]!.data[0])]),
      );
      const bad = names.map(([name]) => name).filter((name) => !Number.isFinite(values[name]));
      if (bad.length > 0) throw new TrainingDiverged(steps, bad.at(-1)!);
      return { losses: values, learningRate };
    },
    async parameters() {
      const all = await tensors();
      return new Map(network.specs.map(({ name }) => [name, all.get(name)!]));
    },
    async state() {
      return { steps, paintings: [], tensors: await tensors() };
    },
    close: () => session.close(),
  };
}

function tensor(data: Float32Array, shape: number[]): HostTensor {
  return { dtype: 'float32', shape, data };
}

/** Parameters and moments before the first step. */
function startState({ network, init, resume }: PairTrainerOptions): Record<string, HostTensor> {
  const values = resume?.tensors ?? init;
  const state: Record<string, HostTensor> = {};
  const put = (name: string, shape: number[], value: FloatTensor | undefined) => {
    if (!value) throw failure(`the network to start from has no ${name}`);
    if (value.shape.join() !== shape.join()) {
      throw failure(`${name} is [${value.shape.join(', ')}] where [${shape.join(', ')}] is needed`);
    }
    state[name] = tensor(value.data.slice(), shape);
  };
  for (const { name, shape } of network.specs) put(name, shape, values.get(name));
  for (const { name, shape } of network.specs.filter(isTrained)) {
    const zeros = { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
    for (const moment of Object.values(momentNames(name)))
      put(moment, shape, resume ? values.get(moment) : zeros);
  }
  return state;
}
