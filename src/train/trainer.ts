import type { FloatTensor } from '../core/tensor.js';
import type { ParameterSpec } from '../nets/parameters.js';
import type { OptimizerName } from '../optimizers/choice.js';
import { type HostTensor, type OpenSession, type SessionOptions, willUseGpu } from '../runtime/session.js';
import { TrainingDiverged } from './diverged.js';
import type { PaintingCourse, PaintingProgress } from './painting-course.js';
import { scalarFeeds } from './scalar-feeds.js';
import { type LearningRate, learningRateAt } from './schedule.js';
import { type PictureSize, sizedSessions } from './sized-sessions.js';
import { startState } from './start-state.js';
import { GENERATED, type StepModel } from './step-model.js';

export { TrainingDiverged } from './diverged.js';
export type { PaintingProgress } from './painting-course.js';

/** The raw (unweighted) losses of one step by name: `total` (weighted), `content/relu3_3`, `style/relu1_2`, `tv`. */
export type StepLosses = Record<string, number>;

/** The result of one step. */
export interface StepResult {
  losses: StepLosses;
  learningRate: number;
  /** The name of the painting that was trained, in a network of many. */
  painting?: string;
  /** The pictures `[batch, 3, H, W]`, when asked for. */
  generated?: FloatTensor;
}

/** Everything that a trainer needs to continue as if it had never stopped. */
export interface TrainerState {
  /** Steps done. */
  steps: number;
  /** How far each trained painting has come, in a network of many. */
  paintings: PaintingProgress[];
  /** Parameters and what the optimizers remember, by their names in the training graph. */
  tensors: Map<string, FloatTensor>;
}

/** A training, one step at a time. */
export interface Trainer<Batch = FloatTensor> {
  /** Steps done so far. */
  readonly steps: number;
  readonly device: string;
  /**
   * Does one step on a batch.
   *
   * @param progress the share of the training that is done, for the learning rate
   * @throws TrainingDiverged when a loss is not finite: names the step and the loss.
   */
  step(batch: Batch, progress: number, options?: { pictures?: boolean }): Promise<StepResult>;
  /** The present parameters by name. */
  parameters(): Promise<Map<string, FloatTensor>>;
  /** The present state, to continue from it later. */
  state(): Promise<TrainerState>;
  close(): Promise<void>;
}

/** One kind of training: its network and its graph, and what a batch of it is. */
export interface TrainingTask<Batch> {
  /** The parameters in the graph. */
  specs: readonly ParameterSpec[];
  /** Those that the training changes. */
  trained: readonly ParameterSpec[];
  /** `adam` by default. */
  optimizer?: OptimizerName;
  rate: LearningRate;
  /** The parameters to start from. */
  init: ReadonlyMap<string, FloatTensor>;
  /** Inputs that are the same in all steps, and no part of a checkpoint. */
  constants?: Readonly<Record<string, HostTensor>>;
  /** The size of the first batches: its graph is built before the first step, so that what is wrong shows early. */
  size: PictureSize;
  /**
   * The size of a batch: each size has a graph of its own.
   *
   * @throws FnsError when a batch does not fit.
   */
  sizeOf(batch: Batch): PictureSize;
  build(size: PictureSize, gpu: boolean): StepModel;
  /** A batch by the names of the graph's inputs, and what else belongs to the step (from 0 on). */
  feeds(batch: Batch, step: number): Record<string, FloatTensor>;
  /** The course of the paintings, in a network of many. */
  paintings?: PaintingCourse;
}

/** How a training runs, and what it continues from. */
export interface RunOptions {
  /** The state to continue from, instead of the task's parameters. */
  resume?: TrainerState;
  openSession: OpenSession;
  session?: SessionOptions;
}

/**
 * Opens a training: builds its graph and sets the starting state.
 *
 * @throws FnsError when the starting state does not fit, or the device is missing.
 */
export async function openTrainer<Batch>(
  task: TrainingTask<Batch>,
  { resume, openSession, session }: RunOptions,
): Promise<Trainer<Batch>> {
  const { specs, constants = {}, paintings } = task;
  let steps = resume?.steps ?? 0;
  const start = { ...startState({ ...task, resume: resume?.tensors }), ...constants };
  const gpu = await willUseGpu(openSession, session);
  const build = (size: PictureSize) => task.build(size, gpu);
  const sessions = sizedSessions({ build, start, openSession, session });
  let current = await sessions.open(task.size);

  const values = async (): Promise<Record<string, FloatTensor>> => {
    const all: Record<string, FloatTensor> = {};
    for (const [name, { shape, data }] of Object.entries(await current.session.readState())) {
      const tensor = { shape: [...shape], data: data as Float32Array };
      if (tensor.data.some((v) => !Number.isFinite(v))) throw new TrainingDiverged(steps, name);
      all[name] = tensor;
    }
    return all;
  };
  return {
    get steps() {
      return steps;
    },
    device: current.session.device,
    async step(batch, progress, { pictures = false } = {}) {
      current = await sessions.open(task.sizeOf(batch));
      const { step } = current;
      const learningRate = learningRateAt(task.rate, progress);
      const turn = paintings?.turn(steps, learningRate);
      const feeds: Record<string, HostTensor> = { ...turn?.feeds };
      for (const [name, tensor] of Object.entries(task.feeds(batch, steps))) {
        feeds[name] = { dtype: 'float32', ...tensor };
      }
      for (const optimizer of step.optimizers) {
        Object.assign(feeds, scalarFeeds(optimizer.scalars(learningRate, steps + 1)));
      }
      const results = await current.session.run(feeds, [
        ...step.losses.values(),
        ...(pictures ? [GENERATED] : []),
      ]);
      steps++;
      const losses: StepLosses = {};
      for (const [name, output] of step.losses) losses[name] = Number(results[output]!.data[0]);
      const bad = notFinite(losses);
      if (bad !== undefined) throw new TrainingDiverged(steps, bad);
      turn?.done(losses.total!);
      const generated = results[GENERATED];
      return {
        losses,
        learningRate,
        ...(turn && { painting: turn.name }),
        ...(generated && {
          generated: { shape: [...generated.shape], data: generated.data as Float32Array },
        }),
      };
    },
    async parameters() {
      const all = await values();
      const own = new Map(specs.map(({ name }) => [name, all[name]!]));
      return paintings?.withIdentity(own) ?? own;
    },
    async state() {
      const tensors = new Map(Object.entries(await values()).filter(([name]) => !(name in constants)));
      if (paintings?.identity) tensors.set('identity', paintings.identity);
      return { steps, paintings: paintings?.progress() ?? [], tensors };
    },
    close: () => sessions.close(),
  };
}

/** The name of the loss that went wrong first: the total is the sum of the others, so it comes last. */
function notFinite(losses: StepLosses): string | undefined {
  const bad = Object.keys(losses).filter((name) => !Number.isFinite(losses[name]));
  return bad.find((name) => name !== 'total') ?? bad[0];
}
