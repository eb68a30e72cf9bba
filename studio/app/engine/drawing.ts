/**
 * Draws what is on the stage. The small picture answers first: the newest look wins, nothing queues up. The full one
 * follows when the hand rests, and is cancelled by a look that needs another run of a network. Strength, colours, mixing
 * and masks are made of pictures that are there already.
 */
import { effect, untracked } from '@preact/signals';
import { proxy } from 'comlink';
import { type Image, pictures, toImageData } from 'fast-neural-style/browser';
import type { PictureLook, StyleSource } from '../../worker/draw.worker.js';
import type { PictureType } from '../../worker/photo.js';
import { addressOf } from '../address.js';
import {
  type Look,
  lastRun,
  look,
  mask,
  type Photo,
  photo,
  type StyleEntry,
  say,
  shown,
  styleOf,
  view,
  work,
} from '../state.js';
import { Cancelled, DrawHost } from './draw-host.js';
import { failureText } from './failure.js';

/** The longer side of the small picture. */
export const SMALL = 640;
/** Milliseconds that the hand rests before the full picture is begun. */
const REST = 350;
/** Up to this longer side strokes are as the network draws them; in larger pictures they grow with the picture. */
const NATURAL = 2048;
const MOST_STROKES = 4;

const onRuntime = (received: number, total: number | undefined) => {
  work.value =
    received === total ? undefined : { kind: 'runtime', share: total ? received / total : undefined };
};
const small = new DrawHost(SMALL, onRuntime);
const full = new DrawHost(undefined, onRuntime);

/** The open photo, small, and what was drawn of it: by style and stroke size. */
let smallPhoto: { id: number; image: Image } | undefined;
const smallDrawn = new Map<string, Image>();
const MOST_SMALL = 40;

/** A style as workers take it. */
export const sourceOf = ({ id, url, bytes }: StyleEntry): StyleSource => ({ id, url, bytes });

/** The styles of a look and their shares; none when its style is not there. */
function partsOf({ style, second, mix }: Look): { entry: StyleEntry; share: number }[] {
  const first = styleOf(style);
  if (!first) return [];
  const other = mix > 0 && second !== style ? styleOf(second) : undefined;
  if (!other) return [{ entry: first, share: 1 }];
  const both = [
    { entry: first, share: 1 - mix },
    { entry: other, share: mix },
  ];
  return both.filter(({ share }) => share > 0);
}

/** The stroke size of the full picture, so that strokes keep their place in the picture. */
function strokesFor({ strokes }: Look, { width, height }: Pick<Photo, 'width' | 'height'>): number {
  return Math.min(MOST_STROKES, strokes * Math.max(1, Math.max(width, height) / NATURAL));
}

/** The look as the worker takes it, for a picture of a size. */
export function fullLook(chosen: Look, size: Pick<Photo, 'width' | 'height'>): PictureLook {
  return {
    parts: partsOf(chosen).map(({ entry, share }) => ({ style: sourceOf(entry), share })),
    strokeSize: strokesFor(chosen, size),
    strength: chosen.strength,
    colours: chosen.colours,
    ...(mask.value ? { mask: mask.value } : {}),
  };
}

/** What needs a run of a network: two looks with the same key differ in sliders alone. */
function networkKey(chosen: Look, of: Photo): string {
  const ids = partsOf(chosen).map(({ entry }) => entry.id);
  return [of.id, ...ids.sort(), chosen.strokes].join(' ');
}

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
  if (shown.value?.full && shown.value.photo === of.id && fullIsOf === lookKey(of)) return;
  const { strength, colours } = look.value;
  if (partsOf(look.value).some(({ entry }, i) => entry !== parts[i]?.entry)) return;
  const picture = pictures.applyLook(smallPhoto.image, drawn, { strength, colours, mask: mask.value });
  await show(of, toImageData(picture), false);
}

async function show(of: Photo, picture: ImageData | ImageBitmap, isFull: boolean): Promise<void> {
  const bitmap = picture instanceof ImageData ? await createImageBitmap(picture) : picture;
  if (photo.value?.id === of.id) shown.value = { photo: of.id, bitmap, full: isFull };
}

// The full picture.

/** Everything that the full picture shows. */
let masks = 0;
const lookKey = (of: Photo) => `${JSON.stringify(look.value)} ${of.id} ${masks}`;
let fullIsOf = '';
let running: { network: string } | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

async function drawFull(): Promise<void> {
  const of = photo.value;
  if (!of || running || partsOf(look.value).length === 0) return;
  const key = lookKey(of);
  if (key === fullIsOf) return;
  running = { network: networkKey(look.value, of) };
  const begun = performance.now();
  const asked = fullLook(look.value, of);
  const onShare = proxy((share: number) => {
    work.value = { kind: 'full', share };
  });
  work.value = { kind: 'full' };
  try {
    const { bitmap, device } = await full.run((worker) => worker.look(asked, onShare));
    fullIsOf = key;
    lastRun.value = { device, seconds: (performance.now() - begun) / 1000 };
    if (lookKey(of) === key) await show(of, bitmap, true);
  } catch (error) {
    if (!(error instanceof Cancelled)) {
      fullIsOf = key;
      full.cancel();
      say('error', failureText(error, of.name));
    }
  } finally {
    running = undefined;
    if (work.value?.kind === 'full') work.value = undefined;
  }
  // The sliders may have moved meanwhile.
  if (photo.value && lookKey(photo.value) !== fullIsOf && key === fullIsOf) scheduleFull(0);
}

function scheduleFull(delay = REST): void {
  clearTimeout(timer);
  timer = setTimeout(() => void drawFull(), delay);
}

/** Ends the full picture that is being drawn; the small one stays. */
export function cancelFull(): void {
  clearTimeout(timer);
  if (running) full.cancel();
}

/** The full picture of the photo on the stage as a file, drawn if it has not been. */
export async function fullFile(type: PictureType, quality?: number): Promise<Blob> {
  const of = photo.value!;
  const asked = fullLook(look.value, of);
  const onShare = proxy((share: number) => {
    work.value = { kind: 'full', share };
  });
  try {
    return await full.run((worker) => worker.file(asked, type, quality, onShare));
  } finally {
    if (work.value?.kind === 'full') work.value = undefined;
  }
}

/** A style was deleted: workers forget it. */
export function forgetStyle(id: string): void {
  for (const key of smallDrawn.keys()) if (key.startsWith(`${id} `)) smallDrawn.delete(key);
  for (const host of [small, full]) void host.run((worker) => worker.forget(id)).catch(() => undefined);
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
  if (!of || !isReady(of) || saveData || view.value === 'teach') return;
  small.setPhoto(of.file);
  await drawSmallOnce(true).catch(() => undefined);
}

/** Draws from now on whenever the photo, the look, the mask or the styles change. */
export function startDrawing(): void {
  effect(() => {
    const of = photo.value;
    void look.value;
    void mask.value;
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
      full.setPhoto(of.file);
      if (running && running.network !== networkKey(look.value, of)) full.cancel();
      void drawSmall();
      scheduleFull();
    });
  });
  effect(() => {
    void mask.value;
    masks++;
  });
}
