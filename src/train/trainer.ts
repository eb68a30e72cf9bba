import { type FnsError, failure } from '../core/errors.js';
import type { FloatTensor } from '../core/safetensors.js';
import { lossLayers } from '../losses/perceptual.js';
import { initialParameters, isTrained, parameterSpecs } from '../nets/parameters.js';
import { requireLayers } from '../nets/vgg.js';
import type { HostTensor, OpenSession, SessionOptions } from '../runtime/session.js';
import { adamScalars, momentNames } from './adam.js';
import { learningRateAt, lossWeights, type TrainingConfig } from './config.js';
import { styleTargets } from './objective.js';
import { buildStep, STEP } from './step-graph.js';

/** A picture as planes, RGB 0..255, `[3, height, width]`. */
export interface PlanarImage {
  width: number;
  height: number;
  data: Float32Array;
}

/** What a trainer starts from. */
export interface TrainerOptions {
  config: TrainingConfig;
  /** The style target, at its training size. */
  style: PlanarImage;
  vggWeights: ReadonlyMap<string, FloatTensor>;
  /** Parameters to start from; random ones by default. */
  init?: ReadonlyMap<string, FloatTensor>;
  openSession: OpenSession;
  session?: SessionOptions;
}

/** The raw (unweighted) losses of one step by name: `total` (weighted), `content/relu3_3`, `style/relu1_2`, `tv`. */
export type StepLosses = Record<string, number>;

/** A training run, one step at a time. */
export interface Trainer {
  /** Steps done so far. */
  readonly steps: number;
  readonly device: string;
  /**
   * One step on a batch `[batch, 3, size, size]`.
   *
   * @param progress the share of the training that is done, for the learning rate
   * @throws FnsError when a loss is not finite: names the step and the loss.
   */
  step(
    content: Float32Array,
    progress: number,
    withPicture?: boolean,
  ): Promise<{ losses: StepLosses; generated?: Float32Array }>;
  /** The present parameters by name. */
  parameters(): Promise<Map<string, FloatTensor>>;
  close(): Promise<void>;
}

const scalar = (value: number): HostTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });

/**
 * Builds the training graph, computes the style's Gram matrices and sets the starting state.
 *
 * @throws FnsError when weights are missing, `init` does not fit, or the device is missing.
 */
export async function openTrainer(options: TrainerOptions): Promise<Trainer> {
  const { config, vggWeights, openSession } = options;
  const { architecture, width, batch, size, lossNetwork } = config;
  const weights = lossWeights(config);
  requireLayers(lossNetwork, vggWeights, lossLayers(weights));

  const grams = await styleTargets(options);
  const { model, state, losses } = buildStep({
    architecture,
    width,
    batch,
    size,
    lossNetwork,
    lossWeights: weights,
    vggWeights,
    outputRate: config.outputRate,
  });
  const session = await openSession(model, { ...options.session, state });
  await session.writeState({ ...startState(options), ...grams });
  const lossNames = [...losses];
  let steps = 0;
  return {
    get steps() {
      return steps;
    },
    device: session.device,
    async step(content, progress, withPicture = false) {
      const { stepSize, correction } = adamScalars(learningRateAt(config, progress), steps + 1);
      const fetch = lossNames.map(([, output]) => output);
      const feeds = {
        [STEP.content]: { dtype: 'float32', shape: [batch, 3, size, size], data: content } as HostTensor,
        [STEP.stepSize]: scalar(stepSize),
        [STEP.correction]: scalar(correction),
      };
      const results = await session.run(feeds, withPicture ? [...fetch, STEP.generated] : fetch);
      steps++;
      const values = Object.fromEntries(
        lossNames.map(([name, output]) => [name, Number(results[output]!.data[0])]),
      );
      const bad = notFinite(values);
      if (bad) throw diverged(steps, bad);
      const generated = results[STEP.generated]?.data as Float32Array | undefined;
      return { losses: values, generated };
    },
    async parameters() {
      const all = await session.readState();
      const specs = parameterSpecs(architecture, width);
      return new Map(
        specs.map(({ name, shape }) => {
          const data = all[name]!.data as Float32Array;
          const bad = data.some((v) => !Number.isFinite(v));
          if (bad) throw diverged(steps, name);
          return [name, { shape, data }];
        }),
      );
    },
    close: () => session.close(),
  };
}

/** The name of the part that went wrong first: the total is the sum of the others, so it comes last. */
function notFinite(values: StepLosses): string | undefined {
  const bad = Object.entries(values).filter(([, v]) => !Number.isFinite(v));
  return (bad.find(([name]) => name !== 'total') ?? bad[0])?.[0];
}

function diverged(step: number, where: string): FnsError {
  return failure(
    `training diverged at step ${step}: ${where} is not a finite number. A smaller --lr or smaller weights help; ` +
      'the last style file that was written is still good',
  );
}

function startState({ config, init }: TrainerOptions): Record<string, HostTensor> {
  const { architecture, width, seed } = config;
  const values = init ?? initialParameters(architecture, width, seed);
  const state: Record<string, HostTensor> = {};
  for (const spec of parameterSpecs(architecture, width)) {
    const value = values.get(spec.name);
    if (!value) throw failure(`the network to start from has no parameter ${spec.name}`);
    const put = (name: string, data: Float32Array) => {
      state[name] = { dtype: 'float32', shape: spec.shape, data };
    };
    put(spec.name, value.data.slice());
    if (!isTrained(spec)) continue;
    const names = momentNames(spec.name);
    put(names.m, new Float32Array(value.data.length));
    put(names.v, new Float32Array(value.data.length));
  }
  return state;
}
