/** The API with the embedded database: jobs, results, links, events, tokens. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stylizePictures } from '../../src/api/node.js';
import { openLog } from '../../src/service/log.js';
import { type Service, serve } from '../../src/service/serve.js';
import type { JobView } from '../../src/service/web/views.js';
import { newFolder } from '../cli/fns.js';
import { tinyStyle } from '../tiny-style.js';
import { Client } from './client.js';

const harbour = fileURLToPath(new URL('../../examples/harbour.jpg', import.meta.url));

let folder: string;
let service: Service;
let admin: Client;
let photo: string;

const at = (...parts: string[]) => join(folder, ...parts);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A client of a new owner. */
async function newClient(owner: string, more: object = {}): Promise<Client> {
  const body = { owner, scopes: ['picture'], ...more };
  const made = await admin.json('POST', '/v1/tokens', body);
  expect(made.status).toBe(201);
  return new Client(service.url, made.body.token);
}

beforeAll(async () => {
  folder = await newFolder();
  await sharp(harbour).resize(96).toFile(at('photo.jpg'));
  service = await serve({ data: at('data'), port: 0, log: openLog('silent'), requestsPerMinute: 10_000 });
  admin = new Client(service.url, service.firstToken!);
  photo = await admin.upload(at('photo.jpg'));
});

afterAll(() => service.close());

describe('a picture', () => {
  test('is that of stylizePictures, bit by bit, behind a link that needs no token', async () => {
    const options = { style: 'wave', strength: 0.8, format: 'png' };
    const made = await admin.job('picture', { photo }, options);
    expect(made).toMatchObject({ kind: 'picture', results: [], attempts: 0 });
    const job = await admin.ended(made.id);
    expect(job).toMatchObject({ state: 'done', progress: { share: 1 }, error: null, attempts: 1 });
    const bytes = await admin.result(job);
    await stylizePictures({ photos: at('photo.jpg'), out: at('own.png'), style: 'wave', strength: 0.8 });
    expect(sha256(bytes)).toBe(sha256(await readFile(at('own.png'))));
    expect(job.results).toMatchObject([{ name: 'picture.png', bytes: bytes.length, sha256: sha256(bytes) }]);
  });

  test('is made of a form with the photo and the options', async () => {
    const form = new FormData();
    form.set('photo', new Blob([await readFile(at('photo.jpg'))]), 'photo.jpg');
    form.set('options', JSON.stringify({ style: 'wave=0.5,starry=0.5', format: 'webp' }));
    const { status, body } = await admin.call('/v1/jobs/picture', { method: 'POST', body: form });
    expect(status).toBe(201);
    const job = await admin.ended(body.id);
    const { format, width } = await sharp(await admin.result(job)).metadata();
    expect([format, width]).toEqual(['webp', 96]);
  });

  test('is made of a form with a field for each option', async () => {
    const form = new FormData();
    form.set('photo', new Blob([await readFile(at('photo.jpg'))]), 'photo.jpg');
    for (const [name, value] of Object.entries({ style: 'wave', strength: '0.5', format: 'png' })) {
      form.set(name, value);
    }
    const { status, body } = await admin.call('/v1/jobs/picture', { method: 'POST', body: form });
    expect(status).toBe(201);
    const job = await admin.ended(body.id);
    await stylizePictures({ photos: at('photo.jpg'), out: at('half.png'), style: 'wave', strength: 0.5 });
    expect(job.results[0]!.sha256).toBe(sha256(await readFile(at('half.png'))));
    form.set('colour', 'red');
    const refused = await admin.call('/v1/jobs/picture', { method: 'POST', body: form });
    expect([refused.status, refused.body.error.message]).toEqual([400, expect.stringContaining('colour')]);
  });

  test('is drawn in a style of one’s own', async () => {
    const style = await admin.upload(await tinyStyle(folder));
    const job = await admin.ended((await admin.job('picture', { photo, style }, { format: 'png' })).id);
    await stylizePictures({ photos: at('photo.jpg'), out: at('tiny.png'), style: at('tiny.onnx') });
    expect(job.results[0]!.sha256).toBe(sha256(await readFile(at('tiny.png'))));
  });

  test('may be the photo of another', async () => {
    const first = await admin.ended((await admin.job('picture', { photo }, { style: 'wave' })).id);
    const inputs = { photo: first.results[0]!.id };
    expect(await admin.ended((await admin.job('picture', inputs, { style: 'wave' })).id)).toMatchObject({
      state: 'done',
    });
  });
});

