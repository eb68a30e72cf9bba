/** A training that was ended says nothing any more. */
import { beforeEach, expect, test, vi } from 'vitest';
import { messages, teaching } from '../app/state.js';
import {
  activity,
  begin,
  cancel,
  history,
  lastStep,
  phase,
  preview,
  throwAway,
} from '../app/teach/teaching.js';
import type { Taught, TeachEvents } from '../worker/teach.worker.js';
import { type Later, later, soon } from './later.js';

/** The trainings that were begun. */
const runs = vi.hoisted(() => [] as { told: TeachEvents; result: Later<Taught> }[]);

vi.mock('../app/teach/teach-host.js', () => ({
  TeachHost: class {
    worker = {
      start: async () => undefined,
      begin(_: unknown, __: unknown, told: TeachEvents) {
        runs.push({ told, result: later<Taught>() });
        return runs.at(-1)!.result.promise;
      },
    };
    ask<T>(task: (worker: unknown) => Promise<T>): Promise<T> {
      return task(this.worker);
    }
    end() {}
  },
}));
vi.mock('../store/training.js', () => ({
  readTraining: async () => undefined,
  deleteTraining: async () => undefined,
}));
vi.mock('../app/teach/choices.js', () => ({
  LENGTHS: [1, 2],
  SIZES: [],
  settingsNow: () => ({}),
  painting: { value: { file: new Blob(), url: '', name: 'painting.jpg' } },
  photos: { value: [new Blob()] },
  previewPhoto: { value: undefined },
  size: { value: 256 },
  weights: { value: {} },
}));
vi.mock('../app/engine/device.js', () => ({ runtimeSettings: {} }));
vi.mock('../app/engine/place.js', () => ({ placeOf: String }));
vi.mock('../app/styles/load-styles.js', () => ({ styleList: undefined }));
vi.mock('../app/teach/failure.js', () => ({ isOutOfMemory: () => false, teachFailureText: String }));
vi.mock('../app/teach/result.js', async () => {
  const { signal } = await import('@preact/signals');
  return { keepResult: async () => undefined, result: signal(undefined) };
});
vi.mock('../app/words.js', () => ({
  words: { value: { teach: { unreadable: String, notKept: 'not kept' } } },
}));

const bitmap = () => ({ close: vi.fn() }) as unknown as ImageBitmap;
const step = { step: 1, steps: 2, secondsLeft: 1, losses: [1, 1, 1] as [number, number, number] };

/** Begins a training, and gives it when its worker was asked. */
async function beginOne() {
  void begin();
  await soon();
  return runs.at(-1)!;
}

beforeEach(async () => {
  vi.stubGlobal('navigator', {});
  runs.length = 0;
  await throwAway();
  messages.value = [];
});

test('the events of a training are told while it runs', async () => {
  const { told } = await beginOne();
  told.onStep(step);
  const [first, second] = [bitmap(), bitmap()];
  told.onPreview(first);
  told.onPreview(second);
  expect(phase.value).toBe('learning');
  expect([lastStep.value, history.value, teaching.value]).toEqual([step, [step.losses], 0.5]);
  expect(preview.value).toBe(second);
  expect(first.close).toHaveBeenCalledOnce();
});

test.each([
  ['cancelled', cancel],
  ['thrown away', throwAway],
])('what was on its way when a training was %s is left out', async (_, end) => {
  const { told, result } = await beginOne();
  await end();
  const late = bitmap();
  told.onBytes(1, 2);
  told.onRead(1);
  told.onUnreadable(1);
  told.onBegin([[1, 1, 1]], 1);
  told.onStep(step);
  told.onPreview(late);
  told.onNotKept();
  result.resolve({ step: 1, stopped: false } as Taught);
  await soon();
  expect(late.close).toHaveBeenCalledOnce();
  expect([phase.value, activity.value, lastStep.value, history.value, teaching.value, preview.value]).toEqual(
    ['choosing', undefined, undefined, [], undefined, undefined],
  );
  expect(messages.value).toEqual([]);
});

test('a training that was cancelled leaves the next one alone', async () => {
  const before = await beginOne();
  await cancel();
  const { told } = await beginOne();
  told.onStep(step);
  before.result.resolve({ step: 1, stopped: true } as Taught);
  await soon();
  expect([phase.value, teaching.value]).toEqual(['learning', 0.5]);
});
