/**
 * The full picture: of the photo's own size, begun when the hand rests, by the worker of this page or by the service. It is
 * cancelled by a look that needs another run of a network; the service makes each look anew.
 */
import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import type { PictureType } from '../../worker/photo.js';
import { drawsOnServer, type OnStep, serverWork } from '../server/service.js';
import { type Look, lastRun, look, mask, type Photo, photo, shown, work } from '../state.js';
import { Cancelled, DrawHost } from './draw-host.js';
import { tellFailure } from './failure.js';
import { fullLook, partsOf } from './look-parts.js';
import { onRuntime } from './on-runtime.js';

/** Milliseconds that the hand rests before the full picture is begun: on this device, and on the server. */
const REST = 350;
const SERVER_REST = 800;

const host = new DrawHost(undefined, onRuntime);
/** What asks the service comes when it is needed. */
const loadServer = () => import('../server/full-on-server.js');

/** What is being drawn for the stage. */
interface Running {
  network: string;
  key: string;
  onServer: boolean;
  stop: AbortController;
}

let running: Running | undefined;
/** The hand rested meanwhile. */
let isAskedAgain = false;
/** A picture that is drawn for a file: another look, photo or view does not end it. */
interface Saving {
  onServer: boolean;
  stop: AbortController;
}

const saving = new Set<Saving>();
const isSavingHere = () => [...saving].some(({ onServer }) => !onServer);
/** Those of this device follow each other: each may be of another photo. */
let lastSaved: Promise<unknown> = Promise.resolve();
/** What the full picture that was shown last is of. The small one may have taken its place since. */
let fullIsOf = '';
/** What could not be drawn: the person says when it is tried again. */
let failedKey = '';
/** There is none because of a failure. */
export const hasFailed = signal(false);
let timer: ReturnType<typeof setTimeout> | undefined;

let masks = 0;
let lastMask = mask.peek();

/** Everything that the full picture shows, and where it is drawn. */
function lookKey(of: Photo): string {
  if (mask.value !== lastMask) {
    lastMask = mask.value;
    masks++;
  }
  return `${JSON.stringify(look.value)} ${of.id} ${masks} ${drawsOnServer.value}`;
}

/** What needs a run of a network: two looks with the same key differ in sliders alone. */
export function networkKey(chosen: Look, of: Photo): string {
  const ids = partsOf(chosen).map(({ entry }) => entry.id);
  return [of.id, ...ids.sort(), chosen.strokes].join(' ');
}

/** Tells whether the full picture of the photo in this look is on the stage. */
export function isFullThere(of: Photo): boolean {
  return shown.value?.full === true && shown.value.photo === of.id && fullIsOf === lookKey(of);
}

/** Shows a picture of a photo, unless another was opened. */
export function show(of: Photo, bitmap: ImageBitmap, isFull: boolean): void {
  if (photo.value?.id !== of.id) {
    bitmap.close();
    return;
  }
  const before = shown.value;
  shown.value = { photo: of.id, bitmap, full: isFull };
  before?.bitmap.close();
}

function onShare(share?: number): void {
  work.value = { kind: 'full', share };
}

const onStep: OnStep = (step, share) => {
  serverWork.value = { step, share };
};

function endOfWork(): void {
  if (running || saving.size > 0) return;
  serverWork.value = undefined;
  if (work.value?.kind === 'full') work.value = undefined;
}

