/** Output that nobody reads, and disks that are full. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { uniformValues } from '../../src/core/random.js';
import { onSmallDisk } from '../small-disk.js';
import { tinyStyle } from '../tiny-style.js';
import { fns, newFolder } from './fns.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await newFolder();
  await tinyStyle(folder);
  await mkdir(join(folder, 'in'));
  const noise = Uint8Array.from(uniformValues(120 * 100 * 3, 1, 1), (v) => 128 + 127 * v);
  for (const name of ['1', '2', '3']) {
    await sharp(noise, { raw: { width: 120, height: 100, channels: 3 } })
      .jpeg()
      .toFile(join(folder, 'in', `${name}.jpg`));
  }
});

/** Runs a line of the shell in which `fns` is the program; `code` is the program's own exit code. */
function shell(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = `fns() { "${process.execPath}" "${main}" "$@"; }\n${line}\nexit \${PIPESTATUS[0]}`;
  return new Promise((resolve) => {
    execFile('bash', ['-c', script], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

const batch = (out: string) => `fns stylize in -s tiny.onnx -o ${out}`;
const all = ['.fns-pictures.jsonl', '1.jpg', '2.jpg', '3.jpg'];

describe('the reader has gone', () => {
  test('a list ends', async () => {
    expect(await shell('fns styles | head -1')).toMatchObject({ code: 0, stderr: '' });
    expect(await shell('fns --help | true')).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['a', '| true'],
    ['b', '--json | true'],
    ['c', '2>&1 >/dev/null | true'],
  ])('a batch goes on (%s: %s)', async (out, rest) => {
    const { code, stderr } = await shell(`${batch(out)} ${rest}`);
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/error|at /);
    expect((await readdir(join(folder, out))).sort()).toEqual(all);
  });

  test('a picture on standard output ends with one line', async () => {
    // More bytes than a pipe holds.
    const { code, stderr } = await shell(
      'fns stylize in/1.jpg -s tiny.onnx -o - --format png --quiet | sleep 0',
    );
    expect([code, stderr]).toEqual([1, 'error: cannot write standard output: nobody reads it any more\n']);
  });
});

describe.runIf(existsSync('/dev/full'))('the disk is full', () => {
  const line = 'error: cannot write standard output: no space left on the device\n';

  test('a list ends with one line', async () => {
    expect(await shell('fns styles > /dev/full')).toMatchObject({ code: 1, stderr: line });
    expect(await shell('fns --help > /dev/full')).toMatchObject({ code: 1, stderr: line });
    const picture = await shell('fns stylize in/1.jpg -s tiny.onnx -o - --quiet > /dev/full');
    expect(picture).toMatchObject({ code: 1, stderr: line });
  });

  test('a batch goes on, and says it once', async () => {
    const { code, stderr } = await shell(`${batch('d')} --quiet > /dev/full`);
    expect([code, stderr]).toEqual([1, line]);
    expect((await readdir(join(folder, 'd'))).sort()).toEqual(all);
    expect(await shell(`${batch('e')} 2> /dev/full`)).toMatchObject({ code: 0 });
    expect((await readdir(join(folder, 'e'))).sort()).toEqual(all);
  });

  test('the disk of the pictures: one line for each, no half file', (context) =>
    onSmallDisk(context, async (disk) => {
      const args = [
        'stylize',
        'in',
        '-s',
        'tiny.onnx',
        '-o',
        join(disk, 'x'),
        '--format',
        'png',
        '--strength',
        '0',
        '--quiet',
      ];
      // A PNG of noise has 36 KB: one fits.
      const { code, stderr } = await fns(args, { cwd: folder });
      expect(code).toBe(1);
      const lines = stderr.trim().split('\n');
      expect(lines.at(-1)).toMatch(/^error: \d of 3 photos could not be stylised/);
      for (const each of lines.slice(0, -1)) expect(each).toMatch(/^error: .*no space left on the device$/);
      for (const file of await readdir(join(disk, 'x'))) {
        expect(file).not.toMatch(/\.tmp$/);
        if (file.endsWith('.png')) await sharp(join(disk, 'x', file)).stats();
      }
    }));
});
