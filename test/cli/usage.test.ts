/** Wrong requests: one line, the exit code 2, and for other programs JSON. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { tinyStyle } from '../tiny-style.js';
import { fns, newFolder } from './fns.js';

let folder: string;

beforeAll(async () => {
  folder = await newFolder();
  await tinyStyle(folder);
});

describe('a wrong request', () => {
  test.each([
    [['stylize', '--json', '--bogus'], /unknown option '--bogus'/],
    [['--json', 'stylize', 'x.jpg'], /required option '-o, --out/],
    [
      ['stylize', 'x.jpg', '-s', 'wave', '-o', 'y.jpg', '--strength', '2', '--json'],
      /strength of a style is a number from 0 to 1/,
    ],
  ])('%j is told in JSON as well', async (args, message) => {
    const { code, stdout, stderr } = await fns(args, { cwd: folder });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ type: 'error', message: expect.stringMatching(message) });
    expect(stderr).toMatch(message);
  });

  test.each([
    [
      'threads that no machine has',
      ['stylize', 'x.jpg', '-s', 'wave', '-o', 'y.jpg', '--threads', '1e9'],
      /--threads can be 1024 at most/,
    ],
    [
      'a size that no picture has',
      ['stylize', 'x.jpg', '-s', './tiny.onnx', '-o', 'y.png', '--size', '1e9'],
      /--size: at most 65535 pixels/,
    ],
    [
      'no worker where there can be no other',
      ['serve', '--data', 'd', '--port', '0', '--jobs', '0'],
      /--jobs: at least 1 is needed: no worker of another process can use the embedded database/,
    ],
    [
      'a storage with one slash',
      ['serve', '--data', 'd', '--storage', 's3:/bucket', '--port', '0'],
      /--storage: s3:\/\/ is needed/,
    ],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await fns(args, { cwd: folder });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  });

  test.each([
    [['evaluate', 'pictures', 'tiny.onnx', '--painting', 'p.jpg', '--photos', '.'], /p\.jpg: no such file/],
    [['reconstruct', 'content', 'p.jpg', '-o', 'out'], /p\.jpg: no such file/],
    [
      ['evaluate', 'objective', 'tiny.onnx', '--painting', 'p.jpg', '--photos', 'no', '-o', 'x'],
      /the photo folder no does not exist/,
    ],
  ])('%j: what is missing is told before what would be needed, too', async (args, message) => {
    const { code, stderr } = await fns(args, { cwd: folder, env: { FNS_WEIGHTS: folder } });
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(message)]);
    expect(code).toBe(1);
  });

  test('ends well while the thread of the first session still loads', async () => {
    const args = ['video', join(folder, 'x.mp4'), '-s', 'wave', '-o', 'y.mp4', '--steady', '2'];
    for (let i = 0; i < 6; i++) {
      const { code, stderr } = await fns(args, { cwd: folder });
      expect([code, stderr.trim().split('\n')]).toEqual([2, [expect.stringMatching(/^error: --steady/)]]);
    }
  });
});