test('the studio is served beside the API', async () => {
  const page = await fetch(`${service.url}/`);
  expect(await page.text()).toContain('<title>');
  expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  const list = await (await fetch(`${service.url}/files/styles.json`)).json();
  expect(list.styles.map(({ name }: { name: string }) => name)).toContain('wave');
  const missing = await fetch(`${service.url}/files/../../package.json`);
  expect([missing.status, (await missing.json()).error.code]).toEqual([404, 'not-found']);
});

describe('what cannot be done is said', () => {
  test.each([
    ['photo', 'no photo at all', /cannot read the photo/],
    ['style', 'no style at all', /the style file is no style of fast-neural-style/],
  ])('a damaged %s', async (role, text, message) => {
    await writeFile(at('damaged'), text);
    const inputs = { photo, [role]: await admin.upload(at('damaged')) };
    const options = role === 'style' ? {} : { style: 'wave' };
    const job = await admin.ended((await admin.job('picture', inputs, options)).id);
    expect(job).toMatchObject({ state: 'failed', attempts: 1, error: { code: 'refused' } });
    expect(job.error!.message).toMatch(message);
    expect(job.error!.message).not.toContain('/');
  });

  const id = '2b1cbe4e-3f9c-4a53-8d6e-0c8f3c1f5a10';
  test.each([
    [{ inputs: {}, options: { style: 'wave' } }, /inputs.photo/],
    [{ inputs: { photo: id }, options: { style: 'wave' } }, /inputs.photo: there is no such file/],
    [{ inputs: { photo: 'x' }, options: { style: 'wave' } }, /inputs.photo/],
    [{ inputs: { photo: id }, options: {} }, /a shipped style/],
    [{ inputs: { photo: id }, options: { style: 'wave', strength: 2 } }, /options.strength/],
    [{ inputs: { photo: id }, options: { style: 'wave', more: 1 } }, /more/],
    [{ inputs: { photo: id }, options: { style: '/etc/passwd' } }, /unknown style/],
    [{ inputs: { photo: id }, options: { style: 'wave,../wave' } }, /unknown style/],
    [{ kind: 'none', inputs: {}, options: {} }, /kind/],
    [{ inputs: { photo: id }, options: { style: 'wa\0ve' } }, /characters/],
  ])('%j', async (body, message) => {
    const answer = await admin.json('POST', '/v1/jobs', { kind: 'picture', ...body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(message);
  });
});

test('a job tells how it goes on, until its end, by a link that needs no token', async () => {
  const made = await admin.job('picture', { photo }, { style: 'starry' });
  const response = await fetch(`${service.url}${made.events}`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const text = await response.text();
  const told = [...text.matchAll(/^event: job\nid: (\d+)\ndata: (.*)$/gm)];
  const jobs = told.map(([, , data]) => JSON.parse(data!) as JobView);
  expect(jobs.at(-1)).toMatchObject({ id: made.id, state: 'done', results: [{ name: 'picture.jpg' }] });
  const versions = told.map(([, version]) => Number(version));
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
});

test('a request that is sent again with its key makes no second job', async () => {
  const first = await admin.job('picture', { photo }, { style: 'wave' }, 'my-job-1');
  const second = await admin.job('picture', { photo }, { style: 'wave' }, 'my-job-1');
  expect(second.id).toBe(first.id);
  const other = await newClient('key');
  const own = await other.upload(at('photo.jpg'));
  expect((await other.job('picture', { photo: own }, { style: 'wave' }, 'my-job-1')).id).not.toBe(first.id);
});

test('a job that waits is cancelled at once, and a job is removed with its results', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 4; i++) ids.push((await admin.job('picture', { photo }, { style: 'wave' })).id);
  const last = ids.at(-1)!;
  const { status, body } = await admin.json('POST', `/v1/jobs/${last}/cancel`);
  expect([status, body.state]).toEqual([202, 'cancelled']);
  const first = await admin.ended(ids[0]!);
  expect((await admin.call(`/v1/jobs/${first.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await admin.call(`/v1/jobs/${first.id}`)).status).toBe(404);
  await expect(admin.result(first)).rejects.toThrow('404');
  for (const id of ids.slice(1)) await admin.ended(id);
});

test('a part of a file', async () => {
  const bytes = await readFile(at('photo.jpg'));
  const part = async (range: string) => {
    const headers = { authorization: `Bearer ${admin.token}`, range };
    const response = await fetch(`${service.url}/v1/files/${photo}`, { headers });
    return [
      response.status,
      response.headers.get('content-range'),
      Buffer.from(await response.arrayBuffer()),
    ];
  };
  const { length } = bytes;
  expect(await part('bytes=2-5')).toEqual([206, `bytes 2-5/${length}`, bytes.subarray(2, 6)]);
  expect(await part('bytes=-3')).toEqual([
    206,
    `bytes ${length - 3}-${length - 1}/${length}`,
    bytes.subarray(-3),
  ]);
  expect(await part(`bytes=${length}-`)).toEqual([416, `bytes */${length}`, Buffer.alloc(0)]);
  expect(await part('lines=1-2')).toEqual([200, null, bytes]);
});

test('an upload that is cut goes on, and belongs to its owner', async () => {
  const bytes = await readFile(at('photo.jpg'));
  const tus = { 'tus-resumable': '1.0.0' };
  const metadata = `filename ${btoa('photo.jpg')},owner ${btoa('other')}`;
  const begun = await admin.call('/v1/uploads', {
    method: 'POST',
    headers: { ...tus, 'upload-length': String(bytes.length), 'upload-metadata': metadata },
  });
  expect(begun.status).toBe(201);
  // Below the address that was asked, so that it holds behind a proxy that has the service below a path.
  const path = `/v1/${begun.headers.get('location')!}`;
  const part = (client: Client, start: number, end: number) =>
    client.call(path, {
      method: 'PATCH',
      headers: { ...tus, 'upload-offset': String(start), 'content-type': 'application/offset+octet-stream' },
      body: bytes.subarray(start, end),
    });
  expect((await part(admin, 0, 1000)).status).toBe(204);
  const other = await newClient('tus');
  expect((await part(other, 1000, bytes.length)).status).toBe(404);
  expect((await other.call(path, { method: 'HEAD', headers: tus })).status).toBe(404);
  expect((await part(admin, 500, bytes.length)).status).toBe(409);
  expect((await admin.call(path, { method: 'HEAD', headers: tus })).headers.get('upload-offset')).toBe(
    '1000',
  );
  expect((await part(admin, 1000, bytes.length)).status).toBeLessThan(300);
  const id = path.split('/').at(-1)!;
  const job = await admin.ended((await admin.job('picture', { photo: id }, { style: 'wave' })).id);
  expect(job.state).toBe('done');
  const large = { ...tus, 'upload-length': String(2 ** 40) };
  expect((await admin.call('/v1/uploads', { method: 'POST', headers: large })).status).toBe(413);
});

describe('a token', () => {
  test('is needed, and valid', async () => {
    const [, id, secret] = admin.token.split('_');
    const other = secret!.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'));
    for (const token of ['', 'x', `fns_${id}_${other}`, `fns_${'0'.repeat(32)}_${secret}`]) {
      const { status, body } = await new Client(service.url, token).call('/v1/jobs');
      expect([status, body.error.code], token).toEqual([401, 'token']);
    }
  });

  test('shows nothing of another owner', async () => {
    const other = await newClient('other');
    const job = await admin.ended((await admin.job('picture', { photo }, { style: 'wave' })).id);
    for (const [method, path] of [
      ['GET', `/v1/jobs/${job.id}`],
      ['GET', `/v1/jobs/${job.id}/events`],
      ['POST', `/v1/jobs/${job.id}/cancel`],
      ['DELETE', `/v1/jobs/${job.id}`],
      ['GET', `/v1/files/${photo}`],
      ['GET', `/v1/files/${job.results[0]!.id}`],
      ['DELETE', `/v1/files/${photo}`],
    ] as const) {
      const { status, body } = await other.json(method, path);
      expect([status, body.error.code], path).toEqual([404, 'not-found']);
    }
    expect((await other.call('/v1/jobs')).body).toEqual({ jobs: [] });
    const { status } = await other.json('POST', '/v1/jobs', {
      kind: 'picture',
      inputs: { photo },
      options: { style: 'wave' },
    });
    expect(status).toBe(400);
  });

  test('may do what its scopes say, and no more', async () => {
    const other = await newClient('scopes', { scopes: ['url'] });
    const own = await other.upload(at('photo.jpg'));
    const asked = { kind: 'picture', inputs: { photo: own }, options: { style: 'wave' } };
    for (const [method, path, body] of [
      ['POST', '/v1/jobs', asked],
      ['POST', '/v1/tokens', { owner: 'x', scopes: ['admin'] }],
      ['GET', '/v1/tokens', undefined],
    ] as const) {
      const answer = await other.json(method, path, body);
      expect([answer.status, answer.body.error.code], path).toEqual([403, 'scope']);
    }
  });

  test('has quotas', async () => {
    const { length } = await readFile(at('photo.jpg'));
    const other = await newClient('quotas', { quotas: { bytes: 2 * length, pixels: 1000 } });
    const own = await other.upload(at('photo.jpg'));
    await other.ended((await other.job('picture', { photo: own }, { style: 'wave' })).id);
    const { body } = await other.call('/v1/usage');
    expect(body).toMatchObject({ quotas: { pixels: 1000 }, used: { bytes: length } });
    expect(body.used.pixels).toBeGreaterThan(1000);
    await expect(other.job('picture', { photo: own }, { style: 'wave' })).rejects.toThrow(
      /429.*pixels of today/,
    );
  });

  test('ends', async () => {
    const made = await admin.json('POST', '/v1/tokens', { owner: 'ends', scopes: ['picture'] });
    expect((await admin.call(`/v1/tokens/${made.body.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await new Client(service.url, made.body.token).call('/v1/jobs')).status).toBe(401);
    const { body } = await admin.call('/v1/tokens');
    expect(JSON.stringify(body)).not.toContain(made.body.token.slice(-43));
  });
});

describe('a link', () => {
  test('holds for its own path and time alone', async () => {
    const job = await admin.ended((await admin.job('picture', { photo }, { style: 'wave' })).id);
    const link = job.results[0]!.url;
    const status = async (path: string) => (await fetch(`${service.url}${path}`)).status;
    expect(await status(link)).toBe(200);
    const query = link.slice(link.indexOf('?'));
    for (const path of [
      `/v1/files/${photo}${query}`,
      link.replace(/signature=./, 'signature=-'),
      link.replace(/expires=\d+/, (e) => `expires=${Number(e.slice(8)) + 60}`),
      link.replace(/expires=\d+/, 'expires=1'),
    ]) {
      expect(await status(path), path).toBe(403);
    }
    expect(await status(`/v1/jobs/${job.id}${query}`)).toBe(401);
  });
});

test('the API describes itself', async () => {
  const { body } = await admin.call('/openapi.json');
  expect(body.openapi).toMatch(/^3\./);
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining([
      '/v1/jobs',
      '/v1/jobs/{kind}',
      '/v1/jobs/{id}/events',
      '/v1/files',
      '/v1/tokens',
      '/readyz',
    ]),
  );
  expect((await fetch(`${service.url}/docs/`)).status).toBe(200);
});

test('it is alive and ready', async () => {
  expect((await admin.call('/healthz')).body).toMatchObject({ alive: true });
  expect(await admin.call('/readyz')).toMatchObject({ status: 200, body: { ready: true } });
});
