import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exportStudio, files, serveStudio, starts } from '../../src/api/node.js';
import type { StudioServer } from '../../src/node/studio/server.js';
import { smallVgg } from '../runtime/small-training.js';
import { tinyStyle } from '../tiny-style.js';

let folder: string;
let server: StudioServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fns-site-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  await tinyStyle(folder, 'mine.onnx');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  server = await serveStudio({ port: 0, styles: folder });
});

afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A request as written, without what `fetch` tidies up. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const sent = request({ hostname, port, path, headers, method }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      sent.on('error', reject).end();
    },
  );
}

test('the page, the list, styles, thumbnails and the runtime are served, isolated', async () => {
  const page = await get('/');
  expect(page.body.toString()).toContain('<div id="app">');
  expect(page.headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  const list = JSON.parse((await get('/files/styles.json')).body.toString());
  const names = list.styles.map(({ name }: { name: string }) => name);
  const single = (await starts.shippedStyles()).filter((name) => name !== 'many');
  expect(names).toEqual([...single, 'mine']);
  for (const { file, bytes, thumbnail } of list.styles) {
    expect((await get(`/files/${file}`)).body.length).toBe(bytes);
    expect((await get(`/files/${thumbnail}`)).body.subarray(8, 12).toString()).toBe('WEBP');
  }
  expect((await get('/files/ort/ort-wasm-simd-threaded.wasm')).headers['content-type']).toBe(
    'application/wasm',
  );
});

test('a style of the folder is shown by its texture, drawn once; one that is broken is said to be', async () => {
  const styles = join(folder, 'others');
  await mkdir(styles);
  await tinyStyle(styles, 'good.onnx');
  await writeFile(join(styles, 'broken.onnx'), 'no network');
  const warnings: string[] = [];
  const own = await serveStudio(
    { port: 0, styles },
    { onEvent: (event) => event.type === 'warning' && warnings.push(event.message) },
  );
  try {
    const picture = async (name: string) => fetch(new URL(`files/thumbnails/${name}.webp`, own.url));
    const good = await picture('good');
    expect((await sharp(await good.arrayBuffer()).metadata()).width).toBe(144);
    const kept = join(folder, 'cache', 'fast-neural-style', 'thumbnails');
    const drawn = await readdir(kept);
    expect((await picture('good')).headers.get('etag')).toBe(good.headers.get('etag'));
    expect(await readdir(kept)).toEqual(drawn);
    expect((await picture('broken')).status).toBe(404);
    expect(warnings).toEqual([expect.stringMatching(/broken\.onnx cannot be shown by a picture: .+/)]);
  } finally {
    await own.close();
  }
  const out = join(folder, 'shown');
  await exportStudio({ out, styles });
  const list = JSON.parse(await readFile(join(out, 'files', 'styles.json'), 'utf8'));
  const thumbnails = new Map<string, string>(
    list.styles.map(({ name, thumbnail }: { name: string; thumbnail: string }) => [name, thumbnail]),
  );
  expect(thumbnails.get('broken')).toBe('');
  expect((await stat(join(out, 'files', thumbnails.get('good')!))).size).toBeGreaterThan(100);
});

test('what is unchanged is not sent again', async () => {
  const { headers } = await get('/files/styles/mine.onnx');
  const again = await get('/files/styles/mine.onnx', { 'if-none-match': headers.etag as string });
  expect([again.status, again.body.length]).toEqual([304, 0]);
});

test.each([
  '/files/styles/../secret.txt',
  '/files/secret.txt',
  '/files/styles/%2e%2e%2fsecret.txt',
  '/../package.json',
  '/%2e%2e/%2e%2e/package.json',
  '/files//etc/passwd',
  '/assets/../../../package.json',
])('no file outside the site: %s', async (path) => {
  const { status, body } = await get(path);
  expect(body.toString()).not.toMatch(/secret|"name"|root:/);
  expect(status === 404 || body.toString().includes('<div id="app">')).toBe(true);
});

test('another host is refused, and everything but reading', async () => {
  expect((await get('/', { host: 'evil.example' })).status).toBe(403);
  expect((await get('/', { host: 'evil.example:80' })).status).toBe(403);
  expect((await get('/', { host: 'localhost:1' })).status).toBe(200);
  expect((await get('/', {}, 'POST')).status).toBe(405);
});

test('a taken port and a port that is none say so in one line', async () => {
  const port = Number(new URL(server.url).port);
  await expect(serveStudio({ port })).rejects.toThrow(/cannot listen on 127\.0\.0\.1, port \d+: it is taken/);
  await expect(serveStudio({ port: 70000 })).rejects.toThrow(/0 to 65535/);
  await expect(serveStudio({ styles: join(folder, 'none') })).rejects.toThrow(/none/);
});

test('the export is the same site as files, and does not write over another folder', async () => {
  const out = join(folder, 'site');
  await exportStudio({ out });
  const list = JSON.parse(await readFile(join(out, 'files', 'styles.json'), 'utf8'));
  for (const { file, bytes } of list.styles) expect((await stat(join(out, 'files', file))).size).toBe(bytes);
  expect((await readdir(out)).includes('index.html')).toBe(true);
  await expect(exportStudio({ out })).rejects.toThrow(/not empty/);
});

test('weights that are installed while it runs are served, in half precision', async () => {
  const weights = join(folder, 'weights');
  for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA', 'HOME']) vi.stubEnv(name, join(folder, 'home'));
  vi.stubEnv('FNS_WEIGHTS', weights);
  await mkdir(weights);
  const own = await serveStudio({ port: 0 });
  const list = async () => (await fetch(new URL('files/styles.json', own.url))).json();
  try {
    expect((await list()).weights).toEqual({});
    await writeFile(join(weights, 'vgg16.safetensors'), files.writeSafetensors(smallVgg()));
    const { vgg16 } = (await list()).weights;
    const served = await (await fetch(new URL(`files/${vgg16}`, own.url))).arrayBuffer();
    const { tensors } = files.readSafetensors(new Uint8Array(served));
    expect([...tensors.keys()]).toEqual([...smallVgg().keys()]);
    expect(served.byteLength).toBeLessThan(0.51 * files.writeSafetensors(smallVgg()).length);
  } finally {
    vi.unstubAllEnvs();
    await own.close();
  }
});
