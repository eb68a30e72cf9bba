/** When the full picture is drawn, shown, and drawn again. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  cancelFull,
  fullFile,
  hasFailed,
  isFullThere,
  leaveFull,
  retryFull,
  show,
  wantFull,
} from '../app/engine/full-picture.js';
import { DEFAULT_LOOK, look, type Photo, photo, shipped, shown } from '../app/state.js';
import type { PictureLook } from '../worker/draw.worker.js';
import { type Later, later } from './later.js';

/** The full pictures that the worker was asked for. */
const asked = vi.hoisted(() => [] as (Later<{ bitmap: ImageBitmap; device: string }> & { style: string })[]);

/** The files that it was asked for, with the photo that it had then. */
const files = vi.hoisted(() => [] as (Later<Blob> & { style: string; of: Blob })[]);

vi.mock('../app/engine/draw-host.js', () => {
  class Cancelled extends Error {}
  class DrawHost {
    photo!: Blob;
    setPhoto(file: Blob) {
      if (this.photo !== file) this.cancel();
      this.photo = file;
    }
    cancel() {
      for (const one of [...asked, ...files]) one.reject(new Cancelled());
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
        file: ({ parts }: PictureLook) => {
          const one = Object.assign(later<Blob>(), { style: parts[0]!.style.id, of: this.photo });
          files.push(one);
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

function openPhoto(): void {
  of = { id: ++photos, name: 'photo', file: new Blob(), url: '', width: 2000, height: 1000 };
  photo.value = of;
}

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
  files.length = 0;
  shipped.value = [style('wave'), style('scream')];
  openPhoto();
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

test('a picture that is being saved is not ended by another style, which is drawn after it', async () => {
  choose({ style: 'wave' });
  await rest();
  const saved = fullFile('image/png');
  choose({ style: 'scream' });
  await rest();
  await finish();
  expect(asked.map((one) => one.style)).toEqual(['wave']);
  const file = new Blob();
  files[0]!.resolve(file);
  expect(await saved).toBe(file);
  await rest();
  expect(asked.map((one) => one.style)).toEqual(['wave', 'scream']);
  await finish();
  expect(isFullThere(of)).toBe(true);
});

test('pictures that are being saved stay those of their photos when others are opened', async () => {
  choose({ style: 'wave' });
  await rest();
  await finish();
  const first = of;
  const saved = [fullFile('image/png')];
  leaveFull();
  openPhoto();
  choose({ style: 'scream' });
  await rest();
  saved.push(fullFile('image/png'));
  expect(files).toHaveLength(1);
  files[0]!.resolve(new Blob());
  await rest();
  files[1]!.resolve(new Blob());
  await Promise.all(saved);
  expect(files.map((one) => [one.style, one.of])).toEqual([
    ['wave', first.file],
    ['scream', of.file],
  ]);
  await finish();
  expect(isFullThere(of)).toBe(true);
});

test('pictures that are being saved are ended when the person says so', async () => {
  choose({ style: 'wave' });
  await rest();
  await finish();
  const saved = Promise.allSettled([fullFile('image/png'), fullFile('image/jpeg')]);
  await rest();
  cancelFull();
  expect((await saved).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(files).toHaveLength(1);
});
