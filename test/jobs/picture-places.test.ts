import { expect, test } from 'vitest';
import { placePictures } from '../../src/jobs/picture-places.js';

/** Photos of a folder, at their paths in it. */
const photos = (...places: string[]) =>
  places.map((place) => ({ path: `/in/${place}`, place, extension: `.${place.split('.').at(-1)}` }));
/** Photos that were named one by one. */
const named = (...paths: string[]) =>
  paths.map((path) => ({ path, place: path.split('/').at(-1)!, extension: '.jpg' }));
const targets = (...args: Parameters<typeof placePictures>) =>
  placePictures(...args).map(({ target }) => target);

test('a photo keeps its place', () => {
  expect(targets(photos('a.jpg', 'b/c.png'), 'out', undefined)).toEqual(['out/a.jpg', 'out/b/c.png']);
  expect(targets(photos('a.jpg', 'b/c.d.png'), 'out', '.webp')).toEqual(['out/a.webp', 'out/b/c.d.webp']);
});

test('photos that differ in their extension alone', () => {
  expect(targets(photos('a.png', 'a.jpg'), 'o', '.jpg')).toEqual(['o/a.png.jpg', 'o/a.jpg']);
  expect(targets(photos('a.png', 'a.tif'), 'o', '.jpg')).toEqual(['o/a.png.jpg', 'o/a.tif.jpg']);
});

test('no picture takes the place of another, whatever the photos are called', () => {
  const files = photos('a.png', 'a.jpg', 'a.png.jpg', 'a.png-2.jpg', 'A.tif');
  const all = targets(files, 'o', '.jpg');
  expect(all).toEqual(['o/a.png-3.jpg', 'o/a.jpg', 'o/a.png.jpg', 'o/a.png-2.jpg', 'o/A.tif.jpg']);
});

test('files of the same name in several folders, also where case does not count', () => {
  expect(targets(named('/x/a/1.jpg', '/x/b/1.jpg', '/x/2.jpg'), 'o', undefined)).toEqual([
    'o/a/1.jpg',
    'o/b/1.jpg',
    'o/2.jpg',
  ]);
  expect(targets(named('/a/I.jpg', '/b/i.jpg'), 'o', undefined)).toEqual(['o/a/I.jpg', 'o/b/i.jpg']);
});
