/** Training photos as a stream of batches: which photo when, cut how. Where pictures come from, a reader says. */
import { FnsError, failure, usage } from '../core/errors.js';
import type { Image } from '../core/image.js';
import { combineSeeds, randomGenerator, shuffled } from '../core/random.js';
import { cropPicture, mirroredPicture } from '../core/rectangles.js';
import { type Size, withShorterSide } from '../core/sizes.js';
import type { FloatTensor } from '../core/tensor.js';

/** Gives training photos by their number. */
export interface PhotoReader {
  readonly count: number;
  /** The name of a photo: its path. */
  name(index: number): string;
  /**
   * The photo, opaque, at the size that `resize` chooses from its own.
   *
   * @throws FnsError when it cannot be read.
   */
  read(index: number, resize: (own: Size) => Size): Promise<Image>;
  /** The input picture that belongs to a photo, for trainings on pairs: both are cut alike. */
  readInput?(index: number, resize: (own: Size) => Size): Promise<Image>;
}

/** Options of `openBatches`. */
export interface BatchOptions {
  /** Side of the square crops in pixels; of several, each batch draws one. */
  size: number | readonly number[];
  /** Photos in a batch. */
  batch: number;
  seed: number;
  /**
   * `random` (default): the shorter side resized to a random value in [size, min(shorter side, 1.25 size)], a random
   * position, mirrored half of the time. `centre`: the shorter side resized to `size`, the middle, never mirrored.
   * `own`: a random position of the photo at its own size (enlarged only where it is smaller than `size`), mirrored
   * half of the time.
   */
  crop?: 'random' | 'centre' | 'own';
  /** Mirrors random crops half of the time. Default true. */
  flip?: boolean;
  /** Batches to pass over, to continue where a source with the same options was stopped. Default 0. */
  startAt?: number;
  /** Photos read at the same time. Default 4, the number of Node.js' threads for such work. */
  workers?: number;
  /** Told once of each photo that cannot be read, with one line that says why. */
  onSkip?: (name: string, reason: string) => void;
}

/** One batch of training photos. */
export interface PhotoBatch {
  /** `[batch, 3, size, size]`, RGB, 0..255. */
  pictures: FloatTensor;
  /** The input pictures, where the reader has them; the same shape. */
  inputs?: FloatTensor;
  size: number;
  /** How many times all photos had been drawn before the batch's first photo. */
  epoch: number;
  /** The batch's number since the beginning of training, from 0. */
  index: number;
}

/** An endless, repeatable stream of batches. */
export interface PhotoSource {
  /**
   * The next batch.
   *
   * @throws FnsError when no photo at all can be read, or after `close`.
   */
  next(): Promise<PhotoBatch>;
  /** Batches drawn so far, `startAt` included: give it as `startAt` to continue. */
  readonly position: number;
  /** Stops reading ahead. */
  close(): void;
}

const BATCHES_AHEAD = 3;

/** Sets the draws of sizes apart from the others of the same seed. */
const SIZES = 0x512e;

/**
 * Opens photos as a stream of batches, read ahead of their use. Every epoch draws each photo once in a new order;
 * batches run across the end of an epoch. What sample number i of an epoch looks like follows from (seed, epoch, i)
 * alone, never from timing. An unreadable photo's place, and that of a crop of one colour, is taken by the next photo
 * of that epoch's order.
 *
 * @throws FnsError (usage) when there are no photos or a number makes no sense.
 */
