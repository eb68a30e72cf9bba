import { spawn } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { tinyStyle } from '../tiny-style.js';
import { fns, newFolder } from './fns.js';

let folder: string;
let style: string;

beforeAll(async () => {
  folder = await newFolder();
  style = await tinyStyle(folder);
});

/** A folder with small photos at these places, each of its own colour. */
async function photosAt(...places: string[]): Promise<string> {
  const root = await newFolder();
  for (const [i, place] of places.entries()) {
    const path = join(root, place);
    await mkdir(dirname(path), { recursive: true });
    const background = { r: 40 * (i % 6), g: 90, b: 255 - 30 * (i % 7) };
    const picture = sharp({ create: { width: 12 + i, height: 10, channels: 3, background } });
    const format = /\.png$/i.test(place) ? 'png' : /\.gif$/i.test(place) ? 'gif' : 'jpeg';
    await writeFile(path, await picture.toFormat(format).toBuffer());
  }
  return root;
}

/** The files of a folder, those in its folders included, the record left out. */
async function filesIn(root: string): Promise<string[]> {
  const all = await readdir(root, { recursive: true, withFileTypes: true });
  return all
    .filter((each) => !each.isDirectory() && each.name !== '.fns-pictures.jsonl')
    .map((each) => join(each.parentPath, each.name).slice(root.length + 1))
    .sort();
}

const stylize = (cwd: string, ...args: string[]) => fns(['stylize', ...args, '-s', style], { cwd });

