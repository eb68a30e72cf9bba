/** When the full picture is drawn, shown, and drawn again. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hasFailed, isFullThere, retryFull, show, wantFull } from '../app/engine/full-picture.js';
import { DEFAULT_LOOK, look, type Photo, photo, shipped, shown } from '../app/state.js';
import type { PictureLook } from '../worker/draw.worker.js';
import { type Later, later } from './later.js';

/** The full pictures that the worker was asked for. */
const asked = vi.hoisted(() => [] as (Later<{ bitmap: ImageBitmap; device: string }> & { style: string })[]);

vi.mock('../app/engine/draw-host.js', () => {
  class Cancelled extends Error {}
  class DrawHost {
    setPhoto() {}
    cancel() {
      for (const one of asked) one.reject(new Cancelled());
    }
    run(task: (worker: unknown) => unknown) {
      return task({
        look({ parts }: PictureLook) {
          const one = Object.assign(later<{ bitmap: ImageBitmap; device: string }>(), {
            style: parts[0]!.style.id,
          });
          asked.push(one);
          return one.promise;
        },
      });
    }
  }
  return { Cancelled, DrawHost };
});
vi.mock('../app/engine/on-runtime.js', () => ({ onRuntime: undefined }));
vi.mock('../app/engine/failure.js', () => ({ tellFailure: () => undefined }));
vi.mock('../app/server/service.js', async () => {
  const { signal } = await import('@preact/signals');
  return { drawsOnServer: signal(false), serverWork: signal(undefined) };
});

const bitmap = () => ({ close: vi.fn() }) as unknown as ImageBitmap;
const style = (id: string) => ({ id, name: id, thumbnail: '', size: 1, own: false });
let photos = 0;
let of: Photo;

/** Chooses a look; the small picture of it comes at once. */
function choose(change: Partial<typeof DEFAULT_LOOK>): void {
  look.value = { ...DEFAULT_LOOK, ...change };
  if (!isFullThere(of)) show(of, bitmap(), false);
  wantFull(of, Promise.resolve());
}

/** Time enough for the hand to rest. */
const rest = () => vi.advanceTimersByTimeAsync(2000);

/** The worker is done with what it was asked for last. */
async function finish(): Promise<ImageBitmap> {
  const full = bitmap();
  asked.at(-1)!.resolve({ bitmap: full, device: 'cpu' });
  await rest();
  return full;
}

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  shipped.value = [style('wave'), style('scream')];
  of = { id: ++photos, name: 'photo', file: new Blob(), url: '', width: 2000, height: 1000 };
  photo.value = of;
});

afterEach(() => vi.useRealTimers());

test('comes back when another style was looked at before its full picture came', async () => {
  choose({ style: 'wave' });
  await rest();
  await finish();
  expect(isFullThere(of)).toBe(true);
  choose({ style: 'scream' });
  choose({ style: 'wave' });
  await rest();
  const full = await finish();
  expect(shown.value).toMatchObject({ bitmap: full, full: true });
});

test('comes back when the full picture of another style was being drawn', async () => {
  choose({ style: 'wave' });
  await rest();
  await finish();
  choose({ style: 'scream' });
  await rest();
  choose({ style: 'wave' });
  await rest();
  expect(asked.map((one) => one.style)).toEqual(['wave', 'scream', 'wave']);
  const full = await finish();
  expect(shown.value).toMatchObject({ bitmap: full, full: true });
});

test('comes back when a slider was moved away and back; what it was moved to is let go', async () => {
  choose({ style: 'wave' });
  await rest();
  await finish();
  choose({ style: 'wave', strength: 0.5 });
  await rest();
  choose({ style: 'wave' });
  const half = await finish();
  expect(half.close).toHaveBeenCalledOnce();
  const full = await finish();
  expect(shown.value).toMatchObject({ bitmap: full, full: true });
});

test('is not drawn again while it is on the stage', async () => {
  choose({ style: 'wave' });
  await rest();
  await finish();
  choose({ style: 'wave' });
  await rest();
  expect(asked).toHaveLength(1);
});

test('after a failure is tried again when the person says so, or after another look', async () => {
  choose({ style: 'wave' });
  await rest();
  asked.at(-1)!.reject(new Error('no memory'));
  await rest();
  expect(hasFailed.value).toBe(true);
  choose({ style: 'wave' });
  await rest();
  expect([asked.length, hasFailed.value]).toEqual([1, true]);
  retryFull();
  await rest();
  expect([asked.length, hasFailed.value]).toEqual([2, false]);
  asked.at(-1)!.reject(new Error('no memory'));
  await rest();
  choose({ style: 'scream' });
  await rest();
  await finish();
  choose({ style: 'wave' });
  await rest();
  await finish();
  expect(isFullThere(of)).toBe(true);
});
