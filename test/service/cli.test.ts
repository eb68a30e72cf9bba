/** `fns serve` and `fns token` as programs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { installCommand, requireServicePackages } from '../../src/service/packages.js';
import { fns, newFolder } from '../cli/fns.js';
import { Client } from './client.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

test('fns serve serves until SIGTERM; fns token works beside it and without it', async () => {
  const data = join(await newFolder(), 'data');
  const child = spawn('node', [
    program,
    'serve',
    '--json',
    '--port',
    '0',
    '--data',
    data,
    '--log-level',
    'warn',
  ]);
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url, token } = JSON.parse(line);
  expect((await new Client(url, token).call('/v1/usage')).status).toBe(200);
  const beside = await fns([
    'token',
    'create',
    '--owner',
    'site',
    '--scopes',
    'picture',
    '--pixels',
    '1e9',
    '--data',
    data,
  ]);
  expect([beside.code, beside.stderr]).toEqual([0, '']);
  const { body } = await new Client(url, beside.stdout.trim()).call('/v1/usage');
  expect(body.quotas).toEqual({ pixels: 1e9 });
  const second = await fns(['serve', '--port', '0', '--data', data]);
  expect([second.code, second.stderr]).toMatchObject([
    1,
    expect.stringContaining('in use by another program'),
  ]);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(log).toBe('');
  const list = await fns(['--json', 'token', 'list', '--data', data]);
  const tokens = list.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(tokens.map(({ owner }) => owner)).toEqual(['site', 'admin']);
  expect((await fns(['token', 'revoke', tokens[0].id, '--data', data])).code).toBe(0);
  const again = await fns(['token', 'revoke', tokens[0].id, '--data', data]);
  expect([again.code, again.stderr]).toMatchObject([1, expect.stringContaining('there is no token')]);
});

test.each([
  [['serve', '--limit', 'pixel=3'], 2, /--limit: there is no 'pixel'/],
  [['serve', '--limit', 'pixels=many'], 2, /--limit pixels needs a whole number above 0, got 'many'/],
  [['serve', '--database', 'mysql://x'], 2, /--database: an address postgres:\/\/... is needed/],
  [['serve', '--devices', 'tpu'], 2, /--devices needs cpu, webgpu or cuda/],
  [['serve', '--port', '99999'], 2, /--port: a number of 0 to 65535 is needed, got 99999/],
  [['worker', '--database', 'postgres://x', '--port', '70000'], 2, /--port: a number of 0 to 65535/],
  [['token', 'create', '--owner', 'a b', '--data', '.'], 2, /--owner: up to 100 letters/],
  [['token', 'create', '--owner', 'a', '--scopes', 'none', '--data', '.'], 2, /--scopes: there is no 'none'/],
  [['token', 'list', '--data', 'no-such-folder'], 1, /there is no service in no-such-folder/],
])('fns %j says what is wrong', async (args, code, message) => {
  const result = await fns(args, { cwd: await newFolder() });
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trim().split('\n')).toHaveLength(1);
  expect(result.code).toBe(code);
});

test('a port that is taken: one line, and the program ends', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const port = String((other.address() as AddressInfo).port);
  const result = await fns(['serve', '--port', port, '--log-level', 'error'], { cwd: await newFolder() });
  other.close();
  expect(result.stderr).toMatch(/cannot listen on 127\.0\.0\.1, port \d+: it is taken/);
  expect(result.code).toBe(1);
});

test('without its packages the service says how to install them', () => {
  expect(() => requireServicePackages((name) => name !== 'fastify')).toThrow(
    /not installed \(fastify\).*npm install/,
  );
  expect(() => requireServicePackages(() => true)).not.toThrow();
  expect(installCommand()).toMatch(/^npm install .*'fastify@\^5/);
});
