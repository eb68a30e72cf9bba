/**
 * Draws what is on the stage. The small picture answers first: the newest look wins, nothing queues up. The full one
 * follows when the hand rests (`full-picture.ts`). Strength, colours, mixing and masks are made of pictures that are there
 * already.
 */
import { effect, untracked } from '@preact/signals';
import { addressOf } from '../address.js';
import { drawsOnServer } from '../server/service.js';
import { look, mask, type Photo, photo, say, shown, view, work } from '../state.js';
import { Cancelled, DrawHost } from './draw-host.js';
import { failureText } from './failure.js';
import { forgetFullStyle, isFullThere, leaveFull, networkKey, show, wantFull } from './full-picture.js';
import { fullLook, partsOf } from './look-parts.js';
import { onRuntime } from './on-runtime.js';

/** The longer side of the small picture. */
export const SMALL = 640;
const small = new DrawHost(SMALL, onRuntime);

/** What the worker has drawn of a photo, so that only sliders differ. */
const drawn = new Set<string>();

// The small picture.

let drawing: Promise<void> | undefined;
let isOld = false;

/** Draws it, and again while the look changes meanwhile. */
function drawSmall(): Promise<void> {
  isOld = drawing !== undefined;
  drawing ??= drawNewest().finally(() => {
    drawing = undefined;
    if (work.value?.kind === 'preview') work.value = undefined;
  });
  return drawing;
}

async function drawNewest(): Promise<void> {
  do {
    isOld = false;
    try {
      await drawSmallOnce();
    } catch (error) {
      // Another photo cancels, which is drawn then.
      if (!(error instanceof Cancelled)) say('error', failureText(error, photo.value?.name));
    }
  } while (isOld);
}

/** @param isSilent the picture is not shown, and its failure not told */
async function drawSmallOnce(isSilent = false): Promise<void> {
  const of = photo.value;
  const chosen = look.value;
  if (!of || partsOf(chosen).length === 0) return;
  const key = networkKey(chosen, of);
  if (!isSilent && !drawn.has(key)) work.value ??= { kind: 'preview' };
  // Strokes that grow with a photo would be too large in a small one.
  const asked = { ...fullLook(chosen, of), strokeSize: chosen.strokes };
  const { bitmap } = await small.run((worker) => worker.look(asked));
  drawn.add(key);
  // A full picture of this look may have come first.
  const isWanted = photo.value?.id === of.id && key === networkKey(look.value, of) && !isFullThere(of);
  if (isWanted && !isSilent) show(of, bitmap, false);
  else bitmap.close();
}

/** A style was deleted: workers forget it. */
export function forgetStyle(id: string): void {
  drawn.clear();
  void small.run((worker) => worker.forget(id)).catch(() => undefined);
  forgetFullStyle(id);
}

/** Tells whether a picture of the photo in this look is there already. */
export function isReady({ ready }: Photo): boolean {
  return ready?.address === addressOf(look.value, 'photo') && mask.value === undefined;
}

/**
 * Draws the small picture before it is asked for. The first run of a worker takes some seconds longer than all later
 * ones, because the browser still compiles.
 */
export async function warmUp(): Promise<void> {
  const of = photo.value;
  const { saveData } = (navigator as { connection?: { saveData?: boolean } }).connection ?? {};
  if (!of || !isReady(of) || saveData || view.value !== 'photo') return;
  small.setPhoto(of.file);
  await drawSmallOnce(true).catch(() => undefined);
}

/** Draws from now on whenever the photo, the look, the mask, the styles or the place change. */
export function startDrawing(): void {
  effect(() => {
    const of = photo.value;
    void look.value;
    void mask.value;
    void drawsOnServer.value;
    // Other views need the machine for themselves.
    if (view.value !== 'photo') return untracked(leaveFull);
    // A style of the address may come later than the photo.
    const ready = partsOf(look.value).length > 0;
    if (!of || !ready) return;
    untracked(() => {
      if (isReady(of)) {
        leaveFull();
        shown.value = undefined;
        return;
      }
      small.setPhoto(of.file);
      wantFull(of, drawSmall());
    });
  });
}
