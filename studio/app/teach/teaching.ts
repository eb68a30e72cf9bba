/** The training that runs, or can go on. It goes on while other views of the page are open. */
import { computed, signal } from '@preact/signals';
import { proxy } from 'comlink';
import {
  deleteTraining,
  type LossHistory,
  readPictures,
  readTraining,
  type StoredTraining,
} from '../../store/training.js';
import type { Taught, TaughtStep, TeachEvents } from '../../worker/teach.worker.js';
import type { TeachSettings } from '../../worker/teach-settings.js';
import { runtimeSettings } from '../engine/device.js';
import { placeOf } from '../engine/place.js';
import type { Step } from '../server/service.js';
import { photo, say, teaching } from '../state.js';
import { styleList } from '../styles/load-styles.js';
import { words } from '../words.js';
import { LENGTHS, painting, photos, previewPhoto, SIZES, settingsNow, size, weights } from './choices.js';
import { isOutOfMemory, teachFailureText } from './failure.js';
import { keepResult, result } from './result.js';
import { TeachHost } from './teach-host.js';

/** `stopping`: the step in progress is the last. `paused`: it goes on at once; `stored`: it was found in the browser. */
export type Phase = 'choosing' | 'stored' | 'starting' | 'learning' | 'stopping' | 'paused' | 'finished';

/** What a training is of. */
export interface Subject {
  /** The painting's file, without its ending. */
  name: string;
  /** An address of the painting. */
  url: string;
  photos: number;
  settings: TeachSettings;
}

/** What is done besides steps of this page; the server's has the seconds that are left. */
export interface Activity {
  kind: 'download' | 'photos' | 'building' | Step;
  share?: number | undefined;
  left?: number | undefined;
}

export const phase = signal<Phase>('choosing');
export const activity = signal<Activity | undefined>(undefined);
export const lastStep = signal<TaughtStep | undefined>(undefined);
/** The losses so far, a new list for each step. */
export const history = signal<LossHistory>([]);
export const preview = signal<ImageBitmap | undefined>(undefined);
/** The training that the browser has kept. */
export const stored = signal<StoredTraining<TeachSettings> | undefined>(undefined);
/** What is being learned, once that is fixed. */
export const subject = signal<Subject | undefined>(undefined);

/** Another machine learns. */
const isElsewhere = signal(false);
/** Nothing draws previews of another photo when all is done, or done elsewhere. */
export const canChangePreview = computed(() => phase.value !== 'finished' && !isElsewhere.value);

let host: TeachHost | undefined;
/** Ends what another machine does. */
let elsewhere: AbortController | undefined;
/** The person says that it is good enough. */
let isEnough = false;
/** What the training had come to when it was paused. */
let paused: Taught | undefined;

/** Looks once whether there is a training to go on with. */
export async function lookForTraining(): Promise<void> {
  if (phase.value !== 'choosing' || stored.value) return;
  const found = await readTraining<TeachSettings>();
  if (!found || phase.value !== 'choosing') return;
  stored.value = found;
  const { name, settings, photos: sizes } = found;
  subject.value = { name, settings, photos: sizes.length, url: '' };
  phase.value = 'stored';
  const { painting: image } = await readPictures({ painting: found.painting, photos: [] });
  const canvas = new OffscreenCanvas(image.width, image.height);
  const { toImageData } = await import('fast-neural-style/browser');
  canvas.getContext('2d')!.putImageData(toImageData(image), 0, 0);
  const url = URL.createObjectURL(await canvas.convertToBlob());
  if (subject.value?.name === name) subject.value = { ...subject.value, url };
}

/** What a worker tells. Messages that were on their way when its training was ended are left out. */
function events(own: TeachHost): TeachEvents {
  const ifItRuns =
    <A extends unknown[]>(tell: (...told: A) => void) =>
    (...told: A) => {
      if (host === own) tell(...told);
    };
  return proxy<TeachEvents>({
    onBytes: ifItRuns((received, total) => {
      const isThere = received === total;
      const part = total ? received / total : undefined;
      activity.value = isThere ? { kind: 'building' } : { kind: 'download', share: part };
    }),
    onRead: ifItRuns((done) => {
      activity.value = { kind: 'photos', share: done / photos.value.length };
    }),
    onUnreadable: ifItRuns((count) => say('note', words.value.teach.unreadable(count))),
    onBegin: ifItRuns((losses, count) => {
      history.value = losses;
      if (subject.value) subject.value = { ...subject.value, photos: count };
      activity.value = { kind: 'building' };
    }),
    onStep: ifItRuns((step) => {
      activity.value = undefined;
      if (phase.value === 'starting') phase.value = 'learning';
      lastStep.value = step;
      history.value = [...history.value, step.losses];
      teaching.value = step.step / step.steps;
    }),
    onPreview: (bitmap) => {
      if (host !== own) return bitmap.close();
      preview.value?.close();
      preview.value = bitmap;
    },
    onNotKept: ifItRuns(() => say('note', words.value.teach.notKept)),
  });
}

