/** Both stores keep the same promises. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolder } from '../../src/service/storage/folder.js';
import { openS3, parseBucket } from '../../src/service/storage/s3.js';
import { requireKey, type Storage } from '../../src/service/storage/storage.js';
import { newFolder } from '../cli/fns.js';
import { type S3Server, startS3 } from './s3-server.js';

let folder: string;
let s3: S3Server;
const stores = new Map<string, Storage>();

beforeAll(async () => {
  folder = await newFolder();
  s3 = await startS3();
  stores.set('a folder', await openFolder(join(folder, 'store')));
  stores.set('S3', await openS3(parseBucket(s3.storage)));
});

afterAll(() => s3.close());

describe.each(['a folder', 'S3'])('a store in %s', (name) => {
  const store = () => stores.get(name)!;
  const bytes = randomBytes(300_000);
  const put = async (key: string, content: Uint8Array = bytes) => {
    await writeFile(join(folder, 'given'), content);
    await store().putFile(key, join(folder, 'given'));
  };

  test('gives back what was put, whole or a part', async () => {
    await store().check();
    await put('jobs/a/0-x.png');
    const whole = await store().read('jobs/a/0-x.png');
    expect(whole!.bytes).toBe(bytes.length);
    expect(Buffer.compare(await buffer(whole!.stream), bytes)).toBe(0);
    const part = await store().read('jobs/a/0-x.png', { start: 10, end: 19 });
    expect(part!.bytes).toBe(bytes.length);
    expect(await buffer(part!.stream)).toEqual(bytes.subarray(10, 20));
    expect(await store().getFile('jobs/a/0-x.png', join(folder, 'got'))).toBe(true);
    expect(Buffer.compare(await readFile(join(folder, 'got')), bytes)).toBe(0);
  });

  test('replaces', async () => {
    await put('files/r');
    await put('files/r', bytes.subarray(5));
    expect((await store().read('files/r'))!.bytes).toBe(bytes.length - 5);
  });

  test('says what is not there', async () => {
    expect(await store().read('files/none')).toBeUndefined();
    expect(await store().getFile('files/none', join(folder, 'none'))).toBe(false);
    expect(await readdir(folder)).not.toContain('none');
  });

  test('removes one, and all of a prefix, but none beside it', async () => {
    for (const key of ['jobs/b/1', 'jobs/b/x/2', 'jobs/bc/3', 'files/4']) await put(key);
    await store().remove('files/4');
    await store().remove('files/4');
    expect(await store().read('files/4')).toBeUndefined();
    await store().remove('jobs/b/');
    expect(await store().read('jobs/b/1')).toBeUndefined();
    expect(await store().read('jobs/b/x/2')).toBeUndefined();
    expect(await store().read('jobs/bc/3')).toBeDefined();
  });

  test.each(['../x', 'a/../b', '/etc/passwd', 'a//b', '', 'a/.hidden', 'a\\b', 'a/%2e%2e'])(
    'refuses the key %j',
    async (key) => {
      await expect(store().read(key)).rejects.toThrow('is no key');
      await expect(store().remove(key)).rejects.toThrow('is no key');
    },
  );
});

test('S3 is asked again when it fails for a moment', async () => {
  await writeFile(join(folder, 'small'), 'small');
  await stores.get('S3')!.putFile('files/again', join(folder, 'small'));
  s3.fail(1);
  expect((await stores.get('S3')!.read('files/again'))!.bytes).toBe(5);
});

test('a large file goes to S3 in parts, of which one that fails is sent again', async () => {
  const store = await openS3(parseBucket(s3.storage), 5 * 2 ** 20);
  const large = randomBytes(12 * 2 ** 20);
  await writeFile(join(folder, 'large'), large);
  s3.fail(1);
  await store.putFile('files/large', join(folder, 'large'));
  expect(s3.partly()).toEqual({ begun: 1, unfinished: 0 });
  expect(Buffer.compare(s3.objects.get('test/files/large')!, large)).toBe(0);
  // One that cannot be sent leaves nothing behind.
  s3.refuse('PUT');
  await expect(store.putFile('files/never', join(folder, 'large'))).rejects.toThrow();
  s3.refuse('');
  expect(s3.partly()).toEqual({ begun: 2, unfinished: 0 });
  expect(s3.objects.has('test/files/never')).toBe(false);
});

test.each([
  [
    's3://k:s%2F1@minio:9000/fns?tls=0',
    { bucket: 'fns', prefix: '', endpoint: 'http://minio:9000', region: 'us-east-1' },
  ],
  ['s3://k:s@host/b/a/c', { bucket: 'b', prefix: 'a/c/', endpoint: 'https://host' }],
  ['s3://bucket/a?region=eu-west-1', { bucket: 'bucket', prefix: 'a/', region: 'eu-west-1' }],
])('the address %s', (address, bucket) => {
  expect(parseBucket(address)).toMatchObject(bucket);
});

test('an address without a bucket is refused, and keys are what the service makes', () => {
  expect(() => parseBucket('s3://k:s@host')).toThrow(/lacks its bucket/);
  const key = `jobs/${createHash('sha256').update('x').digest('hex')}/0000-picture.jpg`;
  expect(requireKey(key)).toBe(key);
});
