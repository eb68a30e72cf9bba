import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { newProcessFolder } from '../../src/node/process-folder.js';
import { newFolder } from '../cli/fns.js';

const built = new URL('../../dist/node/media/pixel-file.js', import.meta.url).href;
const LAYOUT = { width: 20, height: 10, channels: 3, depth: 8 } as const;
const makeOne = `const { newPixelFile } = await import('${built}'); await newPixelFile(${JSON.stringify(LAYOUT)});`;

let place: string;

beforeEach(async () => {
  place = await newFolder();
  vi.stubEnv('TMPDIR', place);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(place, { recursive: true });
});

/** The folder that is there, renamed as another process would have called it, with a file. */
async function leftBy(path: string, change: (name: string) => string): Promise<string> {
  const folder = join(dirname(path), change(basename(path)));
  await mkdir(folder);
  await writeFile(join(folder, 'picture.v'), 'pixels');
  return folder;
}

describe('a folder for temporary files', () => {
  test.skipIf(process.platform === 'win32')('is entered by its user alone', async () => {
    expect((await stat(await newProcessFolder('fns-a-'))).mode & 0o777).toBe(0o700);
  });

  test('those of ended processes are removed, others stay', async () => {
    const own = await newProcessFolder('fns-a-');
    const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(sleeper, 'spawn');
    const pid = `-${process.pid}-`;
    const gone = await leftBy(own, (name) => name.replace(pid, '-4194305-'));
    const living = await leftBy(own, (name) => name.replace(/-\d+-\d+-/, `-${sleeper.pid}-0-`));
    const elsewhere = await leftBy(own, (name) => name.replace(/-[0-9a-f]{6}-\d+-/, '-ffffff-4194305-'));
    const another = await leftBy(own, (name) => name.replace('fns-a-', 'fns-b-').replace(pid, '-4194305-'));
    const made = await newProcessFolder('fns-a-');
    expect(existsSync(gone)).toBe(false);
    for (const folder of [own, living, elsewhere, another, made])
      expect(existsSync(folder), folder).toBe(true);
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
    await newProcessFolder('fns-a-');
    expect(existsSync(living)).toBe(false);
  });

  test.runIf(existsSync('/proc/self/stat'))(
    'a process of the same number that began at another time is another',
    async () => {
      const own = await newProcessFolder('fns-a-');
      const before = await leftBy(own, (name) => name.replace(/-\d+-(\w+)$/, '-1-$1'));
      await newProcessFolder('fns-a-');
      expect([existsSync(before), existsSync(own)]).toEqual([false, true]);
    },
  );
});

describe('files of pixels', () => {
  test('two instances of one process have names of their own, and nothing is left of them', async () => {
    const files = [];
    for (let i = 0; i < 2; i++) {
      vi.resetModules();
      const { newPixelFile } = await import('../../src/node/media/pixel-file.js');
      files.push(await newPixelFile(LAYOUT));
    }
    expect(new Set(files.map(({ path }) => path)).size).toBe(2);
    for (const file of files) await file.free();
    expect(await readdir(place)).toEqual([]);
  });

  test('a program that ends leaves none, and what a killed one left the next removes', async () => {
    const run = (code: string) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', `${makeOne} ${code}`]);
    await run('process.exit(0)');
    expect(await readdir(place)).toEqual([]);
    await run("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})").catch(() => {});
    expect(await readdir(place)).toHaveLength(1);
    await run('process.exit(0)');
    expect(await readdir(place)).toEqual([]);
  });

  test('a folder that cannot be written is named', async () => {
    vi.stubEnv('TMPDIR', join(place, 'missing'));
    const { newPixelFile } = await import('../../src/node/media/pixel-file.js');
    await expect(newPixelFile(LAYOUT)).rejects.toThrow(
      `cannot keep a large picture in ${join(place, 'missing')}`,
    );
  });
});
