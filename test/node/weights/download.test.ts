import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../src/core/safetensors.js';
import { downloadFile, fetchVggWeights } from '../../../src/node/weights/download.js';
import { loadVggWeights, vggTensorShapes } from '../../../src/node/weights/vgg-weights.js';
import { kerasFile } from './keras-file.js';

const folder = mkdtempSync(join(tmpdir(), 'fns-download-'));
const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5));
const md5 = createHash('md5').update(content).digest('hex');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let answer: Answer;
/** The Range header of each request so far. */
let ranges: (string | undefined)[] = [];
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  ranges = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Serves `bytes`, honouring Range as RFC 9110 says; breaks off after `limit` bytes of each answer. */
function serve(bytes: Uint8Array, { limit = Number.POSITIVE_INFINITY, ignoreRange = false } = {}): Answer {
  return (request, response) => {
    const asked = ignoreRange ? null : /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const start = asked ? Number(asked[1]) : 0;
    if (asked && start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const rest = bytes.subarray(start);
    response.writeHead(asked ? 206 : 200, {
      'content-length': rest.length,
      ...(asked ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    if (rest.length <= limit) response.end(rest);
    // The client drops what it has received but not yet read when the connection breaks: give it time to read.
    else response.write(rest.subarray(0, limit), () => setTimeout(() => response.destroy(), 100));
  };
}

function newTarget(name: string): string {
  const place = join(folder, name);
  mkdirSync(place);
  return join(place, 'file.bin');
}
const quick = { retryAfter: [1, 1] };

describe('downloadFile', () => {
  test('the file arrives whole, progress ends at its length, nothing else is left', async () => {
    answer = serve(content);
    const target = newTarget('plain');
    const progress: [number, number | undefined][] = [];
    await downloadFile(`${base}/a`, target, { md5, onProgress: (...now) => progress.push(now) });
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(progress[0]).toEqual([0, content.length]);
    expect(progress.at(-1)).toEqual([content.length, content.length]);
    expect(readdirSync(join(target, '..'))).toEqual(['file.bin']);
  });

  test('a connection that breaks is taken up again where it broke', async () => {
    answer = serve(content, { limit: 120_000 });
    const target = newTarget('dropped');
    await downloadFile(`${base}/a`, target, { md5, ...quick });
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=120000-', 'bytes=240000-']);
  });

  test('when it stays broken: what arrived is kept, and the next call continues there', async () => {
    answer = serve(content, { limit: 50_000 });
    const target = newTarget('later');
    await expect(downloadFile(`${base}/a`, target, { md5, ...quick })).rejects.toThrow(
      /^cannot download http:.*: the connection was lost.*; running it again continues where it stopped$/,
    );
    expect(readdirSync(join(target, '..'))).toEqual(['file.bin.part']);
    answer = serve(content);
    ranges = [];
    const progress: number[] = [];
    await downloadFile(`${base}/a`, target, { md5, onProgress: (received) => progress.push(received) });
    expect(ranges).toEqual(['bytes=150000-']);
    expect(progress[0]).toBe(150_000);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  test('a server that ignores Range: it starts over', async () => {
    answer = serve(content, { ignoreRange: true });
    const target = newTarget('norange');
    writeFileSync(`${target}.part`, content.subarray(0, 1000));
    await downloadFile(`${base}/a`, target, { md5 });
    expect(ranges).toEqual(['bytes=1000-']);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  test('a server that sends another range than asked for: it starts over', async () => {
    answer = (request, response) => {
      if (!request.headers.range) return serve(content)(request, response);
      response.writeHead(206, { 'content-range': `bytes 5-9/${content.length}` }).end('wrong');
    };
    const target = newTarget('otherrange');
    writeFileSync(`${target}.part`, content.subarray(0, 1000));
    await downloadFile(`${base}/a`, target, { md5, ...quick });
    expect(ranges).toEqual(['bytes=1000-', undefined]);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  test('a partial file that is complete already needs no bytes; one that is too long starts over', async () => {
    answer = serve(content);
    const target = newTarget('complete');
    writeFileSync(`${target}.part`, content);
    await downloadFile(`${base}/a`, target, { md5 });
    expect(readFileSync(target).equals(content)).toBe(true);
    writeFileSync(`${target}.part`, Buffer.concat([content, content]));
    rmSync(target);
    await downloadFile(`${base}/a`, target, { md5, ...quick });
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(ranges.length).toBe(3);
  });

  test('a file that is there with the right checksum is not fetched again', async () => {
    const target = newTarget('there');
    writeFileSync(target, content);
    await downloadFile(`${base}/a`, target, { md5 });
    expect(ranges).toEqual([]);
  });

  test('a wrong checksum: the partial file is deleted and both sums are said', async () => {
    answer = serve(content);
    const target = newTarget('checksum');
    await expect(downloadFile(`${base}/a`, target, { md5: '0'.repeat(32) })).rejects.toThrow(
      `arrived with the MD5 checksum ${md5}, expected ${'0'.repeat(32)}`,
    );
    expect(readdirSync(join(target, '..'))).toEqual([]);
  });

  test('404 is said at once, 503 is tried again', async () => {
    answer = (_, response) => response.writeHead(404).end('no');
    await expect(downloadFile(`${base}/a`, newTarget('404'), quick)).rejects.toMatchObject({
      message: `cannot download ${base}/a: the server answers 404 Not Found`,
      kind: 'failure',
    });
    expect(ranges.length).toBe(1);
    let busy = 2;
    answer = (request, response) => {
      if (busy-- > 0) response.writeHead(503).end();
      else serve(content)(request, response);
    };
    await downloadFile(`${base}/a`, newTarget('503'), { md5, ...quick });
  });

  test('no server, and no folder to write to', async () => {
    await expect(
      downloadFile('http://127.0.0.1:1/a', newTarget('refused'), { retryAfter: [] }),
    ).rejects.toThrow(/cannot download http:\/\/127\.0\.0\.1:1\/a: /);
    await expect(downloadFile(`${base}/a`, join(folder, 'gone', 'a'), quick)).rejects.toThrow(
      'does not exist',
    );
  });

  test('stopping keeps what arrived and says that it can go on', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 10_000));
    };
    const target = newTarget('stopped');
    const controller = new AbortController();
    const onProgress = (received: number) => received >= 10_000 && controller.abort();
    await expect(
      downloadFile(`${base}/a`, target, { md5, onProgress, signal: controller.signal }),
    ).rejects.toThrow(/was stopped; running it again continues/);
    expect(readFileSync(`${target}.part`).equals(content.subarray(0, 10_000))).toBe(true);
  });
});

describe('fetchVggWeights', () => {
  /** Kernels of the first block in Keras' layout; the first number of each is its mark. */
  const firstBlock = () => ({
    'block1_conv1/block1_conv1_W_1:0': { shape: [3, 3, 3, 64], data: new Float32Array(27 * 64).fill(0.5) },
    'block1_conv1/block1_conv1_b_1:0': { shape: [64], data: new Float32Array(64).fill(1) },
    'block1_conv2/block1_conv2_W_1:0': { shape: [3, 3, 64, 64], data: new Float32Array(9 * 64 * 64).fill(2) },
    'block1_conv2/block1_conv2_b_1:0': { shape: [64], data: new Float32Array(64).fill(3) },
  });

  test('downloads the published name, converts, deletes the original, and loadVggWeights finds it', async () => {
    const bytes = await kerasFile(firstBlock());
    let path: string | undefined;
    answer = (request, response) => {
      path = request.url;
      serve(bytes)(request, response);
    };
    const cacheDir = join(folder, 'cache', 'new');
    const sum = createHash('md5').update(bytes).digest('hex');
    const file = await fetchVggWeights('vgg19', { baseUrl: `${base}/mirror/`, md5: sum, cacheDir });
    expect(path).toBe('/mirror/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5');
    expect(file).toBe(join(cacheDir, 'vgg19.safetensors'));
    expect(readdirSync(cacheDir)).toEqual(['vgg19.safetensors']);
    const { tensors } = await loadVggWeights('vgg19', { env: {}, cacheDir });
    expect([...tensors.keys()]).toEqual(['conv1_1.weight', 'conv1_1.bias', 'conv1_2.weight', 'conv1_2.bias']);
    expect(tensors.get('conv1_2.bias')!.data[63]).toBe(3);
    expect(readSafetensors(readFileSync(file)).metadata.network).toBe('vgg19');
  });

  test('other bytes than the published ones are refused', async () => {
    answer = serve(await kerasFile(firstBlock()));
    const cacheDir = join(folder, 'other');
    await expect(fetchVggWeights('vgg16', { baseUrl: base, cacheDir })).rejects.toThrow(
      'expected 6d6bbae143d832006294945121d1f1fc',
    );
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  test('a local .h5 or .safetensors file is taken and stays where it is', async () => {
    const h5 = join(folder, 'mine.h5');
    writeFileSync(h5, await kerasFile(firstBlock()));
    const first = await fetchVggWeights('vgg16', { from: h5, cacheDir: join(folder, 'from-h5') });
    const second = await fetchVggWeights('vgg16', {
      from: first,
      cacheDir: join(folder, 'from-safetensors'),
    });
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
    expect(existsSync(h5)).toBe(true);
    expect(ranges).toEqual([]);
  });

  test('files that do not fit are said so', async () => {
    const cacheDir = join(folder, 'unfit');
    const h5 = join(folder, 'mine.h5');
    await expect(fetchVggWeights('vgg16', { from: 'gone.h5', cacheDir })).rejects.toThrow(
      'cannot read gone.h5: no such file',
    );
    await expect(fetchVggWeights('vgg16', { from: 'a.pth', cacheDir })).rejects.toMatchObject({
      kind: 'usage',
    });
    await expect(fetchVggWeights('vgg16', { from: h5, classifier: true, cacheDir })).rejects.toThrow(
      'there is no classifier',
    );
  });

  test('what the cache already holds whole is not downloaded again', async () => {
    const cacheDir = join(folder, 'filled');
    mkdirSync(cacheDir);
    const shapes = [...vggTensorShapes('vgg16')].filter(([name]) => name.startsWith('conv'));
    const tensors = shapes.map(
      ([name, shape]) => [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }] as const,
    );
    writeFileSync(join(cacheDir, 'vgg16.safetensors'), writeSafetensors(new Map(tensors)));
    await fetchVggWeights('vgg16', { baseUrl: base, cacheDir });
    expect(ranges).toEqual([]);
    answer = (_, response) => response.writeHead(404).end();
    await expect(fetchVggWeights('vgg16', { baseUrl: base, cacheDir, classifier: true })).rejects.toThrow(
      /vgg16_weights_tf_dim_ordering_tf_kernels\.h5: the server answers 404/,
    );
  });
});
