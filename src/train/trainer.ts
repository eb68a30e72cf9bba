import { FnsError, failure } from '../core/errors.js';
import { combineSeeds, shuffled } from '../core/random.js';
import type { FloatTensor } from '../core/safetensors.js';
import { lossLayers } from '../losses/perceptual.js';
import type { LossNetwork } from '../nets/loss-network.js';
import { initialParameters, type ParameterSpec, parameterSpecs } from '../nets/parameters.js';
import { identityRow, rowLength } from '../nets/rows.js';
import { adamScalars } from '../optimizers/adam.js';
import { memoryNames, usesMuon } from '../optimizers/optimizer.js';
import {
  type HostTensor,
  type OpenSession,
  type Session,
  type SessionOptions,
  willUseGpu,
} from '../runtime/session.js';
import { learningRateAt, lossWeights, type TrainingConfig } from './config.js';
import { buildStep, STEP, type StepModel, type StepOptions, trainedSpecs } from './step-graph.js';
import { type StyleSource, styleTargets } from './style-target.js';

/** What a trainer starts from. */
export interface TrainerOptions {
  config: TrainingConfig;
  /** The style target at its training size, of a network of one painting. */
  style?: StyleSource;
  /** The paintings to train of a network of many, by their names in `config.paintings`. */
  paintings?: readonly { name: string; style: StyleSource }[];
  /** The network that `config.lossNetwork` names. */
  lossNetwork: LossNetwork;
  /** Parameters to start from; random ones by default. */
  init?: ReadonlyMap<string, FloatTensor>;
  /** The state to continue from, instead of `init`. */
  resume?: TrainerState;
  openSession: OpenSession;
  session?: SessionOptions;
}

/** Everything that a trainer needs to continue as if it had never stopped. */
export interface TrainerState {
  /** Steps done. */
  steps: number;
  /** What is known of each trained painting, in a network of many: its steps and the running mean of its loss. */
  paintings: PaintingProgress[];
  /** Parameters and moments by their names in the training graph. */
  tensors: Map<string, FloatTensor>;
}

/** The course of one painting among many. */
export interface PaintingProgress {
  steps: number;
  /** Running mean of the total loss; 0 before the first step. */
  loss: number;
}

/** The raw (unweighted) losses of one step by name: `total` (weighted), `content/relu3_3`, `style/relu1_2`, `tv`. */
export type StepLosses = Record<string, number>;

/** What one step gives. */
export interface StepResult {
  losses: StepLosses;
  learningRate: number;
  /** The name of the painting that was trained, in a network of many. */
  painting?: string;
  /** The pictures `[batch, 3, size, size]`, when asked for. */
  generated?: Float32Array;
}

/** A training of which some number is not finite any more. */
export class TrainingDiverged extends FnsError {
  /** Steps done when it was found. */
  readonly step: number;
  /** The loss or the parameter. */
  readonly where: string;

  constructor(step: number, where: string) {
    super(
      `training diverged at step ${step}: ${where} is not a finite number. A smaller --lr or smaller weights help; ` +
        'the last style file that was written is still good',
      'failure',
    );
    this.step = step;
    this.where = where;
  }
}

/** A training run, one step at a time. */
export interface Trainer {
  /** Steps done so far. */
  readonly steps: number;
  readonly device: string;
  /**
   * One step on a batch `[batch, 3, side, side]`, where `side` is one of `trainingSizes`.
   *
   * @param progress the share of the training that is done, for the learning rate
   * @throws TrainingDiverged when a loss is not finite: names the step and the loss.
   */
  step(content: Float32Array, progress: number, withPicture?: boolean): Promise<StepResult>;
  /** The present parameters by name. */
  parameters(): Promise<Map<string, FloatTensor>>;
  /** The present state, to continue from it later. */
  state(): Promise<TrainerState>;
  close(): Promise<void>;
}

const scalar = (value: number): HostTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });

/** A vector `[1, n]` of zeros with a 1 at `place`. */
function oneHot(n: number, place: number): HostTensor {
  const data = new Float32Array(n);
  data[place] = 1;
  return { dtype: 'float32', shape: [1, n], data };
}

/**
 * Builds the training graph, computes the style's Gram matrices and sets the starting state.
 *
 * @throws FnsError when weights are missing, `init` does not fit, or the device is missing.
 */