describe('where pictures go', () => {
  test('folders are mirrored, and the folder of the results is no input of the next run', async () => {
    const root = await photosAt('a/IMG_1.jpg', 'b/IMG_1.jpg', 'b/deep/IMG_2.png');
    expect((await stylize(root, '.', '-o', 'out/')).code).toBe(0);
    expect(await filesIn(join(root, 'out'))).toEqual(['a/IMG_1.jpg', 'b/IMG_1.jpg', 'b/deep/IMG_2.png']);
    const again = await stylize(root, '.', '-o', 'out/');
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('3 pictures were finished before');
    const other = await stylize(root, '.', '-o', 'other/', '--strength', '0.5');
    expect(other.code).toBe(0);
    expect(other.stderr).toContain('left out, because they hold pictures made before: out');
    expect(await filesIn(join(root, 'other'))).toEqual(['a/IMG_1.jpg', 'b/IMG_1.jpg', 'b/deep/IMG_2.png']);
  });

  test('the folder of the results among the photos, as a shell’s pattern names it', async () => {
    const root = await photosAt('a.jpg', 'b/c.jpg');
    const line = ['a.jpg', 'b', '-o', 'out'];
    expect((await stylize(root, ...line)).code).toBe(0);
    const again = await stylize(root, 'out', ...line, '--force');
    expect([again.code, again.stdout]).toEqual([0, 'out/a.jpg\nout/b/c.jpg\n']);
    expect(await filesIn(join(root, 'out'))).toEqual(['a.jpg', 'b/c.jpg']);
    expect((await stylize(root, 'out', '-o', 'out')).stderr).toContain('is the folder of the photos');
  });

  test('several folders keep their names, and files of the same name keep what tells them apart', async () => {
    const root = await photosAt('two/a/IMG_1.jpg', 'two/b/IMG_1.jpg', 'one.jpg');
    expect((await stylize(root, 'two/a', 'two/b', 'one.jpg', '-o', 'x')).code).toBe(0);
    expect(await filesIn(join(root, 'x'))).toEqual(['a/IMG_1.jpg', 'b/IMG_1.jpg', 'one.jpg']);
    expect((await stylize(root, 'two/a/IMG_1.jpg', 'two/b/IMG_1.jpg', 'one.jpg', '-o', 'y')).code).toBe(0);
    expect(await filesIn(join(root, 'y'))).toEqual(['one.jpg', 'two/a/IMG_1.jpg', 'two/b/IMG_1.jpg']);
  });

  test('photos that differ in their extension alone', async () => {
    const root = await photosAt('a.jpg', 'a.png', 'b.jfif', 'b.jpg');
    expect((await stylize(root, '.', '-o', 'out', '--format', 'jpg')).code).toBe(0);
    expect(await filesIn(join(root, 'out'))).toEqual(['a.jpg', 'a.png.jpg', 'b.jfif.jpg', 'b.jpg']);
  });

  test('a photo listed twice is taken once', async () => {
    const root = await photosAt('a/x.jpg', 'a/y.jpg');
    await symlink('a', join(root, 'link'));
    const { code, stdout } = await stylize(root, 'a/x.jpg', './a/../a/x.jpg', 'a', 'link', '-o', 'out/');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(['out/x.jpg', 'out/a/y.jpg']);
  });

  test('a pattern that no shell has expanded', async () => {
    const root = await photosAt('a/x.jpg', 'a/b/y.jpg', 'a/b/z.png', 'odd [1].jpg');
    expect((await stylize(root, 'a/**/*.jpg', 'odd [1].jpg', '-o', 'out/')).code).toBe(0);
    expect(await filesIn(join(root, 'out'))).toEqual(['b/y.jpg', 'odd [1].jpg', 'x.jpg']);
    const none = await stylize(root, 'a/*.webp', '-o', 'out/');
    expect(none).toMatchObject({ code: 1, stderr: "error: no file matches 'a/*.webp'\n" });
  });

  test('.jfif and .jpe are written as .jpg, a file without an extension as what it is', async () => {
    const root = await photosAt('a.jfif', 'b.JPE', 'c', 'd.jpeg');
    expect((await stylize(root, '.', '-o', 'out')).code).toBe(0);
    expect(await filesIn(join(root, 'out'))).toEqual(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpeg']);
  });
});

describe('nothing is overwritten', () => {
  test.each([
    [['.', '-o', '.'], 'is the folder of the photos: give another one'],
    [['.', '-o', './', '--format', 'png'], 'is the folder of the photos'],
    [['a.jpg', 'b.jpg', '-o', '.'], 'a.jpg is one of the photos, and would be overwritten'],
    [['a.jpg', '-o', 'a.jpg'], 'a.jpg is one of the photos'],
    [['a.jpg', '-o', 'hard.jpg'], 'hard.jpg is one of the photos'],
    [['a.jpg', '-o', 'soft.jpg'], 'soft.jpg is one of the photos'],
  ])('%j', async (args, message) => {
    const root = await photosAt('a.jpg', 'b.jpg');
    const { linkSync } = await import('node:fs');
    linkSync(join(root, 'a.jpg'), join(root, 'hard.jpg'));
    await symlink('a.jpg', join(root, 'soft.jpg'));
    const before = await Promise.all((await filesIn(root)).map((file) => readFile(join(root, file))));
    const { code, stderr } = await stylize(root, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: --out: `);
    expect(stderr).toContain(message);
    expect(await Promise.all((await filesIn(root)).map((file) => readFile(join(root, file))))).toEqual(
      before,
    );
  });
});

describe('files that are no photos', () => {
  test('are skipped and named, and HEIC says what it is', async () => {
    const root = await photosAt('a.jpg', 'b.png');
    await writeFile(join(root, 'Thumbs.db'), 'x');
    await writeFile(join(root, '.DS_Store'), 'x');
    await writeFile(join(root, 'notes.txt'), 'x');
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic')]);
    await writeFile(join(root, 'phone.heic'), heic);
    for (const args of [['.'], ['a.jpg', 'b.png', 'Thumbs.db', '.DS_Store', 'notes.txt', 'phone.heic']]) {
      const { code, stdout, stderr } = await stylize(root, ...args, '-o', 'out/', '--force');
      expect(code).toBe(1);
      expect(stdout.trim().split('\n')).toEqual(['out/a.jpg', 'out/b.png']);
      expect(stderr).toMatch(/skipped, because they are no pictures: .*Thumbs\.db/);
      expect(stderr).toMatch(/^error: cannot read phone\.heic: .*HEIC.*$/m);
    }
  });

  test('a named pipe, a device and a socket are refused at once', async () => {
    const root = await photosAt('a.jpg');
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', [join(root, 'pipe.jpg')]);
    const one = await stylize(root, 'pipe.jpg', '-o', 'x.jpg');
    expect(one).toMatchObject({ code: 1, stderr: 'error: cannot read pipe.jpg: it is a pipe, not a file\n' });
    const many = await stylize(root, 'pipe.jpg', '/dev/zero', 'a.jpg', '-o', 'out/');
    expect(many).toMatchObject({ code: 1, stdout: 'out/a.jpg\n' });
    expect(many.stderr).toContain('/dev/zero: it is a device, not a file');
    const asStyle = await fns(['stylize', 'a.jpg', '-s', 'pipe.jpg', '-o', 'x.jpg'], { cwd: root });
    expect(asStyle).toMatchObject({
      code: 1,
      stderr: 'error: cannot read pipe.jpg: it is a pipe, not a file\n',
    });
  });
});

describe('a second run', () => {
  test('makes what is missing, what changed and what had other options, and all with --force', async () => {
    const root = await photosAt('a.jpg', 'b.jpg', 'c.jpg');
    const run = async (...args: string[]) =>
      (await stylize(root, '.', '-o', 'out', ...args)).stdout.trim().split('\n').filter(Boolean);
    expect(await run()).toEqual(['out/a.jpg', 'out/b.jpg', 'out/c.jpg']);
    expect(await run()).toEqual([]);
    await copyFile(join(root, 'c.jpg'), join(root, 'a.jpg'));
    expect(await run()).toEqual(['out/a.jpg']);
    await writeFile(join(root, 'out', 'b.jpg'), 'half');
    expect(await run()).toEqual(['out/b.jpg']);
    expect(await run('--strength', '0.5')).toEqual(['out/a.jpg', 'out/b.jpg', 'out/c.jpg']);
    expect(await run('--strength', '0.5', '--threads', '1')).toEqual([]);
    expect(await run('--strength', '0.5', '--force')).toEqual(['out/a.jpg', 'out/b.jpg', 'out/c.jpg']);
    // An older picture of the same size is not the one that a killed run was about to write.
    const long = new Date(Date.now() - 60_000);
    await utimes(join(root, 'out', 'c.jpg'), long, long);
    expect(await run('--strength', '0.5')).toEqual(['out/c.jpg']);
    await writeFile(join(root, 'out', '.fns-pictures.jsonl'), '{"picture": "a.jpg", "byt');
    expect(await run('--strength', '0.5')).toEqual(['out/a.jpg', 'out/b.jpg', 'out/c.jpg']);
    expect(await run('--strength', '0.5')).toEqual([]);
  });

  test('finishes what one that was killed had begun: no broken file, none twice', async () => {
    const kills = Number(process.env.FNS_BATCH_KILLS ?? 3);
    const count = 20 * kills;
    const names = Array.from({ length: count }, (_, i) => `${'abcd'[i % 4]}/${i}.${i % 3 ? 'jpg' : 'png'}`);
    const root = await photosAt(...names);
    const out = join(root, 'out');
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const made = new Map<string, number>();
    for (let kill = 0; kill < kills; kill++) {
      await new Promise<void>((resolve) => {
        const child = spawn(process.execPath, [main, 'stylize', '.', '-s', style, '-o', 'out'], {
          cwd: root,
        });
        let lines = 0;
        child.stdout.on('data', (chunk: Buffer) => {
          lines += chunk.toString().split('\n').length - 1;
          // At another moment of a picture each time.
          if (lines > 2 + kill) setTimeout(() => child.kill('SIGKILL'), (7 * kill) % 25);
        });
        child.on('close', () => resolve());
      });
      for (const file of await filesIn(out)) {
        if (file.endsWith('.tmp')) continue;
        const { mtimeMs } = await stat(join(out, file));
        // One that is there is never written again.
        expect(made.get(file) ?? mtimeMs, file).toBe(mtimeMs);
        made.set(file, mtimeMs);
      }
    }
    expect(made.size).toBeGreaterThan(2 * kills);
    expect(made.size).toBeLessThan(count);
    const last = await stylize(root, '.', '-o', 'out');
    expect(last.code).toBe(0);
    expect(last.stderr).toContain(`${made.size} pictures were finished before`);
    expect(await filesIn(out)).toEqual([...names].sort());
    for (const name of names) await sharp(join(out, name), { failOn: 'warning' }).stats();
  });
});
