import { combineSeeds, shuffled } from '../core/random.js';
import type { FloatTensor } from '../core/tensor.js';
import { identityRow } from '../nets/rows.js';
import { adamOptimizer } from '../optimizers/adam.js';
import type { HostTensor } from '../runtime/session.js';
import type { TrainingConfig } from './config.js';
import { PAINTING } from './painting-table.js';
import { scalarFeeds } from './scalar-feeds.js';

/** How far one painting among many has come. */
export interface PaintingProgress {
  steps: number;
  /** Running mean of the total loss; 0 before the first step. */
  loss: number;
}

/** The painting of one step. */
export interface PaintingTurn {
  name: string;
  /** The inputs that pick it, by name. */
  feeds: Record<string, HostTensor>;
  /** Takes down the total loss of the step. */
  done(loss: number): void;
}

/** The course of a training of many paintings: which of them each step trains, and how far they have come. */
export interface PaintingCourse {
  /** The painting of a step, counted from 0. */
  turn(step: number, learningRate: number): PaintingTurn;
  progress(): PaintingProgress[];
  /** The row that gives the photo back, as the training found it; undefined for a new network. */
  readonly identity: FloatTensor | undefined;
  /** The parameters of a file: those of the graph and the row that gives the photo back. */
  withIdentity(parameters: ReadonlyMap<string, FloatTensor>): Map<string, FloatTensor>;
}

/** Options of `paintingCourse`. */
export interface CourseOptions {
  config: TrainingConfig;
  /** Names of the paintings to train, in the order of the table of their Gram matrices. */
  trained: readonly string[];
  /** To go on from. */
  progress?: readonly PaintingProgress[];
  /** The row that gives the photo back, where the network has one. */
  identity?: FloatTensor;
}

/**
 * Begins the course of a training of many paintings.
 *
 * @throws Error when a painting has no row in the configuration.
 */
export function paintingCourse({ config, trained, progress, identity }: CourseOptions): PaintingCourse {
  const { paintings = [], seed, width, only } = config;
  const places = trained.map((name) => {
    const place = paintings.indexOf(name);
    if (place < 0) throw new Error(`'${name}' is not among the configuration's paintings`);
    return place;
  });
  const courses = progress?.map((p) => ({ ...p })) ?? trained.map(() => ({ steps: 0, loss: 0 }));
  return {
    identity,
    turn(step, learningRate) {
      const painting = drawn(step, trained.length, seed);
      const course = courses[painting]!;
      const scalars = adamOptimizer.scalars(learningRate, course.steps + 1);
      const ofRow = Object.entries(scalars).map(([name, value]) => [PAINTING.scalar(name), value]);
      return {
        name: trained[painting]!,
        feeds: {
          ...scalarFeeds({ ...Object.fromEntries(ofRow), [PAINTING.gain]: gainOf(courses, course) }),
          [PAINTING.row]: oneHot(paintings.length, places[painting]!),
          [PAINTING.style]: oneHot(trained.length, painting),
        },
        done: (loss) => advance(course, loss),
      };
    },
    progress: () => courses.map((p) => ({ ...p })),
    withIdentity(parameters) {
      const own = only === 'rows' ? identity : undefined;
      const data = own?.data ?? identityRow(parameters.get('rows')!.data, width);
      return new Map(parameters).set('identity', { shape: [data.length], data });
    },
  };
}

/** The painting of a step: every painting once in a random order, again and again. */
function drawn(step: number, paintings: number, seed: number): number {
  const round = Math.floor(step / paintings);
  return shuffled(paintings, combineSeeds(seed, 0x9a1d, round))[step % paintings]!;
}

/** A vector `[1, n]` of zeros with a 1 at `place`. */
function oneHot(n: number, place: number): HostTensor {
  const data = new Float32Array(n);
  data[place] = 1;
  return { dtype: 'float32', shape: [1, n], data };
}

/** Share of the newest loss in a painting's running mean. */
const NEWEST = 0.1;

function advance(course: PaintingProgress, loss: number): void {
  course.loss = course.steps === 0 ? loss : (1 - NEWEST) * course.loss + NEWEST * loss;
  course.steps++;
}

/**
 * The factor of a painting's loss, so that all weigh alike: the losses of paintings differ by a factor of ten, and
 * without it those with small ones hardly learn (some got worse while the others learned). It is the mean of all
 * running means over its own.
 */
function gainOf(courses: readonly PaintingProgress[], { loss }: PaintingProgress): number {
  const known = courses.filter((p) => p.loss > 0);
  if (loss === 0) return 1;
  return known.reduce((sum, p) => sum + p.loss, 0) / known.length / loss;
}
