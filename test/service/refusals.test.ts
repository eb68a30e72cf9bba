/** Requests that were damaged in every way (10,000 with FNS_MUTATIONS=10000): none crashes it, none is a 500, none leaks. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomGenerator } from '../../src/core/random.js';
import { SCOPES } from '../../src/service/job-kinds.js';
import { openParts } from '../../src/service/open.js';
import { createToken } from '../../src/service/records/token.js';
import { type Service, serve } from '../../src/service/serve.js';
import { newFolder } from '../cli/fns.js';
import { mutated } from '../mutation.js';
import { Client } from './client.js';
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres-server.js';

const COUNT = Number(process.env.FNS_MUTATIONS ?? 600);

/** What only another owner may see. */
const SECRET = 'canary-of-another-owner';

let folder: string;
let postgres: PostgresServer | undefined;
let service: Service;
let client: Client;
let own: { job: string; file: string };
let other: { job: string; file: string };
const failures: string[] = [];

beforeAll(async () => {
  folder = await newFolder();
  if (postgresPrograms()) postgres = await startPostgres();
  const places = { database: postgres?.url ?? 'memory', storage: join(folder, 'files') };
  const log = pino({ level: 'error' }, { write: (line: string) => void failures.push(line) });
  const urls = { allowUrls: ['localhost', '127.0.0.1', '*.internal'] };
  service = await serve({ ...places, ...urls, port: 0, jobs: 0, log, requestsPerMinute: 1e6 });
  let tokens: string[];
  const scopes = SCOPES.filter((scope) => scope !== 'admin');
  if (postgres) {
    const parts = await openParts(places, log);
    const make = async (owner: string) =>
      (await createToken(parts.ledger.database, { owner, name: owner, scopes })).token;
    tokens = [await make('own'), await make(SECRET)];
    await parts.close();
  } else {
    const admin = new Client(service.url, service.firstToken!);
    const make = async (owner: string) =>
      (await admin.json('POST', '/v1/tokens', { owner, scopes })).body.token;
    tokens = [await make('own'), await make(SECRET)];
  }
  client = new Client(service.url, tokens[0]!);
  const made = async (each: Client, name: string) => {
    const form = new FormData();
    form.set('file', new Blob(['no photo']), name);
    const file = (await each.call('/v1/files', { method: 'POST', body: form })).body.id as string;
    return { file, job: (await each.job('picture', { photo: file }, { style: 'wave' })).id };
  };
  own = await made(client, 'own.png');
  other = await made(new Client(service.url, tokens[1]!), `${SECRET}.png`);
});

afterAll(async () => {
  await service?.close();
  await postgres?.close();
});

