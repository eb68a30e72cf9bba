/**
 * Draws what is on the stage. The small picture answers first: the newest look wins, nothing queues up. The full one
 * follows when the hand rests (`full-picture.ts`). Strength, colours, mixing and masks are made of pictures that are there
 * already.
 */
import { effect, untracked } from '@preact/signals';
import { type Image, pictures, toImageData } from 'fast-neural-style/browser';
import { addressOf } from '../address.js';
import { drawsOnServer } from '../server/service.js';
import { look, mask, type Photo, photo, say, shown, view, work } from '../state.js';
import { Cancelled, DrawHost } from './draw-host.js';
import { failureText } from './failure.js';
import { cancelFull, forgetFullStyle, isFullThere, show, wantFull } from './full-picture.js';
import { partsOf, sourceOf } from './look-parts.js';
import { onRuntime } from './on-runtime.js';

/** The longer side of the small picture. */
export const SMALL = 640;
const small = new DrawHost(SMALL, onRuntime);

/** The open photo, small, and what was drawn of it: by style and stroke size. */
let smallPhoto: { id: number; image: Image } | undefined;
const smallDrawn = new Map<string, Image>();
const MOST_SMALL = 40;

// The small picture.

let drawingSmall = false;
let smallIsOld = false;

async function drawSmall(): Promise<void> {
  if (drawingSmall) {
    smallIsOld = true;
    return;
  }
  drawingSmall = true;
  try {
    do {
      smallIsOld = false;
      await drawSmallOnce();
    } while (smallIsOld);
  } catch (error) {
    if (!(error instanceof Cancelled)) say('error', failureText(error, photo.value?.name));
  } finally {
    drawingSmall = false;
    if (work.value?.kind === 'preview') work.value = undefined;
    // Cancelled by another photo, which has asked in vain meanwhile.
    if (smallIsOld) void drawSmall();
  }
}

/** @param isSilent the picture is not shown, and its failure not told */
async function drawSmallOnce(isSilent = false): Promise<void> {
  const of = photo.value;
  const chosen = look.value;
  const parts = partsOf(chosen);
  if (!of || parts.length === 0) return;
  if (smallPhoto?.id !== of.id) {
    const image = await small.run((worker) => worker.photo());
    smallDrawn.clear();
    smallPhoto = { id: of.id, image };
  }
  const drawn = [];
  for (const { entry, share } of parts) {
    const key = `${entry.id} ${chosen.strokes}`;
    let picture = smallDrawn.get(key);
    if (!picture) {
      if (!isSilent) work.value ??= { kind: 'preview' };
      picture = (await small.run((worker) => worker.draw(sourceOf(entry), chosen.strokes))).picture;
      if (photo.value?.id !== of.id) return;
      if (smallDrawn.size >= MOST_SMALL) smallDrawn.delete(smallDrawn.keys().next().value!);
      smallDrawn.set(key, picture);
    }
    drawn.push({ picture, share });
  }
  if (isSilent) return;
  // A full picture of this look may have come first.
  if (isFullThere(of)) return;
  const { strength, colours } = look.value;
  if (partsOf(look.value).some(({ entry }, i) => entry !== parts[i]?.entry)) return;
  const picture = pictures.applyLook(smallPhoto.image, drawn, { strength, colours, mask: mask.value });
  await show(of, toImageData(picture), false);
}

/** A style was deleted: workers forget it. */
export function forgetStyle(id: string): void {
  for (const key of smallDrawn.keys()) if (key.startsWith(`${id} `)) smallDrawn.delete(key);
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
    if (view.value !== 'photo') return untracked(cancelFull);
    // A style of the address may come later than the photo.
    const ready = partsOf(look.value).length > 0;
    if (!of || !ready) return;
    untracked(() => {
      if (isReady(of)) {
        cancelFull();
        shown.value = undefined;
        return;
      }
      small.setPhoto(of.file);
      void drawSmall();
      wantFull(of);
    });
  });
}
