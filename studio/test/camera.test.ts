/** The camera ends with its view, whatever was on its way. */
import { beforeEach, expect, test, vi } from 'vitest';
import {
  camera,
  failure,
  liveFrame,
  startCamera,
  startRecording,
  stopCamera,
  stopRecording,
} from '../app/camera/camera.js';
import { type Later, later, soon } from './later.js';

const fakes = vi.hoisted(() => ({
  opened: [] as { isOpen: boolean }[],
  lives: [] as { isOver: boolean }[],
  recordings: [] as { starting: Later<void>; stopping: Later<void>; isStopped: boolean }[],
}));

vi.mock('../app/camera/open-camera.js', () => ({
  async openCamera(id = 'front') {
    const one = { id, isOpen: true, stream: { getVideoTracks: () => [{ addEventListener() {} }] } };
    fakes.opened.push(one);
    return one;
  },
  closeCamera(one: { isOpen: boolean }) {
    one.isOpen = false;
  },
  listCameras: async () => [],
}));
vi.mock('../app/camera/draw-live.js', () => ({
  drawLive() {
    const live = { isOver: false };
    fakes.lives.push(live);
    return () => {
      live.isOver = true;
    };
  },
}));
vi.mock('../app/camera/recording.js', () => ({
  Recording: {
    async start() {
      const one = { starting: later(), stopping: later(), isStopped: false };
      fakes.recordings.push(one);
      await one.starting.promise;
      return {
        stop() {
          one.isStopped = true;
          return one.stopping.promise;
        },
      };
    },
  },
}));
vi.mock('../app/film/formats.js', () => ({
  FILM_TYPES: ['mp4'],
  formatOf: async (type: string) => ({ type }),
}));
vi.mock('../app/engine/failure.js', () => ({ failureText: String }));
vi.mock('../app/film/file-name.js', () => ({ fileName: String }));
vi.mock('../app/shell/download.js', () => ({ downloadBlob: () => undefined }));
vi.mock('../app/words.js', () => ({ words: { value: {} } }));

const canvas = {} as HTMLCanvasElement;
/** A video that plays when the test says so. */
const videoOf = (playing: Promise<void>) => ({ play: () => playing }) as HTMLVideoElement;
const video = videoOf(Promise.resolve());
const areOpen = () => fakes.opened.map(({ isOpen }) => isOpen);

/** Begins a recording, whose encoder starts when the test says so. */
async function record(): Promise<void> {
  const before = fakes.recordings.length;
  liveFrame.value = { width: 4, height: 4, device: 'cpu', rate: 1 };
  void startRecording();
  await vi.waitFor(() => expect(fakes.recordings).toHaveLength(before + 1));
}

beforeEach(async () => {
  void stopRecording();
  await stopCamera();
  for (const list of Object.values(fakes)) list.length = 0;
});

test('another camera that is chosen while a recording is saved stays closed when the view is left', async () => {
  await startCamera(video, canvas);
  await record();
  fakes.recordings[0]!.starting.resolve();
  await soon();
  const other = startCamera(video, canvas, 'back');
  await soon();
  const left = stopCamera();
  fakes.recordings[0]!.stopping.resolve();
  await Promise.all([other, left]);
  expect(areOpen()).toEqual([false]);
  expect(camera.value).toBeUndefined();
});

test('another camera that is chosen while a recording is saved is opened then', async () => {
  await startCamera(video, canvas);
  await record();
  fakes.recordings[0]!.starting.resolve();
  await soon();
  const other = startCamera(video, canvas, 'back');
  await soon();
  fakes.recordings[0]!.stopping.resolve();
  await other;
  expect(areOpen()).toEqual([false, true]);
  expect(camera.value?.id).toBe('back');
});

test('a view that is left before the first frame draws nothing', async () => {
  const playing = later();
  const started = startCamera(videoOf(playing.promise), canvas);
  await vi.waitFor(() => expect(areOpen()).toEqual([true]));
  await stopCamera();
  playing.resolve();
  await started;
  expect(areOpen()).toEqual([false]);
  expect(fakes.lives.filter(({ isOver }) => !isOver)).toEqual([]);
  expect(failure.value).toBeUndefined();
});

test('a recording that is ended and begun again while it starts leaves no encoder behind', async () => {
  await startCamera(video, canvas);
  await record();
  await stopRecording();
  await record();
  for (const { starting } of fakes.recordings) starting.resolve();
  await soon();
  expect(fakes.recordings.map(({ isStopped }) => isStopped)).toEqual([true, false]);
  void stopRecording();
  expect(fakes.recordings.map(({ isStopped }) => isStopped)).toEqual([true, true]);
});
