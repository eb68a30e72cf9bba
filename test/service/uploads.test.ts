/** Resumable uploads whose connection breaks, or whose store fails, when all their bytes are in. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Storage } from '../../src/service/storage/storage.js';
import type { Client } from './client.js';
import { startWeb, type WebProcess } from './web-process.js';

const tus = { 'tus-resumable': '1.0.0' };
const bytes = Buffer.alloc(3000, 7);

let web: WebProcess;
let client: Client;
/** What the store waits for before it stores a file. */
const before = vi.fn(async () => {});

beforeAll(async () => {
  const storage = (store: Storage): Storage => ({
    ...store,
    async putFile(key, path) {
      await before();
      await store.putFile(key, path);
    },
  });
  web = await startWeb({ storage });
  client = await web.client('uploads');
});

afterAll(() => web.close());

/** Begins an upload. @returns its path */
async function begin(length = bytes.length): Promise<string> {
  const headers = { ...tus, 'upload-length': String(length) };
  const { status, headers: answer } = await client.call('/v1/uploads', { method: 'POST', headers });
  expect(status).toBe(201);
  return `/v1/${answer.get('location')}`;
}

/** Sends all bytes. */
function send(path: string, signal?: AbortSignal) {
  const headers = { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
  return client.call(path, { method: 'PATCH', headers, body: bytes, signal });
}

/** What a client is told of an upload: the status, and its bytes. */
async function head(path: string, who = client): Promise<[number, string | null, string | null]> {
  const { status, headers } = await who.call(path, { method: 'HEAD', headers: tus });
  return [status, headers.get('upload-offset'), headers.get('upload-length')];
}

const fileOf = (path: string) => client.call(`/v1/files/${path.split('/').at(-1)}`);
const whole = [200, '3000', '3000'];

test('who asks while a whole upload is stored is answered when it is a file', async () => {
  const path = await begin();
  let store = () => {};
  before.mockClear();
  before.mockImplementationOnce(() => new Promise((resolve) => (store = resolve)));
  const broken = new AbortController();
  const sent = send(path, broken.signal).catch(() => 'broken');
  await vi.waitFor(() => expect(before).toHaveBeenCalled());
  broken.abort();
  expect(await sent).toBe('broken');
  let isAnswered = false;
  const asked = [head(path), head(path)].map((each) => each.finally(() => (isAnswered = true)));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(isAnswered).toBe(false);
  store();
  expect(await Promise.all(asked)).toEqual([whole, whole]);
  expect(before).toHaveBeenCalledTimes(1);
  expect((await fileOf(path)).status).toBe(200);
  // And later.
  expect(await head(path)).toEqual(whole);
  expect((await head(path, await web.client('another')))[0]).toBe(404);
});

test('an upload that could not be stored is stored when its client asks again', async () => {
  const path = await begin();
  before.mockRejectedValueOnce(new Error('no room'));
  expect((await send(path)).status).toBe(500);
  before.mockRejectedValueOnce(new Error('no room'));
  // Clients of tus wait after this, and ask again.
  expect((await head(path))[0]).toBe(423);
  expect(await head(path)).toEqual(whole);
  expect((await fileOf(path)).body.text).toBe(bytes.toString());
});

test('an upload that is not whole, or not there, is told as such', async () => {
  const path = await begin(1);
  expect(await head(path)).toEqual([200, '0', '1']);
  expect((await head(path.replace(/.{4}$/, '0000')))[0]).toBe(404);
});
