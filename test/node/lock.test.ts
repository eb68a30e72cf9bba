import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeLock } from '../../src/node/lock.js';
import { newFolder } from '../cli/fns.js';

test('a lock is held by one, and free again afterwards', async () => {
  const path = join(await newFolder(), 'lock');
  const lock = await takeLock(path, 'the thing');
  await expect(takeLock(path, 'the thing')).rejects.toThrow(
    `the thing is in use by another program (process ${process.pid})`,
  );
  await lock.release();
  expect(existsSync(path)).toBe(false);
  await (await takeLock(path, 'the thing')).release();
});

test('of many at once one gets it', async () => {
  const path = join(await newFolder(), 'lock');
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path, 'it')));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('the lock of a program that was killed is taken over', async () => {
  const path = join(await newFolder(), 'lock');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  await writeFile(path, JSON.stringify({ pid: child.pid, host: hostname() }));
  await expect(takeLock(path, 'it')).rejects.toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await takeLock(path, 'it');
  expect(JSON.parse(await readFile(path, 'utf8')).pid).toBe(process.pid);
  await lock.release();
});

test('the number of an ended program that another has now is no holder', async () => {
  const path = join(await newFolder(), 'lock');
  await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), began: '1' }));
  if (existsSync('/proc/self/stat')) await (await takeLock(path, 'it')).release();
  else await expect(takeLock(path, 'it')).rejects.toThrow('in use');
});

test('a lock of another machine is believed, and one that is empty is not', async () => {
  const path = join(await newFolder(), 'lock');
  await writeFile(path, JSON.stringify({ pid: 1, host: 'another' }));
  await expect(takeLock(path, 'it')).rejects.toThrow(`on another; if that has ended, remove ${path}`);
  await writeFile(path, '');
  await (await takeLock(path, 'it')).release();
});
