/** The video that is open, what it becomes, and its result. */
import { signal } from '@preact/signals';
import type { DrawnFrame } from '../../worker/film.worker.js';
import type { SteadyRun } from '../../worker/steady.js';
import { failureText, tellFailure } from '../engine/failure.js';
import { placeOf } from '../engine/place.js';
import { Cancelled } from '../engine/worker-host.js';
import { fileName } from '../film/file-name.js';
import { FilmHost } from '../film/film-host.js';
import { filmLook } from '../film/film-look.js';
import { FILM_TYPES, type FilmType, formatOf } from '../film/formats.js';
import { ServiceFailure } from '../server/failure.js';
import { makesVideoOnServer, type OnStep, type Step } from '../server/service.js';
import { look, say, styleOf } from '../state.js';
import { styleList } from '../styles/load-styles.js';
import { words } from '../words.js';
import { convertFilm } from './convert.js';
import { type Film, FilmFailure, frameSize, openFilm } from './film.js';

/** The longer sides that can be chosen; the first is the video's own. */
export const LONGEST = [Number.POSITIVE_INFINITY, 1280, 854, 640, 320] as const;

/** How far a video is. */
export interface VideoWork {
  /** 0 to 1, where it is known. */
  share: number | undefined;
  /** What the service does. */
  step?: Step;
  frames: number;
  /** Frames a second; none before the second frame. */
  rate: number | undefined;
  /** Seconds that are left. */
  left: number | undefined;
}

export const film = signal<Film | undefined>(undefined);
/** Which of its frames shows: seconds after its begin. */
export const moment = signal(0);
export const isOpening = signal(false);
export const longest = signal<number>(854);
/** The types that this browser can write at this size; none while that is not known. */
export const types = signal<FilmType[] | undefined>(undefined);
export const type = signal<FilmType>('mp4');
/** The picture on the stage: a frame, in the look that is chosen or not yet. */
export const shown = signal<{ bitmap: ImageBitmap; isDrawn: boolean } | undefined>(undefined);
/** How much of the last picture goes on in the next: 0 to 1. */
export const steady = signal(0);
export const device = signal('');
export const work = signal<VideoWork | undefined>(undefined);
/** A video that is done. */
export interface VideoResult {
  url: string;
  blob: Blob;
  name: string;
  /** How many, when it was drawn here. */
  frames: number | undefined;
}

export const result = signal<VideoResult | undefined>(undefined);
/** It is on the stage. */
export const playsResult = signal(false);

/** Of the frame that shows before the video is drawn, and of the video's. */
const host = new FilmHost();

/** The size of the frames of the open video. */
export function sizeOf(of: Film): { width: number; height: number } {
  return frameSize(of, longest.value);
}

/** Counts openings, of which the last one wins. */
let openings = 0;

/** Opens a video. */
export async function openVideo([file]: readonly File[]): Promise<void> {
  if (!file || work.value) return;
  const opening = ++openings;
  isOpening.value = true;
  try {
    const opened = await openFilm(file);
    if (opening !== openings) {
      opened.input.dispose();
      return;
    }
    film.value?.input.dispose();
    forgetResult();
    shown.value = undefined;
    moment.value = 0;
    film.value = opened;
  } catch (error) {
    if (opening === openings) say('error', videoFailureText(error));
  } finally {
    if (opening === openings) isOpening.value = false;
  }
}

function videoFailureText(error: unknown): string {
  const { failures } = words.value.video;
  if (error instanceof FilmFailure) return failures[error.kind](error.detail);
  return failureText(error);
}

/** Counts the sizes that types were looked for. */
let sought = 0;

/** Finds the types that can be written at a size. */
export async function findTypes(size: { width: number; height: number }): Promise<void> {
  const own = ++sought;
  const formats = await Promise.all(FILM_TYPES.map((each) => formatOf(each, size)));
  // Another size may have been chosen meanwhile.
  if (own !== sought) return;
  types.value = FILM_TYPES.filter((_, i) => formats[i]);
  if (!types.value.includes(type.value) && types.value[0]) type.value = types.value[0];
}

/** Shows a picture. */
export function show(bitmap: ImageBitmap, isDrawn: boolean): void {
  shown.value?.bitmap.close();
  shown.value = { bitmap, isDrawn };
}

