/** Of several videos that are opened the last one is on the stage, and none is taken from under its making. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { look, messages, shipped } from '../app/state.js';
import { drawMoments } from '../app/video/draw-moment.js';
import type { Film } from '../app/video/film.js';
import { film, isOpening, makeVideo, openVideo, shown, work } from '../app/video/video.js';
import { type Later, later, soon } from './later.js';

const fakes = vi.hoisted(() => ({ openings: [] as Later<Film>[], conversions: [] as Film[] }));

vi.mock('../app/video/film.js', () => ({
  FilmFailure: class extends Error {},
  frameSize: () => ({ width: 4, height: 2 }),
  openFilm() {
    fakes.openings.push(later<Film>());
    return fakes.openings.at(-1)!.promise;
  },
}));
vi.mock('../app/video/convert.js', () => ({
  convertFilm(of: Film) {
    fakes.conversions.push(of);
    return new Promise(() => undefined);
  },
}));
vi.mock('../app/film/film-host.js', () => ({
  FilmHost: class {
    frame = async (frame: unknown) => ({ bitmap: frame, device: 'cpu' });
    cancel() {}
  },
}));
vi.mock('../app/engine/worker-host.js', () => ({ Cancelled: class extends Error {} }));
vi.mock('../app/engine/failure.js', () => ({ failureText: String, tellFailure: String }));
vi.mock('../app/engine/place.js', () => ({ placeOf: String }));
vi.mock('../app/film/formats.js', () => ({ FILM_TYPES: ['mp4'], formatOf: async () => ({ type: 'mp4' }) }));
vi.mock('../app/film/file-name.js', () => ({ fileName: String }));
vi.mock('../app/film/film-look.js', () => ({ filmLook: () => ({}) }));
vi.mock('../app/server/failure.js', () => ({ ServiceFailure: class extends Error {} }));
vi.mock('../app/server/service.js', () => ({ makesVideoOnServer: { value: false } }));
vi.mock('../app/styles/load-styles.js', () => ({ styleList: undefined }));
vi.mock('../app/words.js', () => ({ words: { value: { video: { failures: {} } } } }));

let films = 0;

/** A video whose frames come when the test says so. */
function fakeFilm(sample: Promise<unknown> = Promise.resolve(undefined)) {
  const dispose = vi.fn();
  const of = { id: ++films, name: 'film', begin: 0, duration: 1, rate: 1 };
  return { ...of, input: { dispose }, frames: { getSample: () => sample } } as unknown as Film;
}

const openOne = async (of: Film) => {
  const opened = openVideo([new File([], 'film.mp4')]);
  fakes.openings.at(-1)!.resolve(of);
  await opened;
};

let end = () => {};

beforeEach(async () => {
  fakes.openings.length = 0;
  fakes.conversions.length = 0;
  film.value = undefined;
  work.value = undefined;
  shown.value = undefined;
  messages.value = [];
  shipped.value = [{ id: look.value.style, name: 'style', thumbnail: '', size: 1, own: false }];
});

afterEach(() => end());

test('the video that was chosen last stays, however long the one before takes to open', async () => {
  const [slow, quick] = [fakeFilm(), fakeFilm()];
  const first = openVideo([new File([], 'slow.mp4')]);
  const second = openVideo([new File([], 'quick.mp4')]);
  fakes.openings[1]!.resolve(quick);
  await second;
  expect([film.value, isOpening.value]).toEqual([quick, false]);
  fakes.openings[0]!.resolve(slow);
  await first;
  expect(film.value).toBe(quick);
  expect(slow.input.dispose).toHaveBeenCalledOnce();
  expect(quick.input.dispose).not.toHaveBeenCalled();
});

test('a broken video that was chosen before another says nothing', async () => {
  const first = openVideo([new File([], 'broken.mp4')]);
  const second = openVideo([new File([], 'good.mp4')]);
  fakes.openings[0]!.reject(new Error('broken'));
  await first;
  expect([messages.value, isOpening.value]).toEqual([[], true]);
  const good = fakeFilm();
  fakes.openings[1]!.resolve(good);
  await second;
  expect(film.value).toBe(good);
});

test('a video that is about to be replaced is not made', async () => {
  const [before, after] = [fakeFilm(), fakeFilm()];
  await openOne(before);
  const opening = openVideo([new File([], 'film.mp4')]);
  await makeVideo();
  expect(work.value).toBeUndefined();
  fakes.openings.at(-1)!.resolve(after);
  await opening;
  expect(before.input.dispose).toHaveBeenCalledOnce();
  void makeVideo();
  await soon();
  expect(fakes.conversions).toEqual([after]);
  // While a video is made none is opened.
  await openVideo([new File([], 'film.mp4')]);
  expect(film.value).toBe(after);
});

test('the frame of the next video comes when that of the one before cannot be read any more', async () => {
  const bitmap = () => ({ close: () => undefined }) as unknown as ImageBitmap;
  vi.stubGlobal('createImageBitmap', async () => bitmap());
  class FakeCanvas {
    getContext() {}
    transferToImageBitmap = bitmap;
  }
  vi.stubGlobal('OffscreenCanvas', FakeCanvas);
  const sample = later<unknown>();
  end = drawMoments();
  await openOne(fakeFilm(sample.promise));
  await openOne(fakeFilm(Promise.resolve({ draw: () => undefined, close: () => undefined })));
  sample.reject(new Error('Input has been disposed.'));
  await vi.waitFor(() => expect(shown.value?.isDrawn).toBe(true));
  expect(messages.value).toEqual([]);
});

test('a frame that cannot be read is told', async () => {
  end = drawMoments();
  const sample = Promise.reject(new Error('damaged'));
  await openOne(fakeFilm(sample));
  await vi.waitFor(() => expect(messages.value.map(({ text }) => text)).toEqual(['Error: damaged']));
});
