import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { uniformValues } from '../src/core/random.js';
import { writeSafetensors } from '../src/core/safetensors.js';
import { vggTensorShapes } from '../src/node/weights/vgg-weights.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map((m) => m[1]!);

/**
 * What a test can not do as it stands: install, run the tests inside the tests, download, train for half an hour, serve
 * until somebody ends it.
 * Everything else runs as written, in the README's order, in a folder that holds the repository's examples, made
 * smaller, and a made-up painting and photos.
 */
const CHANGES: [RegExp, string][] = [
  [/^npm ci && npm run build && /, ''],
  [/^npm test$/, ''],
  // One signal as from a keyboard: without --foreground it comes twice.
  [
    /^npx fns studio$/,
    'timeout --foreground --preserve-status --signal INT 4 npx fns studio --no-open --port 0',
  ],
  [/^(npx fns weights vgg16)$/, '$1 --from vgg16.safetensors'],
  [/(--resume painting.training) --steps 5000/, '$1 --steps 4'],
  [
    /(fns optimize .*)$/,
    '$1 --loss-network vgg16 --style-layers relu1_2 --content-layers relu2_2 --size 64 --iterations 2',
  ],
  [/--minutes 30/, '--steps 2 --size 32 --width 4 --style-layers relu1_2 --content-layers relu2_2'],
];

/** A training that a test can wait for, with the weights that it has. */
const TINY =
  "steps: 2, size: 32, width: 4, styleLayers: ['relu1_2'], contentLayers: ['relu2_2'], device: 'cpu'";

let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fns-readme-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'fast-neural-style'));
  mkdirSync(join(folder, 'photos'));
  // The photos a quarter as wide: enlarged fourfold they would take half a minute.
  mkdirSync(join(folder, 'examples'));
  for (const file of readdirSync(join(root, 'examples')).filter((f) => f.endsWith('.jpg'))) {
    const photo = sharp(join(root, 'examples', file));
    const { width } = await photo.metadata();
    await photo.resize(Math.round(width / 4)).toFile(join(folder, 'examples', file));
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const noise = (seed: number) => {
    const data = Uint8Array.from(uniformValues(80 * 60 * 3, seed, 100), (v) => 128 + v);
    return sharp(data, { raw: { width: 80, height: 60, channels: 3 } });
  };
  await noise(1).toFile(join(folder, 'painting.jpg'));
  await noise(2).toFile(join(folder, 'photos', 'a.jpg'));
  const weights = new Map();
  for (const [name, shape] of vggTensorShapes('vgg16')) {
    if (!/^conv[12]/.test(name)) continue;
    weights.set(name, {
      shape,
      data: uniformValues(
        shape.reduce((a, b) => a * b, 1),
        weights.size,
        0.1,
      ),
    });
  }
  const clip = ['-f', 'lavfi', '-i', 'testsrc=s=64x48:r=10:d=0.5', '-pix_fmt', 'yuv420p', 'clip.mp4'];
  execFileSync('ffmpeg', ['-v', 'error', ...clip], { cwd: folder });
  writeFileSync(join(folder, 'vgg16.safetensors'), writeSafetensors(weights));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // `npx fns` finds the program of the folder's own package in a clone; here that is the build.
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec node ${join(root, 'dist/cli/main.js')} "$@"\n`, {
    mode: 0o755,
  });
  env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
});

describe('every command of the README runs', () => {
  const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
  test.each(commands.map((c) => [c]))('%s', (written) => {
    const command = CHANGES.reduce((text, [from, to]) => text.replace(from, to), written);
    if (command === '') return;
    execFileSync('sh', ['-c', command], { cwd: folder, env, stdio: 'pipe' });
    const out = / (?:-o|--out) (\S+)/.exec(command)?.[1];
    if (out) expect(existsSync(join(folder, out)), out).toBe(true);
  });

  test('the first command is the main job with a shipped style', () => {
    expect(commands[0]).toMatch(
      /^npm ci && npm run build && npx fns stylize examples\/\S+ -s (wave|starry) -o \S+$/,
    );
    expect(commands[1]).toBe('npm test');
  });

  test.each(blocks('js').map((b) => [b]))('the program\n%s', (written) => {
    expect(written.trim().split('\n').length).toBeLessThanOrEqual(15);
    const program = written.replace('minutes: 30', TINY);
    writeFileSync(join(folder, 'program.js'), program);
    const printed = execFileSync('node', ['program.js'], { cwd: folder, env, encoding: 'utf8' });
    const made = /(?:encodeImage\(|out: )'([^']+\.jpg)'/.exec(program)![1]!;
    expect(existsSync(join(folder, made)), made).toBe(true);
    if (program !== written) expect(printed).toMatch(/^50 % \d+.*\n100 % \d+/m);
  });
});

test('every file that the README points to exists', () => {
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map((m) => m[1]!).filter((l) => !l.startsWith('http'));
  expect(links.length).toBeGreaterThan(2);
  for (const link of links) expect(existsSync(join(root, link)), link).toBe(true);
});

test('the README in Chinese has the same commands, programs, tables and links', () => {
  const chinese = readFileSync(join(root, 'README.zh-CN.md'), 'utf8');
  const same = (pattern: RegExp) => expect(chinese.match(pattern)).toEqual(readme.match(pattern));
  same(/```[\s\S]*?```/g);
  same(/0\.\d\d/g);
  const links = (text: string) =>
    [...text.matchAll(/\]\(([^)]+)\)/g)].map((m) => m[1]!).filter((l) => !/^README/.test(l));
  expect(links(chinese)).toEqual(links(readme));
});