export async function openTrainer(options: TrainerOptions): Promise<Trainer> {
  const { config, lossNetwork } = options;
  const weights = lossWeights(config);
  lossNetwork.requireLayers(lossLayers(weights));
  const paintings = options.paintings ?? [];
  const places = paintings.map(({ name }) => placeOf(name, config));
  const many = config.paintings && { rows: config.paintings.length, trained: paintings.length };
  const graphOptions: Omit<StepOptions, 'size'> = {
    ...config,
    lossWeights: weights,
    lossNetwork,
    many,
    onlyRows: config.only === 'rows',
    gpu: await willUseGpu(options.openSession, options.session),
  };
  const specs = parameterSpecs(config.architecture, config.width, many?.rows);
  const trained = trainedSpecs(graphOptions);
  const targets = await styleTargets({ ...options, styles: stylesOf(options) });
  const grams = many ? targets : unbatched(targets);

  const start = startState(options, specs, trained);
  const courses =
    options.resume?.paintings.map((p) => ({ ...p })) ?? paintings.map(() => ({ steps: 0, loss: 0 }));
  let steps = options.resume?.steps ?? 0;
  const identity = start.identity?.data as Float32Array | undefined;
  const { identity: _, ...first } = start;
  const sessions = sizedSessions(options, graphOptions, { ...first, ...grams });
  // The first size is opened at once, so that what is wrong shows before the first step.
  let current = await sessions.open(config.size);

  const values = async () => {
    const all = await current.session.readState();
    for (const [name, { data }] of Object.entries(all)) {
      if ((data as Float32Array).some((v) => !Number.isFinite(v))) throw new TrainingDiverged(steps, name);
    }
    return all;
  };
  return {
    get steps() {
      return steps;
    },
    device: current.session.device,
    async step(content, progress, withPicture = false) {
      const { batch } = config;
      const side = Math.round(Math.sqrt(content.length / (3 * batch)));
      current = await sessions.open(side - 2 * config.margin);
      const learningRate = learningRateAt(config, progress);
      const feeds: Record<string, HostTensor> = {
        [STEP.content]: { dtype: 'float32', shape: [batch, 3, side, side], data: content },
      };
      if (trained.some((spec) => spec.role !== 'rows')) {
        const { stepSize, correction } = adamScalars(learningRate, steps + 1);
        if (trained.some((spec) => spec.role !== 'rows' && !usesMuon(spec, config.optimizer))) {
          Object.assign(feeds, { [STEP.stepSize]: scalar(stepSize), [STEP.correction]: scalar(correction) });
        }
        if (trained.some((spec) => usesMuon(spec, config.optimizer)))
          feeds[STEP.learningRate] = scalar(learningRate);
      }
      const painting = many ? drawn(steps, paintings.length, config.seed) : -1;
      if (many) {
        const row = adamScalars(learningRate, courses[painting]!.steps + 1);
        Object.assign(feeds, {
          [STEP.rowStepSize]: scalar(row.stepSize),
          [STEP.rowCorrection]: scalar(row.correction),
          [STEP.pickRow]: oneHot(many.rows, places[painting]!),
          [STEP.pickStyle]: oneHot(many.trained, painting),
          [STEP.gain]: scalar(gainOf(courses, painting)),
        });
      }
      const names = [...current.step.losses];
      const fetch = names.map(([, output]) => output);
      const results = await current.session.run(feeds, withPicture ? [...fetch, STEP.generated] : fetch);
      steps++;
      const losses = Object.fromEntries(
        names.map(([name, output]) => [name, Number(results[output]!.data[0])]),
      );
      const bad = notFinite(losses);
      if (bad) throw new TrainingDiverged(steps, bad);
      if (many) advance(courses[painting]!, losses.total!);
      const generated = results[STEP.generated]?.data as Float32Array | undefined;
      return { losses, learningRate, generated, ...(many ? { painting: paintings[painting]!.name } : {}) };
    },
    async parameters() {
      const all = await values();
      const result = new Map<string, FloatTensor>();
      for (const { name, shape, role } of specs) {
        if (role !== 'identity') result.set(name, { shape, data: all[name]!.data as Float32Array });
      }
      if (many) {
        const data =
          config.only === 'rows' && identity ? identity : identityRow(result.get('rows')!.data, config.width);
        result.set('identity', { shape: [rowLength(config.width)], data });
      }
      return result;
    },
    async state() {
      const all = await values();
      const tensors = new Map<string, FloatTensor>();
      for (const [name, { shape, data }] of Object.entries(all)) {
        if (!(name in grams)) tensors.set(name, { shape: [...shape], data: data as Float32Array });
      }
      if (identity) tensors.set('identity', { shape: [identity.length], data: identity });
      return { steps, paintings: courses.map((p) => ({ ...p })), tensors };
    },
    close: () => sessions.close(),
  };
}

/** The trained painting of a step: every painting once in a random order, again and again. */
function drawn(step: number, paintings: number, seed: number): number {
  const round = Math.floor(step / paintings);
  return shuffled(paintings, combineSeeds(seed, 0x9a1d, round))[step % paintings]!;
}

