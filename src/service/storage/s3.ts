/** A store in a bucket of an S3 server. */
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { badOption } from '../../core/errors.js';
import { type ByteRange, requireKey, type Storage, type StoredObject } from './storage.js';

/** A bucket and how it is reached. */
export interface Bucket {
  bucket: string;
  /** Before all keys; empty, or ends with a slash. */
  prefix: string;
  /** The server; Amazon's without. */
  endpoint?: string;
  region: string;
  /** Those of the environment (`AWS_ACCESS_KEY_ID` and so on) without. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/**
 * Reads an address: `s3://KEY:SECRET@HOST:PORT/BUCKET/PREFIX?tls=0&region=NAME`, or `s3://BUCKET/PREFIX` for Amazon's
 * servers with the credentials of the environment.
 *
 * @throws FnsError (usage) when it is none.
 */
export function parseBucket(address: string): Bucket {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw badOption('storage', 'an address s3://KEY:SECRET@HOST/BUCKET or s3://BUCKET is needed');
  }
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const region = url.searchParams.get('region') ?? process.env.AWS_REGION ?? 'us-east-1';
  const isOwn = url.username !== '' || url.port !== '';
  const bucket = isOwn ? parts.shift() : url.hostname;
  if (!bucket) throw badOption('storage', 'the address lacks its bucket: s3://KEY:SECRET@HOST/BUCKET');
  const prefix = parts.map((part) => `${part}/`).join('');
  if (!isOwn) return { bucket, prefix, region };
  const protocol = url.searchParams.get('tls') === '0' ? 'http' : 'https';
  return {
    ...{ bucket, prefix, region, endpoint: `${protocol}://${url.host}` },
    ...(url.username !== '' && {
      credentials: {
        accessKeyId: decodeURIComponent(url.username),
        secretAccessKey: decodeURIComponent(url.password),
      },
    }),
  };
}

/** Objects that one request removes at most. */
const BATCH = 1000;

/** Larger files are sent in parts: one request takes 5 GB at most, and a part that fails is all that is sent again. */
const PART_BYTES = 64 * 2 ** 20;
/** Parts of one file at most, and sent at once. */
const MOST_PARTS = 10_000;
const AT_ONCE = 2;

/**
 * Opens the store in a bucket, which must be there.
 *
 * @param partBytes of the parts of large files, 5 MiB or more; for tests
 */
export async function openS3(
  { bucket, prefix, endpoint, region, credentials }: Bucket,
  partBytes = PART_BYTES,
): Promise<Storage> {
  // The SDK warns of the end of its own support for Node 20 on every start; who runs the service reads it in its notes.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const s3 = await import('@aws-sdk/client-s3');
  const { Upload } = await import('@aws-sdk/lib-storage');
  const client = new s3.S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials && { credentials }),
    maxAttempts: 4,
    // Servers other than Amazon's often know no checksums after the body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const at = (key: string) => ({ Bucket: bucket, Key: `${prefix}${requireKey(key)}` });

  async function read(key: string, range?: ByteRange): Promise<StoredObject | undefined> {
    try {
      const Range = range && `bytes=${range.start}-${range.end}`;
      const { Body, ContentLength, ContentRange } = await client.send(
        new s3.GetObjectCommand({ ...at(key), Range }),
      );
      const whole = ContentRange === undefined ? ContentLength : ContentRange.split('/')[1];
      return { bytes: Number(whole ?? 0), stream: Body as Readable };
    } catch (error) {
      const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
      if (name === 'NoSuchKey' || $metadata?.httpStatusCode === 404) return undefined;
      throw error;
    }
  }

  return {
    read,
    async putFile(key, path) {
      // The file as it is now: another may be given its name meanwhile.
      const file = await open(path);
      try {
        const { size } = await file.stat();
        const Body = file.createReadStream({ autoClose: false });
        if (size <= partBytes) {
          await client.send(new s3.PutObjectCommand({ ...at(key), Body, ContentLength: size }));
        } else {
          const partSize = Math.max(partBytes, Math.ceil(size / MOST_PARTS));
          const params = { ...at(key), Body };
          await new Upload({ client, params, partSize, queueSize: AT_ONCE }).done();
        }
      } finally {
        await file.close();
      }
    },
    async getFile(key, path) {
      const found = await read(key);
      if (!found) return false;
      const part = `${path}.part`;
      try {
        await pipeline(found.stream, createWriteStream(part));
        if ((await stat(part)).size !== found.bytes)
          throw new Error('the store has sent a part of an object');
        await rename(part, path);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
      return true;
    },
    async remove(key) {
      if (!key.endsWith('/')) {
        await client.send(new s3.DeleteObjectCommand(at(key)));
        return;
      }
      for (;;) {
        const { Bucket, Key } = at(key);
        const { Contents = [] } = await client.send(
          new s3.ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: BATCH }),
        );
        if (Contents.length === 0) return;
        for (const object of Contents)
          await client.send(new s3.DeleteObjectCommand({ Bucket, Key: object.Key! }));
      }
    },
    async check() {
      await client.send(new s3.HeadBucketCommand({ Bucket: bucket }));
    },
  };
}
