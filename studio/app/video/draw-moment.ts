/** Shows one frame of the open video in the look that is chosen: the newest look and moment win. */
import { effect, untracked } from '@preact/signals';
import { failureText } from '../engine/failure.js';
import { Cancelled } from '../engine/worker-host.js';
import { look, say, styleOf, styles } from '../state.js';
import type { Film } from './film.js';
import { drawFrame, film, longest, moment, playsResult, show, sizeOf, work } from './video.js';

let isDrawing = false;
let isOld = false;

async function draw(): Promise<void> {
  isOld = true;
  if (isDrawing) return;
  isDrawing = true;
  try {
    while (isOld && !work.value) {
      isOld = false;
      const of = film.value;
      if (!of) return;
      await drawOnce(of).catch((error: unknown) => {
        // When another video has taken its place, its frames cannot be read any more.
        if (film.value === of || error instanceof Cancelled) throw error;
      });
    }
  } catch (error) {
    if (!(error instanceof Cancelled)) say('error', failureText(error));
  } finally {
    isDrawing = false;
  }
}

let photoOf = '';
let photo: ImageBitmap | undefined;

/** Shows a frame of a video, unless another was opened or is being made. */
function showOf(of: Film, bitmap: ImageBitmap, isDrawn: boolean): void {
  if (film.value === of && !work.value) show(bitmap, isDrawn);
  else bitmap.close();
}

async function drawOnce(of: Film): Promise<void> {
  const size = sizeOf(of);
  const key = [of.id, moment.value, size.width, size.height].join(' ');
  if (key !== photoOf || !photo) {
    const sample = await of.frames.getSample(of.begin + Math.min(moment.value, of.duration));
    if (!sample) return;
    const canvas = new OffscreenCanvas(size.width, size.height);
    sample.draw(canvas.getContext('2d')!, 0, 0, size.width, size.height);
    sample.close();
    photo?.close();
    photo = canvas.transferToImageBitmap();
    photoOf = key;
    showOf(of, await createImageBitmap(photo), false);
  }
  if (film.value !== of || work.value) return;
  // A style of the address may come later than the video.
  if (!styleOf(look.value.style)) return;
  const { bitmap } = await drawFrame(await createImageBitmap(photo), size);
  showOf(of, bitmap, true);
}

/**
 * Draws from now on whenever the video, the moment, the size or the look change; another look takes the place of a result
 * that plays. Returns how to end it.
 */
export function drawMoments(): () => void {
  let seen = look.peek();
  return effect(() => {
    void [moment.value, longest.value, styles.value];
    if (look.value !== seen && !work.value) playsResult.value = false;
    seen = look.value;
    if (!film.value || work.value || playsResult.value) return;
    untracked(() => void draw());
  });
}
