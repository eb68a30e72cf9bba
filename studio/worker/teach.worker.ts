/** The worker that learns a style. */
import { expose, transfer } from 'comlink';
import {
  files,
  type Image,
  loadStyle,
  type TrainedFromPictures,
  toImageData,
  trainStyleFromPictures,
} from 'fast-neural-style/browser';
import {
  type LossHistory,
  readPictures,
  readPoint,
  readPreviewPhoto,
  readTraining,
  writePoint,
  writePreviewPhoto,
  writeTraining,
} from '../store/training.js';
import { adoptStyle } from './adopt-style.js';
import { keptFile } from './kept-files.js';
import { keepLossWeights, type LossWeights, lossNetwork } from './loss-weights.js';
import { decodePhoto } from './photo.js';
import { type RuntimeSettings, startRuntime } from './runtime.js';
import { readTeachPictures, type TeachFiles } from './teach-pictures.js';
import { type TeachSettings, trainingOptions } from './teach-settings.js';

/** Where the worker finds what it needs. */
export interface TeachPlaces {
  weights: LossWeights;
  /** The network to start from. */
  start: string;
}

/** What a new training is made of. */
export interface NewTraining extends TeachFiles {
  name: string;
  settings: TeachSettings;
  /** The photo that previews are drawn of. */
  preview: Blob;
}

/** A step that was made. */
export interface TaughtStep {
  step: number;
  steps: number;
  secondsLeft: number;
  losses: LossHistory[number];
}

/** Told how it goes. */
export interface TeachEvents {
  /** Of a download: the runtime, weights, the start. */
  onBytes(received: number, total: number | undefined): void;
  /** Photos that were read. */
  onRead(done: number): void;
  /** Photos that could not be. */
  onUnreadable(count: number): void;
  /** The training begins, or goes on after some steps. */
  onBegin(losses: LossHistory, photos: number): void;
  onStep(step: TaughtStep): void;
  onPreview(picture: ImageBitmap): void;
  /** Nothing can be kept in this browser. */
  onNotKept(): void;
}

/** What came of a training. */
export interface Taught {
  /** The style file, in half precision. */
  style: Uint8Array;
  /** A small picture of its texture. */
  thumbnail: Blob;
  step: number;
  /** Ended before its last step. */
  stopped: boolean;
  /** When its training was begun, in milliseconds since 1970. */
  training: number;
}

/** The longer side of previews. */
const PREVIEW = 512;
/** Steps between previews and between checkpoints: a step on a GPU is many times faster. */
const EVERY = { cpu: { preview: 5, checkpoint: 10 }, webgpu: { preview: 20, checkpoint: 50 } };

let device: 'cpu' | 'webgpu' = 'cpu';
let stop: AbortController | undefined;
let previewPhoto: Image | undefined;
let drawing: Promise<void> | undefined;

/** Draws the preview photo in the style as it is, unless one is being drawn. */
function drawPreview(style: Uint8Array, onPreview: TeachEvents['onPreview']): void {
  if (drawing || !previewPhoto) return;
  const photo = previewPhoto;
  const draw = async () => {
    const stylizer = await loadStyle(style, { device });
    try {
      const bitmap = await createImageBitmap(toImageData(await stylizer.stylize(photo)));
      onPreview(transfer(bitmap, [bitmap]));
    } finally {
      await stylizer.close();
    }
  };
  // A preview that fails must not end the training.
  drawing = draw()
    .catch(() => undefined)
    .finally(() => {
      drawing = undefined;
    });
}

interface Run {
  settings: TeachSettings;
  begun: number;
  painting: Image;
  photos: Image[];
  /** Those of the steps before, when the training goes on. */
  losses: LossHistory;
  resume?: Uint8Array;
  /** Steps in all of a training that goes on; as before without. */
  steps?: number;
}

