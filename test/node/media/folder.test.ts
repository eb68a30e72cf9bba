import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { listPhotos } from '../../../src/node/media/folder.js';
import { dataDir, requireData } from '../../data.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-folder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('pictures of all folders, any case of extension, sorted, without hidden ones', async () => {
  const place = join(folder, 'set [1] (odd name)');
  mkdirSync(join(place, 'deep', 'er'), { recursive: true });
  mkdirSync(join(place, '.hidden'));
  const pictures = ['B.JPG', 'a.png', 'deep/er/x.TIFF', 'deep/y.webp', 'z.jpeg'];
  for (const name of [...pictures, '.c.jpg', '.hidden/d.jpg', 'notes.txt', 'jpg', 'deep/e.jpg.part']) {
    writeFileSync(join(place, name), '');
  }
  expect(await listPhotos(place)).toEqual(pictures.map((name) => join(place, name)));
});

test('a missing folder, a file, and a folder without pictures are named', async () => {
  await expect(listPhotos(join(folder, 'gone'))).rejects.toMatchObject({
    message: `the photo folder ${join(folder, 'gone')} does not exist`,
    kind: 'failure',
  });
  writeFileSync(join(folder, 'file'), '');
  await expect(listPhotos(join(folder, 'file'))).rejects.toThrow(`${join(folder, 'file')} is not a folder`);
  mkdirSync(join(folder, 'empty'));
  await expect(listPhotos(join(folder, 'empty'))).rejects.toThrow(`no pictures in ${join(folder, 'empty')}`);
});

test('the training photos are all found', async () => {
  if (!requireData('listing the training photos')) return;
  expect((await listPhotos(join(dataDir!, 'photos/train'))).length).toBeGreaterThanOrEqual(2700);
});