/** Runs what the worker is asked for, to its end or a pause. */
async function run(ask: (worker: TeachHost['worker'], told: TeachEvents) => Promise<Taught>): Promise<void> {
  const own = new TeachHost();
  host = own;
  isEnough = false;
  phase.value = 'starting';
  activity.value = { kind: 'building' };
  const told = events(own);
  try {
    const taught = await own.ask(async (worker) => {
      await worker.start(runtimeSettings, told);
      return ask(worker, told);
    });
    if (host !== own) return;
    if (taught.stopped && !isEnough) {
      paused = taught;
      phase.value = 'paused';
    } else await finish(taught);
    stored.value = await readTraining<TeachSettings>();
  } finally {
    own.end();
    if (host === own) {
      host = undefined;
      activity.value = undefined;
      teaching.value = undefined;
    }
  }
}

/** Keeps what was learned. */
export async function finish(taught: Taught): Promise<void> {
  await keepResult(taught, subject.value!.name);
  phase.value = 'finished';
}

function places() {
  const found = weights.value;
  if (found === undefined || found === 'missing') throw new Error('no-weights');
  return { weights: found, start: placeOf(styleList?.start ?? 'start.onnx') };
}

/**
 * Fixes what is learned.
 *
 * @param side of the photos' parts
 * @returns it, with the photo of the preview
 */
export function fixSubject(side?: number) {
  const { file, url, name: fileName } = painting.value!;
  const name = fileName.replace(/\.[^.]+$/, '');
  const settings = settingsNow(side);
  subject.value = { name, url, settings, photos: photos.value.length };
  lastStep.value = undefined;
  history.value = [];
  preview.value = undefined;
  stored.value = undefined;
  const shown = previewPhoto.value?.file ?? photo.value?.file ?? photos.value[0]!;
  return { painting: file, photos: photos.value, preview: shown, name, settings };
}

/** Begins a training of what was chosen. Where there is not enough memory, it is tried with smaller parts of photos. */
export async function begin(): Promise<void> {
  const asked = fixSubject();
  void navigator.storage?.persist?.();
  try {
    await run((worker, told) => worker.begin(asked, places(), told));
  } catch (error) {
    const smaller = SIZES.find((side) => side < size.value);
    if (isOutOfMemory(error) && !lastStep.value && smaller) {
      say('note', words.value.teach.smaller(smaller));
      size.value = smaller;
      return begin();
    }
    await fail(error);
  }
}

/**
 * Goes on with the training that was kept.
 *
 * @param more steps beyond those that were planned
 */
export async function goOn(more = false): Promise<void> {
  const from = lastStep.value?.step ?? stored.value?.step ?? 0;
  const steps = more ? from + LENGTHS[1]! : undefined;
  try {
    await run((worker, told) => worker.resume(places(), told, steps));
  } catch (error) {
    await fail(error);
  }
}

/** Says what went wrong; what was kept can go on. */
async function fail(error: unknown): Promise<void> {
  say('error', teachFailureText(error, painting.value?.name));
  await rest();
}

/** Runs what another machine does, which `cancel` ends. */
export async function runElsewhere(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const own = new AbortController();
  elsewhere = own;
  isElsewhere.value = true;
  phase.value = 'starting';
  try {
    await task(own.signal);
  } finally {
    if (elsewhere === own) {
      elsewhere = undefined;
      isElsewhere.value = false;
      activity.value = undefined;
      teaching.value = undefined;
    }
  }
}

/** Back to what the browser has kept, or to choosing. */
export async function rest(): Promise<void> {
  stored.value = await readTraining<TeachSettings>();
  phase.value = stored.value ? 'stored' : 'choosing';
}

/** Ends the training after its step; it can go on later. */
export function pause(): void {
  if (phase.value !== 'learning') return;
  phase.value = 'stopping';
  void host?.worker.pause();
}

/** Ends the training after its step, and keeps the style as it is then. */
export async function enough(): Promise<void> {
  if (phase.value === 'paused' && paused) await finish(paused);
  isEnough = true;
  pause();
}

/** Ends what is being prepared. */
export async function cancel(): Promise<void> {
  elsewhere?.abort();
  isElsewhere.value = false;
  host?.end();
  host = undefined;
  activity.value = undefined;
  teaching.value = undefined;
  await rest();
}

/** Draws previews of another photo from now on. */
export function showPreviewOf(file: Blob): void {
  void host?.worker.preview(file).catch((error) => say('error', teachFailureText(error)));
}

/** Throws the training away. A style that was kept of it stays. */
export async function throwAway(): Promise<void> {
  host?.end();
  host = undefined;
  activity.value = undefined;
  teaching.value = undefined;
  await deleteTraining().catch(() => undefined);
  stored.value = undefined;
  lastStep.value = undefined;
  history.value = [];
  preview.value?.close();
  preview.value = undefined;
  subject.value = undefined;
  result.value = undefined;
  phase.value = 'choosing';
}
