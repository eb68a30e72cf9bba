import { join } from 'node:path';
import sharp from 'sharp';
import type { Image } from '../../core/image.js';
import { fromPlanes } from '../../core/planes.js';
import type { FloatTensor } from '../../core/tensor.js';
import type { TrainingConfig } from '../../train/config.js';
import { lossTags } from '../../train/loss-tags.js';
import type { StepLosses } from '../../train/trainer.js';
import { makeFolder } from '../media/files.js';
import { openJsonLines } from './json-lines.js';
import { openEventFile, type Png } from './tensorboard.js';

/** Where and how a training is logged. */
export interface TrainingLogOptions {
  /** The folder of the logs, made where missing: `log.jsonl` and the event files that `tensorboard --logdir` reads. */
  folder: string;
  /** The training of a style, whose tags are the source's (`lossTags`); or of another kind, with tags of its own. */
  config: TrainingConfig | OtherTraining;
  /** Every this many steps are logged, and the first step of a new training. Default 25, as in the source. */
  every?: number;
  /**
   * The steps that were done before, when a training goes on in its folder: what is logged there of later steps is
   * dropped, because they are done again. 0, the default, begins anew and drops all lines.
   */
  resumedAt?: number;
  /** Told once, in one line, when a log cannot be written. The training goes on and later steps are tried again. */
  onWarning?: (message: string) => void;
  /** Milliseconds since 1970; for tests. */
  now?: () => number;
}

/** A training that is not of a style, as the log names it. */
export interface OtherTraining {
  batch: number;
  tags: (losses: StepLosses) => Record<string, number>;
}

/** The numbers of one step. */
export interface StepScalars {
  /** As `Trainer.step` returns them. */
  losses: StepLosses;
  learningRate: number;
  /** Seconds of training so far. */
  seconds: number;
  /** The painting that was trained, in a network of many: its total goes to `paintings/<name>` as well. */
  painting?: string;
}

/** The pictures of one step: the batch `[N, 3, H, W]`, RGB 0..255 (clipped), as the network gave it and as it came. */
export interface StepImages {
  generated: FloatTensor;
  origin: FloatTensor;
}

/** The log of a training. Its calls return at once, write in order behind the training's back, and never throw. */
export interface TrainingLog {
  /** Tells whether `scalars` logs this step. */
  due(step: number): boolean;
  /** Logs the numbers of a step that is due; ignores other steps. */
  scalars(step: number, values: StepScalars): void;
  /**
   * Logs the first three pictures of a batch as `generated/image/0` and `origin/image/0`, whether the step is due or
   * not.
   */
  images(step: number, pictures: StepImages): void;
  /** Waits for what is being written and closes the files. */
  close(): Promise<void>;
}

/** As many pictures of a batch as TensorFlow's `summary.image` keeps. */
const MOST_IMAGES = 3;

/**
 * Opens the log of a training: TensorBoard event files and the same numbers as JSON lines,
 * `{ step, seconds, learningRate, <tag>: <value> }`. The tags are the source's (`lossTags`). A folder that has logs
 * already gets one more event file.
 *
 * @throws FnsError when the folder or a file in it cannot be made.
 */
export async function openTrainingLog(options: TrainingLogOptions): Promise<TrainingLog> {
  const { folder, config, every = 25, resumedAt = 0, onWarning, now } = options;
  await makeFolder(folder);
  const lines = await openJsonLines(join(folder, 'log.jsonl'), { resumedAt });
  const events = await openEventFile(folder, { resumedAt, now });
  let warned = false;
  let queue = Promise.resolve();
  /** Does the work after all earlier work; the first failure is reported. */
  const later = (...work: (() => Promise<void>)[]) => {
    for (const task of work) {
      queue = queue.then(task).catch((error: Error) => {
        if (!warned) onWarning?.(`${error.message}; the log is incomplete, the training goes on`);
        warned = true;
      });
    }
  };
  const due = (step: number) => step % every === 0 || step === 1;
  return {
    due,
    scalars(step, { losses, learningRate, seconds, painting }) {
      if (!due(step)) return;
      const tags = 'tags' in config ? config.tags(losses) : lossTags(losses, config);
      const ofPainting = painting === undefined ? {} : { [`paintings/${painting}`]: losses.total ?? 0 };
      later(
        () => lines.line(step, { seconds, learningRate, painting, ...tags }),
        () => events.scalars(step, { ...tags, learning_rate: learningRate, ...ofPainting }),
      );
    },
    images(step, { generated, origin }) {
      // Taken as bytes at once, because the caller's arrays may go to another thread.
      const pictures = {
        ...firstOf('generated', generated),
        ...firstOf('origin', origin),
      };
      later(async () => {
        const files: Record<string, Png> = {};
        for (const [tag, picture] of Object.entries(pictures)) files[tag] = await toPng(picture);
        await events.images(step, files);
      });
    },
    async close() {
      later(
        () => lines.close(),
        () => events.close(),
      );
      await queue;
    },
  };
}

/** The first pictures of a batch `[N, 3, H, W]` by TensorFlow's tags: `generated/image/0`, ... */
function firstOf(name: string, { shape, data }: FloatTensor): Record<string, Image> {
  const [count, channels, height, width] = shape as [number, number, number, number];
  const size = channels * height * width;
  const found: Record<string, Image> = {};
  for (let i = 0; i < Math.min(count, MOST_IMAGES); i++) {
    const planes = data.subarray(i * size, (i + 1) * size);
    found[`${name}/image/${i}`] = fromPlanes({ width, height, data: planes });
  }
  return found;
}

async function toPng({ width, height, data }: Image): Promise<Png> {
  const raw = { width, height, channels: 3 } as const;
  return { width, height, bytes: await sharp(data, { raw }).png().toBuffer() };
}