async function drawFull(): Promise<void> {
  const of = photo.value;
  if (running) isAskedAgain = true;
  if (!of || running || partsOf(look.value).length === 0) return;
  isAskedAgain = false;
  const key = lookKey(of);
  hasFailed.value = key === failedKey;
  if (hasFailed.value || isFullThere(of)) return;
  const stop = new AbortController();
  const onServer = drawsOnServer.value;
  running = { network: networkKey(look.value, of), key, onServer, stop };
  const begun = performance.now();
  if (onServer) onStep('sending');
  else onShare();
  try {
    const { bitmap, device } = onServer ? await onTheServer(of, stop.signal) : await onThisDevice(of);
    failedKey = '';
    lastRun.value = { device, seconds: (performance.now() - begun) / 1000 };
    if (lookKey(of) === key) {
      fullIsOf = key;
      show(of, bitmap, true);
    } else bitmap.close();
  } catch (error) {
    if (!(error instanceof Cancelled)) {
      failedKey = key;
      if (!onServer) host.cancel();
      hasFailed.value = true;
      tellFailure(error, of.name);
    }
  } finally {
    running = undefined;
    endOfWork();
  }
  if (isAskedAgain) scheduleFull(0);
}

function onThisDevice(of: Photo) {
  const asked = fullLook(look.value, of);
  host.setPhoto(of.file);
  return host.run((worker) => worker.look(asked, proxy(onShare)));
}

async function onTheServer(of: Photo, signal: AbortSignal) {
  const asked = { of, look: look.value, signal, onStep };
  return (await loadServer()).drawOnServer(asked);
}

function scheduleFull(delay = drawsOnServer.value ? SERVER_REST : REST, after?: Promise<void>): void {
  clearTimeout(timer);
  const asked = setTimeout(async () => {
    // Two networks at once would only slow each other down.
    if (!drawsOnServer.value) await Promise.all([after, lastSaved]);
    if (timer === asked) void drawFull();
  }, delay);
  timer = asked;
}

/**
 * Draws the full picture of the photo and the look that are chosen now, when the hand rests.
 *
 * @param after the small one, which comes first on this device
 */
export function wantFull(of: Photo, after: Promise<void>): void {
  if (!isSavingHere()) host.setPhoto(of.file);
  if (running?.onServer) {
    if (running.key !== lookKey(of)) running.stop.abort();
  } else if (running && (drawsOnServer.value || running.network !== networkKey(look.value, of))) cancelHere();
  hasFailed.value = false;
  scheduleFull(undefined, after);
}

/** Draws it again after a failure. */
export function retryFull(): void {
  failedKey = '';
  scheduleFull(0);
}

/** Ends what is drawn for the stage on this device. What is drawn for a file goes on, and needs the same worker. */
function cancelHere(): void {
  if (!isSavingHere()) host.cancel();
}

/** Ends the full picture that is being drawn for the stage; the small one stays. */
export function leaveFull(): void {
  clearTimeout(timer);
  timer = undefined;
  isAskedAgain = false;
  if (running && !running.onServer) cancelHere();
  running?.stop.abort();
}

/** Ends all full pictures that are being drawn, those for files too. */
export function cancelFull(): void {
  const isHere = isSavingHere();
  leaveFull();
  for (const { stop } of saving) stop.abort();
  if (isHere) host.cancel();
}

/** The full picture of the photo on the stage as a file, drawn if it has not been. */
export async function fullFile(type: PictureType, quality?: number): Promise<Blob> {
  const of = photo.value!;
  const own: Saving = { onServer: drawsOnServer.value, stop: new AbortController() };
  const { signal } = own.stop;
  saving.add(own);
  try {
    if (own.onServer) {
      const asked = { of, look: look.value, signal, onStep };
      return await (await loadServer()).fileFromServer(asked, type, quality);
    }
    const asked = fullLook(look.value, of);
    const saved = lastSaved.then(() => {
      if (signal.aborted) throw new Cancelled();
      host.setPhoto(of.file);
      return host.run((worker) => worker.file(asked, type, quality, proxy(onShare)));
    });
    lastSaved = saved.catch(() => undefined);
    return await saved;
  } finally {
    saving.delete(own);
    endOfWork();
  }
}

/** A style was deleted, or learned on: the worker forgets it. */
export function forgetFullStyle(id: string): void {
  fullIsOf = '';
  failedKey = '';
  void host.run((worker) => worker.forget(id)).catch(() => undefined);
}
