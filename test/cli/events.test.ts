import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Materials, trainingMaterials } from '../materials.js';
import { fns } from './fns.js';

let materials: Materials;

beforeAll(async () => {
  materials = await trainingMaterials();
});

const train = (out: string, ...more: string[]) => [
  ...['train', ...materials.args, '--size', '16', '--width', '2', '--init', 'none', '--threads', '1'],
  ...['--steps', '4', '-o', out, ...more],
];

describe('what happens, for other programs', () => {
  test('fns --json train prints one object a line', async () => {
    const out = join(materials.folder, 'told.onnx');
    const { code, stdout, stderr } = await fns(['--json', ...train(out, '--checkpoint-every', '2')]);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const of = (type: string) => events.filter((event) => event.type === type);
    expect(of('progress').filter(({ unit }) => unit === 'step')).toMatchObject(
      [1, 2, 3, 4].map((done) => ({ share: done / 4, done, all: 4, values: { total: expect.any(Number) } })),
    );
    expect(of('note')).toMatchObject([{ message: expect.stringContaining('broken.jpg') }]);
    const checkpoint = join(materials.folder, 'told.training', 'checkpoint.safetensors');
    expect(of('checkpoint')).toEqual([2, 4].map((step) => ({ type: 'checkpoint', step, path: checkpoint })));
    expect(of('file')).toEqual([{ type: 'file', path: out }]);
    expect(events.at(-1)).toMatchObject({ type: 'done', out, steps: 4, device: 'cpu', stopped: false });
    expect(events.at(-1)).not.toHaveProperty('style');
  });

  test('it may stand after the command, and an error is an object too', async () => {
    const { code, stdout, stderr } = await fns([
      'stylize',
      'gone.jpg',
      '-s',
      'wave',
      '-o',
      'x.png',
      '--json',
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ type: 'error', message: 'cannot read gone.jpg: no such file' });
    expect(stderr).toBe('error: cannot read gone.jpg: no such file\n');
  });

  test('--quiet prints the file alone', async () => {
    const out = join(materials.folder, 'quiet.onnx');
    expect(await fns([...train(out), '--quiet'])).toEqual({ code: 0, stdout: `${out}\n`, stderr: '' });
  });
});

describe('a training that is there', () => {
  test('is not replaced without a question', async () => {
    const out = join(materials.folder, 'there.onnx');
    expect((await fns(train(out))).code).toBe(0);
    const before = await readFile(out);
    const again = await fns(train(out, '--seed', '1'));
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/^error: .*there\.training.*--resume FOLDER.*--force.*\n$/);
    expect(await readFile(out)).toEqual(before);
    expect((await fns(train(out, '--seed', '1', '--force'))).code).toBe(0);
    expect(await readFile(out)).not.toEqual(before);
  });

  test('is not disturbed by a second one in its place', async () => {
    const out = join(materials.folder, 'twice.onnx');
    let second: ReturnType<typeof fns> | undefined;
    const first = await fns(train(out, '--steps', '1000000', '--checkpoint-every', '1'), {
      onStderr: (text, kill) => {
        if (!/step \d/.test(text) || second) return;
        second = fns(train(out, '--force')).finally(() => kill('SIGINT'));
      },
    });
    expect(first.code).toBe(130);
    expect(await second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/twice\.training is in use by another program \(process \d+\)\n$/),
    });
    expect((await fns(['train', '--resume', out, '--steps', '1'])).stderr).toContain('is finished');
  });

  test('goes on in a copy, with its painting and photos elsewhere', async () => {
    const out = join(materials.folder, 'one.onnx');
    expect((await fns(train(out))).code).toBe(0);
    const copy = join(materials.folder, 'two.training');
    await cp(join(materials.folder, 'one.training'), copy, { recursive: true });
    await cp(materials.painting, join(materials.folder, 'moved.jpg'));
    const args = [
      '--style',
      join(materials.folder, 'moved.jpg'),
      '--photos',
      materials.photos,
      '--steps',
      '6',
    ];
    const result = await fns(['train', '--resume', copy, ...args]);
    expect(result.code).toBe(0);
    expect(result.stdout).toBe(`${join(materials.folder, 'two.onnx')}\n`);
    const other = ['--style', materials.otherPainting, '--steps', '7'];
    const refused = await fns(['train', '--resume', copy, ...other]);
    expect(refused.stderr).toMatch(/^error: .*other\.jpg is not the painting of before/);
  });

  test('that diverges says that its file is still good only when there is one', async () => {
    const out = join(materials.folder, 'nan.onnx');
    const none = await fns(train(out, '--lr', '1e30', '--steps', '50'));
    expect(none).toMatchObject({ code: 1, stderr: expect.not.stringContaining('still as good') });
    const saved = join(materials.folder, 'saved.onnx');
    const one = await fns(train(saved, '--lr', '1e4', '--steps', '400', '--preview-every', '1'));
    expect(one.code).toBe(1);
    expect(one.stderr).toMatch(/saved\.onnx is still as good as it was when it was saved last/);
    expect((await fns(['inspect', saved])).code).toBe(0);
  });
});