/** Share of the newest loss in a painting's running mean. */
const NEWEST = 0.1;

function advance(course: PaintingProgress, loss: number): void {
  course.loss = course.steps === 0 ? loss : (1 - NEWEST) * course.loss + NEWEST * loss;
  course.steps++;
}

/**
 * What a painting's loss is multiplied with, so that all weigh alike: the losses of paintings differ by a factor of ten, and without it
 * those with small ones hardly learn (some got worse while the others learned). It is the mean of all running means over its own.
 */
function gainOf(courses: readonly PaintingProgress[], painting: number): number {
  const known = courses.filter((p) => p.loss > 0);
  const own = courses[painting]!.loss;
  if (own === 0) return 1;
  return known.reduce((sum, p) => sum + p.loss, 0) / known.length / own;
}

function placeOf(name: string, config: TrainingConfig): number {
  const place = config.paintings?.indexOf(name) ?? -1;
  if (place < 0) throw new Error(`openTrainer: '${name}' is not among the configuration's paintings`);
  return place;
}

function stylesOf({ style, paintings, config }: TrainerOptions): StyleSource[] {
  const styles = config.paintings ? (paintings ?? []).map((p) => p.style) : style ? [style] : [];
  if (styles.length === 0) throw new Error('openTrainer: no painting was given');
  return styles;
}

/** The Gram matrices of one painting as `[1, C, C]`. */
function unbatched(targets: Record<string, HostTensor>): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(targets).map(([name, { dtype, data }]) => {
      const c = Math.round(Math.sqrt(data.length));
      return [name, { dtype, shape: [1, c, c], data }];
    }),
  );
}

/** The training graph of one size. */
interface SizedSession {
  size: number;
  /** Without the model itself: it holds the loss network's weights, which the session has by then. */
  step: Omit<StepModel, 'model'>;
  session: Session;
}

/** One session for each size of the batches; the state moves from the one used last to the one wanted. */
function sizedSessions(
  { openSession, session: sessionOptions }: TrainerOptions,
  graphOptions: Omit<StepOptions, 'size'>,
  start: Record<string, HostTensor>,
) {
  const opened = new Map<number, SizedSession>();
  let last: SizedSession | undefined;
  return {
    async open(size: number): Promise<SizedSession> {
      if (last?.size === size) return last;
      let wanted = opened.get(size);
      if (!wanted) {
        if (size % 4 !== 0 || size < 16) {
          throw failure(
            `a batch of ${size}x${size} pictures does not fit: sides are multiples of 4 from 16 on`,
          );
        }
        const { model, ...step } = buildStep({ ...graphOptions, size });
        const session = await openSession(model, { ...sessionOptions, state: step.state });
        wanted = { size, step, session };
        opened.set(size, wanted);
      }
      await wanted.session.writeState(last ? await last.session.readState() : start);
      last = wanted;
      return wanted;
    },
    async close() {
      await Promise.all([...opened.values()].map(({ session }) => session.close()));
    },
  };
}

/** The name of the part that went wrong first: the total is the sum of the others, so it comes last. */
function notFinite(values: StepLosses): string | undefined {
  const bad = Object.entries(values).filter(([, v]) => !Number.isFinite(v));
  return (bad.find(([name]) => name !== 'total') ?? bad[0])?.[0];
}

/** Parameters and moments before the first step: those to continue from, or `init` or random ones and zeros. */
function startState(
  { config, init, resume }: TrainerOptions,
  specs: readonly ParameterSpec[],
  trained: readonly ParameterSpec[],
): Record<string, HostTensor> {
  const { architecture, width, seed, paintings } = config;
  const values = resume?.tensors ?? init ?? initialParameters(architecture, width, seed, paintings?.length);
  const state: Record<string, HostTensor> = {};
  const put = (name: string, shape: number[], value: FloatTensor | undefined) => {
    if (value && value.shape.join() !== shape.join()) {
      throw failure(`${name} is [${value.shape.join(', ')}] where [${shape.join(', ')}] is needed`);
    }
    const size = shape.reduce((a, b) => a * b, 1);
    state[name] = { dtype: 'float32', shape, data: value?.data.slice() ?? new Float32Array(size) };
  };
  for (const { name, shape, role } of specs) {
    const value = values.get(name);
    if (!value && role === 'identity') continue;
    if (!value) throw failure(`the network to start from has no parameter ${name}`);
    put(name, shape, value);
  }
  for (const spec of trained) {
    const { shape } = spec;
    for (const moment of memoryNames(spec, config.optimizer)) {
      const value = resume?.tensors.get(moment);
      if (resume && !value) throw failure(`the state to continue from has no ${moment}`);
      put(moment, shape, value);
    }
  }
  return state;
}
