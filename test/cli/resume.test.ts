import { spawn } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomGenerator } from '../../src/core/random.js';
import { decodeStyle } from '../../src/files/style-file.js';
import { decodeCheckpoint } from '../../src/train/checkpoint-format.js';
import { type Materials, trainingMaterials } from '../materials.js';
import { fns, newFolder } from './fns.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let materials: Materials;

beforeAll(async () => {
  materials = await trainingMaterials();
});

const STEPS = 60;
const EVERY = 3;

/** The arguments of a small training that logs every step. */
const args = (out: string, more: string[] = []) => [
  ...[
    'train',
    ...materials.args,
    '--size',
    '16',
    '--width',
    '2',
    '--batch',
    '1',
    '--seed',
    '5',
    '--name',
    'x',
    '-o',
    out,
  ],
  ...['--checkpoint-every', String(EVERY), '--log-every', '1', '--preview-every', '0', '--threads', '1'],
  ...['--steps', String(STEPS), ...more],
];

/** The losses of every step, from the log. */
async function losses(out: string): Promise<Map<number, string>> {
  const text = await readFile(join(out.replace(/\.onnx$/, '.training'), 'log.jsonl'), 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return new Map(lines.map(({ step, seconds: _, ...rest }) => [step as number, JSON.stringify(rest)]));
}

/** Starts the program and kills it after some milliseconds. Resolves to whether it had ended by itself. */
function runAndKill(argv: string[], milliseconds: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...argv], { stdio: 'ignore', env: { ...process.env } });
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== null && code !== 0) reject(new Error(`the training failed with ${code}`));
      else resolve(signal === null);
    });
  });
}

