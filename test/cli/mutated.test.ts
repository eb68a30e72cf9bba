import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { damaged, hugePhotos, wholePhotos } from '../mutated-photos.js';
import { tinyStyle } from '../tiny-style.js';
import { fns, newFolder } from './fns.js';

/** How many damaged photos; FNS_MUTATIONS sets it. */
const COUNT = Number(process.env.FNS_MUTATIONS ?? 240);

test('damaged photos: no crash, no hang, one line each, and the rest is made', {
  timeout: 600_000,
}, async () => {
  const folder = await newFolder();
  const photos = join(folder, 'in');
  await mkdir(photos);
  const whole = [...(await wholePhotos())];
  for (const [name, bytes] of whole) await writeFile(join(photos, `whole-${name}`), bytes);
  const bad = new Map(await hugePhotos());
  for (let i = 0; i < COUNT; i++) {
    const [name, bytes] = whole[i % whole.length]!;
    bad.set(`${String(i).padStart(4, '0')}-${name}`, damaged(bytes, i + 1));
  }
  for (const [name, bytes] of bad) await writeFile(join(photos, name), bytes);
  const style = await tinyStyle(folder);
  const args = ['--json', 'stylize', 'in', '-s', style, '-o', 'out', '--max-side', '64', '--threads', '1'];
  const { code, stdout, stderr } = await fns([...args, '--keep-metadata'], { cwd: folder });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^error: \d+ of \d+ photos could not be stylised/);
  expect(code).toBe(1);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { written, failed } = events.find(({ type }) => type === 'done');
  expect(written.length + failed.length).toBe(whole.length + bad.size);
  expect(failed.length).toBeGreaterThan(COUNT / 4);
  for (const { file, message } of failed) {
    expect(message).not.toContain('\n');
    expect(message.startsWith(`cannot read ${file}: `), message).toBe(true);
    expect(basename(file)).not.toMatch(/^whole-/);
  }
  for (const [name] of await hugePhotos()) {
    expect(failed.map(({ file }: { file: string }) => basename(file))).toContain(name);
  }
  for (const path of written) await sharp(join(folder, path), { failOn: 'warning' }).stats();
  const made = (await readdir(join(folder, 'out'))).filter((name) => name !== '.fns-pictures.jsonl');
  expect(made.sort()).toEqual(written.map((path: string) => basename(path)).sort());
});
