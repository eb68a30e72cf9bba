/** ONNX Runtime reports what it runs, and marks the machine, unless it is told not to. The program tells it. */
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { newFolder } from './fns.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

test('a picture leaves nothing in the home of its user, and no number of the machine', async () => {
  const folder = await newFolder();
  const home = await newFolder();
  const photo = join(folder, 'photo.png');
  await sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } }).toFile(photo);
  // Where tests run for everybody (`CI`) the runtime keeps silent of itself: nothing of such an environment is passed on.
  const env = { PATH: process.env.PATH, HOME: home, USERPROFILE: home, LOCALAPPDATA: home };
  const args = ['stylize', photo, '-s', 'wave', '-o', join(folder, 'wave.png')];
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' });
  expect(stderr + status).toMatch(/0$/);
  expect(await readdir(folder)).toContain('wave.png');
  expect(await readdir(home, { recursive: true })).toEqual([]);
});