/** Draws a frame in the worker of videos, with the look that is chosen. */
export async function drawFrame(
  frame: ImageBitmap | VideoFrame,
  size: { width: number; height: number },
  wanted = filmLook(look.value, size),
  run?: SteadyRun,
): Promise<DrawnFrame> {
  const drawn = await host.frame(frame, wanted, size, run);
  device.value = drawn.device;
  return drawn;
}

/** Ends what the worker draws. */
export function cancelFrames(): void {
  host.cancel();
}

let stop: AbortController | undefined;
/** Counts the videos that are made. */
let made = 0;

/**
 * Makes the whole video, here or on the server. The look is the one that is chosen now. While another video is being
 * opened, which takes the place of this one, nothing is made.
 */
export async function makeVideo(): Promise<void> {
  const of = film.value;
  if (!of || work.value || isOpening.value || !styleOf(look.value.style)) return;
  const name = fileName(of.name, type.value);
  stop = new AbortController();
  const { signal } = stop;
  forgetResult();
  work.value = { share: 0, frames: 0, rate: undefined, left: undefined };
  try {
    const { blob, frames } = await (makesVideoOnServer.value ? onServer(of, signal) : here(of, signal));
    result.value = { url: URL.createObjectURL(blob), blob, name, frames };
    playsResult.value = true;
  } catch (error) {
    if (!(error instanceof Cancelled) && !signal.aborted) tell(error, of);
  } finally {
    work.value = undefined;
    stop = undefined;
  }
}

type MadeVideo = Pick<VideoResult, 'blob' | 'frames'>;

/** Draws it frame by frame. */
async function here(of: Film, signal: AbortSignal): Promise<MadeVideo> {
  const size = sizeOf(of);
  const wanted = filmLook(look.value, size);
  const script = styleList?.opencv;
  const isSteady = script !== undefined && steady.value > 0;
  const run = isSteady ? { video: ++made, amount: steady.value, script: placeOf(script) } : undefined;
  let first = 0;
  const format = await formatOf(type.value, size);
  if (!format) throw new Error('no-encoder');
  const { blob, frames, lostSound } = await convertFilm(of, {
    ...{ format, ...size, signal },
    draw: (frame) => drawFrame(frame, size, wanted, run),
    onFrame: ({ bitmap }, share) => {
      const now = performance.now();
      first ||= now;
      const done = work.value!.frames + 1;
      const seconds = (now - first) / 1000;
      // The first frame waits for the style, and says nothing about the others.
      const rate = done > 1 ? (done - 1) / seconds : undefined;
      const left = rate && (of.duration * of.rate - done) / rate;
      work.value = { share, frames: done, rate, left: left && Math.max(0, left) };
      const copy = new OffscreenCanvas(bitmap.width, bitmap.height);
      copy.getContext('2d')!.drawImage(bitmap, 0, 0);
      show(copy.transferToImageBitmap(), true);
    },
  });
  if (lostSound) say('note', words.value.video.lostSound);
  return { blob, frames };
}

/** Has it drawn by the service. */
async function onServer(of: Film, signal: AbortSignal): Promise<MadeVideo> {
  const onStep: OnStep = (step, share, left) => {
    if (!signal.aborted) work.value = { step, share, left, frames: 0, rate: undefined };
  };
  onStep('sending');
  const asked = {
    of,
    look: look.value,
    steady: steady.value,
    size: sizeOf(of),
    format: type.value,
    signal,
    onStep,
  };
  const { videoFromServer } = await import('../server/video-on-server.js');
  return { blob: await videoFromServer(asked), frames: undefined };
}

/** In messages of browsers, and our own. */
const NO_ENCODER = /no-encoder|EncodingError|encoder/i;

function tell(error: unknown, of: Film): void {
  if (error instanceof FilmFailure) say('error', videoFailureText(error));
  else if (error instanceof ServiceFailure || !(error instanceof Error && NO_ENCODER.test(error.message))) {
    tellFailure(error, of.name);
  } else say('error', words.value.video.noEncoder);
}

/** Ends it. */
export function cancelVideo(): void {
  stop?.abort();
  host.cancel();
}

/** Takes the result away, so that the frame shows again. */
function forgetResult(): void {
  if (result.value) URL.revokeObjectURL(result.value.url);
  result.value = undefined;
  playsResult.value = false;
}
