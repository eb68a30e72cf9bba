import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAppendFile } from '../../../src/node/logs/append-file.js';
import { newFolder } from '../../cli/fns.js';

test('records go to the end of what is kept, and are on the disk at once', async () => {
  const path = join(await newFolder(), 'x');
  await writeFile(path, 'one two three');
  const file = await openAppendFile(path, { keep: (bytes) => bytes.indexOf(' three') });
  await file.append(Buffer.from('+'));
  expect(await readFile(path, 'utf8')).toBe('one two+');
  expect(file.length).toBe(8);
  await file.close();
});

test('a full device is a clear error, and the file keeps its length', async () => {
  const file = await openAppendFile('/dev/full');
  await expect(file.append(Buffer.from('x'))).rejects.toThrow(
    'cannot write /dev/full: no space left on the device',
  );
  expect(file.length).toBe(0);
  await file.close();
});

test('a new file does not replace one that is there', async () => {
  const path = join(await newFolder(), 'x');
  await writeFile(path, 'mine');
  await expect(openAppendFile(path, { isNew: true })).rejects.toThrow(/cannot write .*x: /);
  expect(await readFile(path, 'utf8')).toBe('mine');
});