describe('a training that was stopped', () => {
  test('goes on bit by bit as if never stopped, however often it is killed', async () => {
    const whole = join(materials.folder, 'whole.onnx');
    expect((await fns(args(whole))).code).toBe(0);
    const expected = await losses(whole);
    expect(expected.size).toBe(STEPS);

    // 200 kills with FNS_KILLS=200; fewer by default, because each takes a second to start.
    const kills = Number(process.env.FNS_KILLS ?? 5);
    const random = randomGenerator(42);
    let killed = 0;
    for (let round = 0; killed < kills; round++) {
      const out = join(materials.folder, `killed${round}.onnx`);
      const folder = out.replace(/\.onnx$/, '.training');
      let done = await runAndKill(args(out), 400 + 2500 * random());
      while (!done) {
        killed++;
        const path = join(folder, 'checkpoint.safetensors');
        const bytes = await readFile(path).catch(() => undefined);
        const at = bytes && (await decodeCheckpoint(new Uint8Array(bytes), path)).state.steps;
        // Never an unreadable checkpoint; none at all only before the first was due.
        const begun = at === undefined ? args(out) : ['train', '--resume', folder];
        const limit = killed >= kills ? 1e6 : 400 + 2500 * random();
        done = await runAndKill(begun, limit);
      }
      expect(await losses(out)).toEqual(expected);
      expect(await readFile(out)).toEqual(await readFile(whole));
      expect((await readdir(folder)).filter((f) => f.endsWith('.tmp'))).toEqual([]);
    }
  }, 1e7);

  test('Ctrl-C keeps a checkpoint of the last step, and more steps can be asked for', async () => {
    const [whole, out] = [join(materials.folder, 'long.onnx'), join(materials.folder, 'cut.onnx')];
    expect((await fns(args(whole, ['--steps', '20', '--schedule', 'constant']))).code).toBe(0);
    const first = await fns(args(out, ['--steps', '7', '--schedule', 'constant']));
    expect(first.code).toBe(0);
    const bytes = await readFile(out);
    await rm(out);
    const finished = await fns(['train', '--resume', out]);
    expect(finished.stderr).toContain('is finished after 7 steps');
    expect(finished.code).toBe(0);
    expect(await readFile(out)).toEqual(bytes);
    const more = await fns(['train', '--resume', out, '--steps', '20']);
    expect(more.stderr).toContain('going on after step 7');
    expect(more.code).toBe(0);
    expect(decodeStyle(await readFile(out), out).info).toMatchObject({ start: 'none', steps: 20 });
    expect(await losses(out)).toEqual(await losses(whole));
  });

  test('an interrupted run says how to go on', async () => {
    const out = join(materials.folder, 'stopped.onnx');
    const { code, stderr } = await fns(args(out, ['--steps', '100000']), {
      onStderr: (text, kill) => /step \d/.test(text) && !text.includes('stopping') && kill('SIGINT'),
    });
    expect(code).toBe(130);
    expect(stderr).toMatch(/to go on: fns train --resume .*stopped\.training/);
  });

  test('what cannot go on is refused in one line', async () => {
    const out = join(materials.folder, 'refused.onnx');
    const painting = join(materials.folder, 'own.jpg');
    await copyFile(materials.painting, painting);
    expect((await fns(args(out, ['--steps', '4', '--style', painting]))).code).toBe(0);
    const folder = out.replace(/\.onnx$/, '.training');
    for (const [argv, code, message] of [
      [['--resume', folder, '--lr', '0.1'], 2, 'may be new, not --learning-rate'],
      [['--resume', materials.folder], 1, 'no checkpoint in'],
      [['--resume', join(folder, 'log.jsonl')], 1, 'no checkpoint in'],
      [['--resume', out.replace('.onnx', '.target.png')], 1, 'no checkpoint in'],
    ] as const) {
      const result = await fns(['train', ...argv]);
      expect(result.stderr).toContain(message);
      expect(result.stderr.trim().split('\n')).toHaveLength(1);
      expect(result.code).toBe(code);
    }
    await writeFile(painting, await readFile(materials.otherPainting));
    const changed = await fns(['train', '--resume', folder, '--steps', '9']);
    expect(changed.stderr).toContain('own.jpg is not the painting of before');
    expect(changed.code).toBe(1);
  });

  test('other photos are told and do not end it', async () => {
    const out = join(materials.folder, 'photos.onnx');
    const photos = join(await newFolder(), 'photos');
    await mkdir(photos);
    const files = (await readdir(materials.photos)).filter((f) => f.endsWith('.jpg'));
    for (const file of files) await copyFile(join(materials.photos, file), join(photos, file));
    expect((await fns(args(out, ['--steps', '4', '--photos', photos]))).code).toBe(0);
    await copyFile(join(materials.photos, files[0]!), join(photos, 'more.jpg'));
    const result = await fns(['train', '--resume', out, '--steps', '6']);
    expect(result.stderr).toContain('are not those of before');
    expect(result.code).toBe(0);
  });

  test('a full disk does not end a training, and the old checkpoint stays whole', async () => {
    const out = join(materials.folder, 'full.onnx');
    // The picture of so small a painting fits below the limit.
    expect((await fns(args(out, ['--steps', '6', '--style-size', '16']))).code).toBe(0);
    const folder = out.replace(/\.onnx$/, '.training');
    const before = await readFile(join(folder, 'checkpoint.safetensors'));
    // A limit on the size of files stands for the full disk: every write beyond it fails.
    const script = `ulimit -f 1; exec "${process.execPath}" "${main}" train --resume "${folder}" --steps 12`;
    const result = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const child = spawn('bash', ['-c', script]);
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.on('close', (code) => resolve({ code, stderr }));
    });
    expect(result.stderr).toMatch(/warning: cannot write .*checkpoint.safetensors.*training goes on/);
    expect(result.stderr).toMatch(/error: cannot write/);
    expect(result.code).toBe(1);
    expect(await readFile(join(folder, 'checkpoint.safetensors'))).toEqual(before);
    expect((await fns(['train', '--resume', folder, '--steps', '12'])).code).toBe(0);
  });
});
