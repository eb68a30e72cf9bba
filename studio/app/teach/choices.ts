/** What has been chosen for a training. It outlives the view. */
import { computed, signal } from '@preact/signals';
import type { LossWeights } from '../../worker/loss-weights.js';
import { LEAST_PHOTOS } from '../../worker/teach-pictures.js';
import type { TeachSettings } from '../../worker/teach-settings.js';
import { isIos, runtimeSettings } from '../engine/device.js';
import { teachesOnServer } from '../server/service.js';

/** A picture that was chosen: its file, and an address for an `img`. */
export interface ChosenPicture {
  file: Blob;
  name: string;
  url: string;
}

/** The most photos that are learned on: a few hundred do. */
export const MOST_PHOTOS = 300;
/** How far the painting counts, as powers of two; how large it is, as multiples of the photos. */
export const STRENGTHS = [-2, -1, 0, 1, 2];
export const STROKES = [1, 2, 3, 4];
/** Steps of a short, a usual and a long training. */
export const LENGTHS = [150, 500, 2000];

export const painting = signal<ChosenPicture | undefined>(undefined);
export const photos = signal<File[]>([]);
/** Indices of the lists above. */
export const strength = signal(2);
export const strokes = signal(1);
export const length = signal(1);
/** The photo of the preview; without, the one that is open in the page. */
export const previewPhoto = signal<ChosenPicture | undefined>(undefined);
/** The loss network's weights; `missing` when they are nowhere, undefined while that is not known. */
export const weights = signal<LossWeights | 'missing' | undefined>(undefined);
/** Sides of the photos' parts in pixels, from large to small. */
export const SIZES = [192, 128, 96, 64];
/** The side that is learned on: a second a step without a GPU. Smaller where there was not enough memory. */
export const size = signal(128);

/** Learns on larger parts where there is a GPU. */
export async function chooseSize(): Promise<void> {
  type Adapter = { info?: { isFallbackAdapter?: boolean } } | null;
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<Adapter> } };
  if (!gpu || runtimeSettings.device === 'cpu' || isIos) return;
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter && !adapter.info?.isFallbackAdapter) size.value = 192;
}

/** The library's options in the address (`?training={"size":64}`), for tests. */
function overrides(): TeachSettings['overrides'] & { size?: number; steps?: number } {
  try {
    return JSON.parse(new URLSearchParams(location.search).get('training') ?? '{}');
  } catch {
    return {};
  }
}

/** The settings as they are now. @param usual the side of the photos' parts */
export function settingsNow(usual = size.value): TeachSettings {
  const { size: side = usual, steps = LENGTHS[length.value]!, ...others } = overrides();
  return {
    strength: STRENGTHS[strength.value]!,
    strokes: STROKES[strokes.value]!,
    ...{ steps, size: side, overrides: others },
  };
}

/** Tells whether everything is there that a training needs. */
export const isReady = computed(() => {
  const canLearn = teachesOnServer.value || typeof weights.value === 'object';
  return painting.value !== undefined && photos.value.length >= LEAST_PHOTOS && canLearn;
});

const isPicture = ({ name, type }: File) =>
  type.startsWith('image/') || /\.(jpe?g|png|webp|avif|gif|bmp|tiff?|heic|jfif)$/i.test(name);

function chosen(file: File, before: ChosenPicture | undefined): ChosenPicture {
  if (before) URL.revokeObjectURL(before.url);
  return { file, name: file.name, url: URL.createObjectURL(file) };
}

/** Chooses the painting. */
export function choosePainting(file: File | undefined): void {
  if (file) painting.value = chosen(file, painting.value);
}

/** Chooses the photo of the preview. */
export function choosePreviewPhoto(file: File | undefined): void {
  if (file) previewPhoto.value = chosen(file, previewPhoto.value);
}

/** Adds photos, each once. Of too many, some from all over are taken. */
export function addPhotos(files: readonly File[]): void {
  const keyOf = ({ name, size, lastModified }: File) => `${name} ${size} ${lastModified}`;
  const all = new Map([...photos.value, ...files.filter(isPicture)].map((file) => [keyOf(file), file]));
  const list = [...all.values()];
  const step = Math.max(1, list.length / MOST_PHOTOS);
  photos.value = Array.from(
    { length: Math.min(list.length, MOST_PHOTOS) },
    (_, i) => list[Math.floor(i * step)]!,
  );
}
