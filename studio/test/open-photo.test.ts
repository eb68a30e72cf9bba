/** Of several photos that are opened the last one is on the stage. */
import { beforeEach, expect, test, vi } from 'vitest';
import { openExample, openPhoto } from '../app/photo/open-photo.js';
import { messages, photo, work } from '../app/state.js';
import { type Later, later, soon } from './later.js';

vi.mock('../app/engine/failure.js', () => ({ failureText: (_: Error, name: string) => `${name} is broken` }));
vi.mock('../app/words.js', () => ({ words: { value: { example: 'example' } } }));

/** The photos that are decoded. */
let decoding: Later<void>[];
let addresses: Set<string>;

beforeEach(() => {
  decoding = [];
  addresses = new Set();
  photo.value = undefined;
  messages.value = [];
  let count = 0;
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => {
    addresses.add(`blob:${++count}`);
    return `blob:${count}`;
  });
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => addresses.delete(url));
  class FakeImage {
    naturalWidth = 4;
    naturalHeight = 3;
    decode() {
      decoding.push(later());
      return decoding.at(-1)!.promise;
    }
  }
  vi.stubGlobal('Image', FakeImage);
  vi.stubGlobal('fetch', async () => new Response('example'));
});

test('a large photo that was chosen before a small one does not take its place', async () => {
  const large = openPhoto(new Blob(), 'large');
  const small = openPhoto(new Blob(), 'small');
  decoding[1]!.resolve();
  await small;
  expect([photo.value?.name, work.value]).toEqual(['small', undefined]);
  decoding[0]!.resolve();
  await large;
  expect(photo.value?.name).toBe('small');
  expect([...addresses]).toEqual([photo.value?.url]);
});

test('a broken photo that was chosen before another says nothing, and the work goes on', async () => {
  const broken = openPhoto(new Blob(), 'broken');
  const good = openPhoto(new Blob(), 'good');
  decoding[0]!.reject(new Error('broken'));
  await broken;
  expect([messages.value, work.value]).toEqual([[], { kind: 'photo' }]);
  decoding[1]!.resolve();
  await good;
  expect(photo.value?.name).toBe('good');
});

test('an example that is slow leaves the photo of the person', async () => {
  const example = openExample();
  await soon();
  const own = openPhoto(new Blob(), 'own');
  decoding[1]!.resolve();
  await own;
  decoding[0]!.resolve();
  await example;
  expect(photo.value?.name).toBe('own');
  expect([...addresses]).toEqual([photo.value?.url]);
});

test('an example that comes first gives way to the photo of the person', async () => {
  const own = openPhoto(new Blob(), 'own');
  const example = openExample();
  await soon();
  decoding[1]!.resolve();
  await example;
  expect(photo.value?.name).toBe('example');
  decoding[0]!.resolve();
  await own;
  expect(photo.value?.name).toBe('own');
});

test('the example comes when the first photo of the person is broken', async () => {
  const own = openPhoto(new Blob(), 'own');
  decoding[0]!.reject(new Error('broken'));
  await own;
  expect(messages.value.map(({ text }) => text)).toEqual(['own is broken']);
  const example = openExample();
  await soon();
  decoding[1]!.resolve();
  await example;
  expect(photo.value?.name).toBe('example');
});