export function openBatches(reader: PhotoReader, options: BatchOptions): PhotoSource {
  const { size, batch, seed, startAt = 0, workers = 4, onSkip } = options;
  if (reader.count === 0) throw usage('there are no training photos');
  const sizes = typeof size === 'number' ? [size] : size;
  if (sizes.length === 0) throw usage('the training photos need a size');
  for (const side of sizes) requireWhole('size', side, 1);
  requireWhole('batch', batch, 1);
  requireWhole('startAt', startAt, 0);
  requireWhole('workers', workers, 1);

  const limited = limitConcurrency(workers);
  const broken = new Set<number>();
  let closed = false;
  let position = startAt;
  let requested = startAt;
  const ahead: Promise<PhotoBatch>[] = [];

  let order: Uint32Array = new Uint32Array();
  let orderEpoch = -1;
  /** The epoch's photos in their order; remembers one epoch, as nearly all samples need the current one. */
  const orderOf = (epoch: number): Uint32Array => {
    if (epoch !== orderEpoch) {
      order = shuffled(reader.count, combineSeeds(seed, epoch));
      orderEpoch = epoch;
    }
    return order;
  };

  async function sample(number: number, size: number): Promise<{ photo: Image; input?: Image }> {
    const epoch = Math.floor(number / reader.count);
    const place = number % reader.count;
    const places = orderOf(epoch);
    let flat = 0;
    for (let tried = 0; tried < reader.count; tried++) {
      if (closed) throw failure('the training photos are closed');
      const index = places[(place + tried) % reader.count]!;
      if (broken.has(index)) continue;
      try {
        // The generator starts anew for every try: the crop depends on the sample, not on how many failed.
        const crop = (read: PhotoReader['read']) =>
          cropped(
            (resize) => read.call(reader, index, resize),
            randomGenerator(combineSeeds(seed, epoch, place)),
            { ...options, size },
          );
        const photo = await crop(reader.read);
        if (isFlat(photo)) flat++;
        else return reader.readInput ? { photo, input: await crop(reader.readInput) } : { photo };
      } catch (error) {
        if (!(error instanceof FnsError)) throw error;
        // Two samples may find the same broken photo at the same time.
        if (!broken.has(index)) onSkip?.(reader.name(index), error.message);
        broken.add(index);
      }
    }
    if (flat > 0) {
      throw failure(
        `the training photos show nothing: crops of ${flat} of ${reader.count} are of one colour`,
      );
    }
    throw failure(`none of the ${reader.count} training photos can be read`);
  }

  async function load(index: number): Promise<PhotoBatch> {
    const first = index * batch;
    const drawn = randomGenerator(combineSeeds(seed, SIZES, index))();
    const size = sizes[Math.floor(drawn * sizes.length)]!;
    const shape = [batch, 3, size, size];
    const empty = (): FloatTensor => ({ shape, data: new Float32Array(batch * 3 * size * size) });
    const pictures = empty();
    const inputs = reader.readInput && empty();
    const samples = Array.from({ length: batch }, (_, i) =>
      limited(async () => {
        const { photo, input } = await sample(first + i, size);
        writePlanes(photo, pictures.data, i);
        if (inputs && input) writePlanes(input, inputs.data, i);
      }),
    );
    await Promise.all(samples);
    return { pictures, ...(inputs && { inputs }), size, epoch: Math.floor(first / reader.count), index };
  }

  function fill(): void {
    while (ahead.length < BATCHES_AHEAD) {
      const loading = load(requested++);
      // The one who draws the batch sees the error; until then it must not count as unhandled.
      loading.catch(() => {});
      ahead.push(loading);
    }
  }

  fill();
  return {
    async next() {
      if (closed) throw failure('the training photos are closed');
      const loading = ahead.shift()!;
      position++;
      fill();
      return loading;
    },
    get position() {
      return position;
    },
    close() {
      closed = true;
      ahead.length = 0;
    },
  };
}

/** Reads a photo and cuts the square out of it that the options and the random numbers ask for. */
async function cropped(
  read: (resize: (own: Size) => Size) => Promise<Image>,
  random: () => number,
  { size, crop = 'random', flip = true }: Pick<BatchOptions, 'crop' | 'flip'> & { size: number },
): Promise<Image> {
  const isRandom = crop !== 'centre';
  // Always the same four numbers, so that one option does not change what the others draw.
  const [scale, across, down, mirror] = [random(), random(), random(), random()] as const;
  const photo = await read((own) => {
    if (crop === 'own') return withShorterSide(own, Math.max(size, Math.min(own.width, own.height)));
    const largest = Math.max(size, Math.min(own.width, own.height, Math.floor(1.25 * size)));
    const shorter = isRandom ? size + Math.floor(scale * (largest - size + 1)) : size;
    return withShorterSide(own, shorter);
  });
  const left = Math.floor((photo.width - size + 1) * across);
  const top = Math.floor((photo.height - size + 1) * down);
  return isRandom
    ? square(photo, left, top, size, flip && mirror < 0.5)
    : square(photo, Math.floor((photo.width - size) / 2), Math.floor((photo.height - size) / 2), size, false);
}

/** Levels that a crop of one colour may vary by. */
const FLAT = 2;

/**
 * Tells a picture of one colour. Normalised, such a picture is noise, and its gradient grows with every norm of the
 * network until it overflows: one such crop would spoil Adam's moments for good.
 */
function isFlat({ data }: Image): boolean {
  const range = [0, 1, 2].map((channel) => {
    let [least, most] = [255, 0];
    for (let i = channel; i < data.length; i += 3) {
      least = Math.min(least, data[i]!);
      most = Math.max(most, data[i]!);
    }
    return most - least;
  });
  return Math.max(...range) <= FLAT;
}

/** A square out of a photo, mirrored or not. */
function square(photo: Image, left: number, top: number, size: number, mirrored: boolean): Image {
  const part = cropPicture(photo, { left, top, width: size, height: size });
  return mirrored ? mirroredPicture(part) : part;
}

/** Writes a picture as sample `n` of the batch `data` [N, 3, H, W]. */
function writePlanes({ width, height, data: pixels }: Image, data: Float32Array, n: number): void {
  const plane = width * height;
  for (let channel = 0; channel < 3; channel++) {
    const start = (n * 3 + channel) * plane;
    for (let i = 0; i < plane; i++) data[start + i] = pixels[3 * i + channel]!;
  }
}

/** Runs at most `limit` of the jobs given to it at the same time, first come, first served. */
function limitConcurrency(limit: number): (job: () => Promise<void>) => Promise<void> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (job) => {
    if (running >= limit) await new Promise<void>((resume) => waiting.push(resume));
    else running++;
    try {
      await job();
    } finally {
      // Hands its place straight to the next job, or gives it back.
      const resume = waiting.shift();
      if (resume) resume();
      else running--;
    }
  };
}

function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw usage(`${name} of the training photos is ${value}, it must be a whole number from ${least} on`);
  }
}
