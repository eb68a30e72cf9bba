import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { removeAbandoned, requireWritable, writeFileAtomically } from '../../../src/node/media/files.js';
import { onSmallDisk } from '../../small-disk.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a new file and a replaced file hold exactly the bytes, and nothing else is left in the folder', async () => {
  const place = join(folder, 'new');
  mkdirSync(place);
  await writeFileAtomically(join(place, 'a.bin'), Uint8Array.of(1, 2, 3));
  await writeFileAtomically(join(place, 'a.bin'), Uint8Array.of(4));
  await writeFileAtomically(join(place, 'b.txt'), 'text');
  expect([...readFileSync(join(place, 'a.bin'))]).toEqual([4]);
  expect(readFileSync(join(place, 'b.txt'), 'utf8')).toBe('text');
  expect(readdirSync(place)).toEqual(['a.bin', 'b.txt']);
});

test('a name of the greatest length, and what a killed process left of it', async () => {
  const place = join(folder, 'long');
  mkdirSync(place);
  const name = `${'海'.repeat(83)}.bin`;
  let temporary = '';
  await writeFileAtomically(join(place, name), async (file) => {
    temporary = file;
    writeFileSync(file, 'text');
  });
  expect(readdirSync(place)).toEqual([name]);
  // That of a process that is gone.
  writeFileSync(temporary.replace(/-\d+(\.[0-9a-f]{8}\.tmp)$/, '-4194305$1'), '');
  expect(readdirSync(place)).toHaveLength(2);
  await removeAbandoned(place, new Set(['another.bin']));
  expect(readdirSync(place)).toHaveLength(2);
  await removeAbandoned(place, new Set([name]));
  expect(readdirSync(place)).toEqual([name]);
});

test('a missing folder, and a file where the folder should be, are named', async () => {
  const missing = join(folder, 'nowhere');
  await expect(writeFileAtomically(join(missing, 'a.png'), 'x')).rejects.toThrow(
    `cannot write ${join(missing, 'a.png')}: the folder ${missing} does not exist`,
  );
  const file = join(folder, 'plain');
  writeFileSync(file, '');
  await expect(writeFileAtomically(join(file, 'a.png'), 'x')).rejects.toThrow(`${file} is not a folder`);
});

test('a target that is a folder is an error, and the temporary file is removed', async () => {
  const place = join(folder, 'taken');
  mkdirSync(join(place, 'a.png'), { recursive: true });
  await expect(writeFileAtomically(join(place, 'a.png'), 'x')).rejects.toMatchObject({
    message: `cannot write ${join(place, 'a.png')}: it is a folder`,
    kind: 'failure',
  });
  expect(readdirSync(place)).toEqual(['a.png']);
});

test('a read-only folder says permission denied', async ({ skip }) => {
  skip(process.getuid?.() === 0, 'root may write everywhere');
  const place = join(folder, 'locked');
  mkdirSync(place);
  chmodSync(place, 0o555);
  await expect(writeFileAtomically(join(place, 'a'), 'x')).rejects.toThrow('permission denied');
});

test('a disk that is read-only is told before anything is written', (context) =>
  onSmallDisk(context, async (disk) => {
    await requireWritable(disk);
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await expect(requireWritable(disk)).rejects.toThrow(`cannot write ${disk}: the disk is read-only`);
    await expect(writeFileAtomically(join(disk, 'a'), 'x')).rejects.toThrow('the disk is read-only');
  }));

test('a full disk: said in words, the old file intact, no temporary file left', (context) =>
  onSmallDisk(context, async (disk) => {
    const path = join(disk, 'a.bin');
    await writeFileAtomically(path, Uint8Array.of(1, 2, 3));
    await expect(writeFileAtomically(path, new Uint8Array(200_000))).rejects.toThrow(
      `cannot write ${path}: no space left on the device`,
    );
    expect(readdirSync(disk)).toEqual(['a.bin']);
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  }));