async function run(
  { settings, begun, painting, photos, losses, resume, steps: newSteps }: Run,
  { weights, start }: TeachPlaces,
  events: TeachEvents,
): Promise<Taught> {
  const network = await lossNetwork(weights, events.onBytes);
  const init = resume ? undefined : await keptFile(start, events.onBytes);
  const every = EVERY[device];
  const { overrides, ...others } = settings;
  const { checkpointEvery = every.checkpoint, previewEvery = every.preview, ...more } = overrides;
  stop = new AbortController();
  let keeping: Promise<unknown> = Promise.resolve();
  let isKept = true;
  events.onBegin(losses, photos.length);
  const trained: TrainedFromPictures = await trainStyleFromPictures(
    {
      ...trainingOptions({ ...others, overrides: more }, network, painting),
      // A checkpoint knows how long its training is.
      ...(resume && { steps: newSteps }),
      ...{ painting, photos, lossNetwork: network, init, resume, device, checkpointEvery, previewEvery },
    },
    {
      signal: stop.signal,
      onEvent(event) {
        if (event.type === 'progress' && event.values) {
          const { total = 0, content = 0, style = 0 } = event.values;
          losses.push([total, content, style]);
          const { done: step = 0, all: steps = 0, secondsLeft = 0 } = event;
          events.onStep({ step, steps, secondsLeft, losses: [total, content, style] });
        } else if (event.type === 'preview' && event.style) {
          drawPreview(event.style, events.onPreview);
        } else if (event.type === 'checkpoint' && event.bytes && isKept) {
          const point = { step: event.step, checkpoint: event.bytes, losses: losses.slice(0, event.step) };
          keeping = keeping
            .then(() => writePoint(point))
            .catch(() => {
              isKept = false;
              events.onNotKept();
            });
        }
      },
    },
  );
  await keeping;
  await drawing;
  const bytes = files.encodeStyle(files.decodeStyle(trained.style, 'the style'), { half: true });
  const { thumbnail } = await adoptStyle(new Map([['style.onnx', bytes]]), device);
  return { style: bytes, thumbnail, step: trained.steps, stopped: trained.stopped, training: begun };
}

const worker = {
  /** Loads ONNX Runtime. Only one tab may teach at a time. */
  async start(settings: RuntimeSettings, events: TeachEvents): Promise<void> {
    await takeLock();
    device = await startRuntime(settings, events.onBytes);
  },

  /** Keeps what is needed of a file of weights. */
  keepWeights: keepLossWeights,

  /** Begins a training and runs it to its end, or until `pause`. */
  async begin(asked: NewTraining, places: TeachPlaces, events: TeachEvents): Promise<Taught> {
    const { settings, name, preview } = asked;
    previewPhoto = await decodePhoto(preview, PREVIEW).catch(() => undefined);
    const { painting, photos, unreadable } = await readTeachPictures(asked, settings, events.onRead);
    if (unreadable > 0) events.onUnreadable(unreadable);
    const begun = Date.now();
    await writeTraining({ name, settings, begun }, painting, photos, preview).catch(() => events.onNotKept());
    return run({ settings, begun, painting, photos, losses: [] }, places, events);
  },

  /**
   * Goes on with the training that is kept.
   *
   * @param steps in all; as before without
   */
  async resume(places: TeachPlaces, events: TeachEvents, steps?: number): Promise<Taught> {
    const stored = await readTraining<TeachSettings>();
    if (!stored) throw new Error('no-training');
    previewPhoto = await decodePhoto(await readPreviewPhoto(), PREVIEW).catch(() => undefined);
    const { painting, photos } = await readPictures(stored);
    const point = await readPoint();
    const before = { losses: point?.losses ?? [], resume: point?.checkpoint, steps };
    return run({ ...stored, painting, photos, ...before }, places, events);
  },

  /** Ends the training after its step; `begin` or `resume` returns. */
  pause(): void {
    stop?.abort();
  },

  /** Draws previews of another photo from now on. */
  async preview(photo: Blob): Promise<void> {
    previewPhoto = await decodePhoto(photo, PREVIEW);
    await writePreviewPhoto(photo).catch(() => undefined);
  },
};

/** Milliseconds in which the lock of a worker that was just ended is let go. */
const LOCK_WAIT = 3000;

/**
 * Holds the lock as long as the worker lives.
 *
 * @throws Error `other-tab` when another one holds it.
 */
async function takeLock(): Promise<void> {
  if (!navigator.locks) return;
  await new Promise<void>((resolve, reject) => {
    const held = navigator.locks.request('training', { signal: AbortSignal.timeout(LOCK_WAIT) }, () => {
      resolve();
      return new Promise(() => undefined);
    });
    held.catch(() => reject(new Error('other-tab')));
  });
}

/** What the page calls. */
export type TeachWorker = typeof worker;

expose(worker);