/** A request as bytes. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer = '',
): Buffer {
  const bytes = Buffer.from(body);
  const all = {
    host: 'localhost',
    authorization: `Bearer ${client.token}`,
    connection: 'close',
    ...(bytes.length > 0 && { 'content-length': String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes]);
}

const json = { 'content-type': 'application/json' };

/** Requests that make sense, or try what they should not. */
function seeds(): Buffer[] {
  const job = (kind: string, inputs: object, options: object) =>
    raw('POST', '/v1/jobs', json, JSON.stringify({ kind, inputs, options }));
  const boundary = 'b0undary';
  const form = (path: string, ...parts: [string, string, string][]) =>
    raw(
      'POST',
      path,
      { 'content-type': `multipart/form-data; boundary=${boundary}` },
      `${parts.map(([name, file, text]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file === '' ? '' : `; filename="${file}"`}\r\n\r\n${text}\r\n`).join('')}--${boundary}--\r\n`,
    );
  const { file } = own;
  const look = { style: 'wave=0.7,starry=0.3', strength: 0.5, strokeSize: 2, colours: 'photo', maxSide: 64 };
  const url = (text: string) => raw('POST', '/v1/files/from-url', json, JSON.stringify({ url: text }));
  return [
    job('picture', { photo: file }, { ...look, format: 'webp', quality: 3, device: 'cuda' }),
    job('picture', { photo: file, style: file }, { painting: 'sea=0.6,rain=0.4' }),
    job('upscale', { photo: file }, { factor: 8 }),
    job('folder', { photos: file }, look),
    job('video', { video: file }, { style: 'wave', start: 1, end: 2, fps: 5, format: 'gif' }),
    job('train', { painting: file, photos: file }, { steps: 10, styleLayers: ['relu1_2'], seed: 1 }),
    job('picture', { photo: other.file }, { style: 'wave' }),
    job('picture', { photo: file }, { style: '../../../../etc/passwd' }),
    job('__proto__', { photo: file }, JSON.parse('{"__proto__": {"style": "wave"}}')),
    raw(
      'POST',
      '/v1/jobs',
      { ...json, 'idempotency-key': 'a-key' },
      JSON.stringify({ kind: 'picture', inputs: { photo: file }, options: { style: 'wave' } }),
    ),
    raw('POST', '/v1/jobs', json, `${'['.repeat(5000)}${']'.repeat(5000)}`),
    raw('POST', '/v1/jobs', json, `{"kind":"picture","options":{"style":"${'w'.repeat(300_000)}"}}`),
    form('/v1/files', ['file', '../../a"\u0000.png', 'content']),
    form('/v1/jobs/picture', ['photo', 'a.png', 'content'], ['options', '', '{"style":"wave"}']),
    form('/v1/jobs/picture', ['options', '', '{"style":'], ['photo', '', other.file]),
    form('/v1/jobs/picture', ['__proto__', 'a.png', 'x'], ['constructor', '', 'x']),
    raw('GET', `/v1/jobs/${own.job}`, {}),
    raw('GET', `/v1/jobs/${other.job}`, {}),
    raw('GET', `/v1/jobs?limit=100&before=${own.job}&state=done`, {}),
    raw('GET', `/v1/files/${own.file}`, { range: 'bytes=1-3', 'if-none-match': '"x"' }),
    raw('GET', `/v1/files/${other.file}`, {}),
    raw('GET', `/v1/files/${other.file}?expires=99999999999&signature=${'A'.repeat(43)}`, {
      authorization: '',
    }),
    raw('GET', `/v1/files/..%2f..%2f..%2fetc%2fpasswd`, {}),
    raw('GET', `/v1/jobs/${other.job}/events?expires=1&signature=x`, {}),
    raw('GET', '/docs/static/..%2f..%2fpackage.json', {}),
    raw('GET', '/docs/', {}),
    raw('GET', '/openapi.json', {}),
    raw('POST', `/v1/jobs/${other.job}/cancel`, {}),
    raw('DELETE', `/v1/jobs/${other.job}`, {}),
    raw('DELETE', `/v1/files/${other.file}`, {}),
    raw('POST', '/v1/uploads', {
      'tus-resumable': '1.0.0',
      'upload-length': '9',
      'upload-metadata': 'owner eA==,filename eA==',
    }),
    raw(
      'POST',
      '/v1/uploads',
      { 'tus-resumable': '1.0.0', 'upload-length': '5', 'content-type': 'application/offset+octet-stream' },
      'hello',
    ),
    raw(
      'PATCH',
      `/v1/uploads/${own.file}`,
      { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      'hello',
    ),
    raw('HEAD', '/v1/uploads/..%2f..%2fsecret', { 'tus-resumable': '1.0.0' }),
    raw('GET', '/v1/tokens', {}),
    raw(
      'POST',
      '/v1/tokens',
      json,
      JSON.stringify({ owner: SECRET, scopes: ['admin'], quotas: { bytes: 1 } }),
    ),
    raw('GET', '/metrics', {}),
    raw('GET', '/v1/usage', {}),
    raw('GET', '/readyz', {}),
    url('http://localhost:22/'),
    url('http://127.0.0.1/'),
    url('http://[::ffff:127.0.0.1]/'),
    url('http://169.254.169.254/latest/meta-data/iam'),
    url('http://metadata.internal/'),
    url('file:///etc/passwd'),
  ];
}

/** Milliseconds without a word after which a request that was cut is ended. */
const SILENCE = 1000;

/** Sends bytes, and gives what comes back until the connection ends. */
function send(bytes: Buffer): Promise<string> {
  const { port } = new URL(service.url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(SILENCE, () => (text === '' ? socket.end() : socket.destroy()));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      // The stream of events of a job that waits has no end.
      if (text.includes('text/event-stream')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

/** A damaged request: anywhere, within its head, or a part of another put into it. */
function damaged(all: readonly Buffer[], i: number): Buffer {
  const random = randomGenerator(i + 1);
  const seed = all[i % all.length]!;
  const kind = random();
  if (kind < 0.1) return seed;
  if (kind < 0.7) return Buffer.from(mutated(seed, i));
  const from = all[Math.floor(random() * all.length)]!;
  const at = Math.floor(random() * seed.length);
  return Buffer.concat([seed.subarray(0, at), from.subarray(Math.floor(random() * from.length))]);
}

test(`${COUNT} damaged requests`, { timeout: 60_000 + 100 * COUNT }, async () => {
  const all = seeds();
  const statuses = new Map<string, number>();
  const next = Array.from({ length: COUNT }, (_, i) => i).entries();
  const sender = async () => {
    for (const [i] of next) {
      const request = damaged(all, i);
      const answer = await send(request);
      const shown = `request ${i}: ${request.toString('latin1').slice(0, 600)}\nanswer: ${answer.slice(0, 600)}`;
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(status, shown).not.toMatch(/^5/);
      const body = answer.slice(answer.indexOf('\r\n\r\n'));
      // Nothing of another owner, of this machine, or of the code. What a request says itself may come back.
      if (!request.includes(SECRET)) expect(body, shown).not.toContain(SECRET);
      expect(body, shown).not.toMatch(
        /root:x:0|node_modules\/|\n\s+at .*\.(js|ts):\d|pgboss|relation "|SELECT /,
      );
      expect(body, shown).not.toContain(folder);
    }
  };
  // The log says what a 500 was.
  const ended = await Promise.all(Array.from({ length: 48 }, sender)).catch((error: Error) => error);
  if (ended instanceof Error) throw new Error(`${ended.message}\nlog: ${failures.join('')}`);
  expect(failures).toEqual([]);
  // It was all of these, and goes on as if nothing had been.
  for (const status of ['200', '201', '400', '401', '403', '404'])
    expect(statuses.get(status), status).toBeGreaterThan(0);
  expect((await client.call('/readyz')).status).toBe(200);
  expect((await client.call(`/v1/files/${own.file}`)).status).toBe(200);
});

test('what another owner has is still there', async () => {
  const answer = await client.call(`/v1/jobs/${other.job}`);
  expect(answer.status).toBe(404);
  const { body } = await client.call('/v1/jobs?limit=100');
  expect(JSON.stringify(body)).not.toContain(other.job);
});
