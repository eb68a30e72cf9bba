import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { weightsCommand } from '../../src/cli/weights.js';
import { readSafetensors, writeSafetensors } from '../../src/core/safetensors.js';
import { defaultCacheDir, vggTensorShapes } from '../../src/node/weights/vgg-weights.js';
import { kerasFile } from '../node/weights/keras-file.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-cli-weights-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  // The cache folder follows these on Linux, macOS and Windows.
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubEnv('HOME', folder);
  vi.stubEnv('LOCALAPPDATA', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function run(...args: string[]): Promise<{ out: string; err: string; error: unknown }> {
  const result = { out: '', err: '', error: undefined as unknown };
  vi.spyOn(console, 'log').mockImplementation((line) => {
    result.out += `${line}\n`;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    result.err += text;
    return true;
  });
  const command = weightsCommand()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        result.out += text;
      },
      writeErr: (text) => {
        result.err += text;
      },
    });
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    result.error = error;
  }
  vi.restoreAllMocks();
  return result;
}

test('--help has the sizes and examples', async () => {
  const { out } = await run('--help');
  expect(out).toContain('fns weights vgg16 ');
  expect(out).toContain('Examples:');
  expect(out).toContain('vgg16 59 MB (553 MB with --classifier)');
});

test('an unknown network lists the known ones', async () => {
  const { err, error } = await run('vgg13');
  expect(error).toMatchObject({ code: 'commander.invalidArgument' });
  expect(err).toContain('vgg16, vgg19');
});

test('--from prints where the file landed, and nothing else on stdout', async () => {
  const h5 = join(folder, 'keras.h5');
  writeFileSync(
    h5,
    await kerasFile({
      'block1_conv1/kernel:0': { shape: [3, 3, 3, 64], data: new Float32Array(27 * 64) },
      'block1_conv1/bias:0': { shape: [64], data: new Float32Array(64) },
    }),
  );
  const { out, error } = await run('vgg16', '--from', h5);
  expect(error).toBeUndefined();
  expect(out).toBe(`${join(defaultCacheDir(), 'vgg16.safetensors')}\n`);
  expect(out.startsWith(folder)).toBe(true);
  expect(readdirSync(defaultCacheDir())).toEqual(['vgg16.safetensors']);
});

test('a download tells its progress in plain lines when stderr is no terminal', async () => {
  const server = createServer((_, response) => response.end(Buffer.alloc(2_000_000)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('FNS_WEIGHTS_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { isTTY } = process.stderr;
  process.stderr.isTTY = false;
  const { out, err, error } = await run('vgg19');
  process.stderr.isTTY = isTTY;
  server.closeAllConnections();
  server.close();
  // Two megabytes of zeros are not the published file.
  expect((error as Error).message).toContain('MD5');
  expect(out).toBe('');
  expect(err).toMatch(/^ {2}0% {2}VGG19 {2}0\.0\/2\.0 MB\n/);
  expect(err).toMatch(/100% {2}VGG19 {2}2\.0\/2\.0 MB/);
});

test('--export-half writes a small file of the installed weights', async () => {
  const installed = join(folder, 'installed');
  mkdirSync(installed);
  const shapes = [...vggTensorShapes('vgg19')].slice(0, 4);
  const tensors = new Map(
    shapes.map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5) },
    ]),
  );
  writeFileSync(join(installed, 'vgg19.safetensors'), writeSafetensors(tensors));
  vi.stubEnv('FNS_WEIGHTS', installed);
  const file = join(folder, 'half.safetensors');
  const { out, error } = await run('vgg19', '--export-half', file);
  expect([out, error]).toEqual([`${file}\n`, undefined]);
  const whole = join(installed, 'vgg19.safetensors');
  const replaced = await run('vgg19', '--export-half', whole);
  expect(replaced.error).toMatchObject({
    message: expect.stringContaining('is the file of the weights, and would be overwritten'),
  });
  expect([...readSafetensors(readFileSync(file)).tensors]).toEqual([...tensors]);
  expect((await run('vgg19', '--export-half', file, '--classifier')).error).toMatchObject({
    code: 'commander.conflictingOption',
  });
});
