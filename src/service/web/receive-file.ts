/** Files that come in: received into a temporary file, then stored and written down. */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Queries } from '../database/database.js';
import { addFile, type StoredFile } from '../records/file.js';
import type { Token } from '../records/token.js';
import { addTrash, keepFromTrash } from '../records/trash.js';
import { addUsed, usedUp } from '../records/used.js';
import type { WebContext } from './context.js';
import { ApiError, reading } from './errors.js';

/** Checks that an owner may upload and have work done today. */
export async function requireQuota(on: Queries, { owner, quotas }: Token): Promise<void> {
  const full = await usedUp(on, owner, quotas);
  if (full === undefined) return;
  const what = full === 'jobs' ? 'jobs that wait or run' : `${full} of today`;
  throw new ApiError(429, 'quota', `the quota of ${what} is used up`);
}

/** Seconds after which a file is removed that was stored and not written down. */
const ABANDONED = 3600;

/** A file that was received. */
export type ReceivedFile = Pick<StoredFile, 'id' | 'name' | 'bytes' | 'sha256'>;

/**
 * Receives a file of an owner.
 *
 * @param name for people: its letters are kept, its folders are not
 * @param id its id; one that another is there under must not be given
 * @throws ApiError when it is larger than files may be, or empty.
 */
export async function receiveFile(
  { ledger, storage, limits, folder }: WebContext,
  owner: string,
  name: string,
  stream: Readable,
  id = randomUUID() as string,
): Promise<ReceivedFile> {
  const path = join(folder, id);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await reading(() =>
      pipeline(
        stream,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            bytes += chunk.length;
            if (bytes > limits.uploadBytes) throw tooLarge(limits.uploadBytes);
            hash.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(path, { flags: 'wx' }),
      ),
    );
    if (bytes === 0) throw new ApiError(400, 'bad-request', 'the file is empty');
    const key = `files/${id}`;
    // Unless it is written down in time, it is nobody's.
    await addTrash(ledger.database, key, ABANDONED);
    await storage.putFile(key, path);
    const file = { id, name: plainName(name), bytes, sha256: hash.digest('hex') };
    await ledger.database.transaction(async (tx) => {
      await addFile(tx, { ...file, key, owner, job: null });
      await keepFromTrash(tx, key);
      await addUsed(tx, owner, { bytes });
    });
    return file;
  } finally {
    await rm(path, { force: true });
  }
}

/** The error of a file that is larger than files may be. */
export function tooLarge(most: number): ApiError {
  return new ApiError(413, 'too-large', `a file may have ${most} bytes at most`);
}

/** A name without folders, control characters and half characters. */
export function plainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1)!;
  const plain = last
    .replace(/[\p{Cc}\p{Cs}"]/gu, '')
    .slice(-200)
    .trim();
  return plain === '' || /^\.+$/.test(plain) ? 'file' : plain;
}
