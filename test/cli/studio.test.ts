import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fns, newFolder } from './fns.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

test.each(['SIGINT', 'SIGTERM'] as const)('fns studio serves until %s', async (signal) => {
  const child = spawn('node', [program, 'studio', '--no-open', '--port', '0', '--json']);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { type, url } = JSON.parse(line);
  expect(type).toBe('serving');
  expect(await (await fetch(url)).text()).toContain('<div id="app">');
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([0, null]);
  await expect(fetch(url)).rejects.toThrow();
});

test('fns studio --export writes a site', async () => {
  const folder = await newFolder();
  const { code, stdout } = await fns(['studio', '--export', join(folder, 'site'), '--quiet']);
  expect([code, stdout.trim()]).toEqual([0, join(folder, 'site', 'index.html')]);
  expect(await readdir(join(folder, 'site', 'files'))).toContain('styles.json');
});

test.each([
  [['--port', '-1'], /--port needs a whole number of at least 0/],
  [['--port', '99999'], /--port: a number of 0 to 65535 is needed/],
  [['--styles', 'no-such-folder'], /no-such-folder/],
])('fns studio %j says what is wrong', async (args, message) => {
  const { code, stderr } = await fns(['studio', '--no-open', ...args]);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(args[0] === '--styles' ? 1 : 2);
});
