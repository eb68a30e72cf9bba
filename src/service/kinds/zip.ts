/** Zip files of somebody: unpacked within limits, under names of our own. */
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Zip, ZipPassThrough } from 'fflate';
import yauzl from 'yauzl';
import { failure } from '../../core/errors.js';
import type { Limits } from '../limits.js';

/** A file of a zip that was unpacked. */
export interface UnzippedFile {
  /** Its name in the zip, with its folders. */
  name: string;
  path: string;
}

/** What systems put beside files, and nobody means. */
const IGNORED = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$)/;

/**
 * Unpacks a zip into a folder. Files are named by their numbers there, so that no name in the zip reaches the disk.
 *
 * @throws FnsError when it is no zip, is encrypted or damaged, or holds more than the limits allow: what is said of a
 *   file's size in the zip is not believed, but counted.
 */
export async function unzip(path: string, folder: string, limits: Limits): Promise<UnzippedFile[]> {
  const found: UnzippedFile[] = [];
  let bytes = 0;
  const zip = await yauzl
    .openPromise(path, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true })
    .catch(damaged);
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || IGNORED.test(entry.fileName)) continue;
      if (found.length === limits.zipFiles) throw failure(`the zip has more than ${limits.zipFiles} files`);
      const count = async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > limits.zipBytes)
            throw failure(`the zip has more than ${limits.zipBytes} bytes unpacked`);
          yield chunk;
        }
      };
      const number = String(found.length + 1).padStart(5, '0');
      const extension = extname(entry.fileName).toLowerCase();
      const target = join(folder, `${number}${/^\.[a-z0-9]{1,5}$/.test(extension) ? extension : ''}`);
      await pipeline(await zip.openReadStreamPromise(entry), count, createWriteStream(target));
      found.push({ name: entry.fileName, path: target });
    }
  } catch (error) {
    damaged(error);
  } finally {
    zip.close();
  }
  if (found.length === 0) throw failure('the zip is empty');
  return found;
}

function damaged(error: unknown): never {
  const { message, name } = error as Error;
  if (name === 'FnsError') throw error;
  // The disk, not the zip.
  if (['ENOSPC', 'EIO', 'EMFILE'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  throw failure(`the zip cannot be read: ${message}`, error);
}

/** Bytes that are read at a time. */
const CHUNK = 2 ** 20;

/** Packs files into a zip, as they are: pictures are compressed already. */
export async function zipFiles(target: string, files: readonly UnzippedFile[]): Promise<void> {
  const out = await open(target, 'w');
  try {
    let writing: Promise<unknown> = Promise.resolve();
    let failed: Error | undefined;
    const zip = new Zip((error, chunk) => {
      failed ??= error ?? undefined;
      writing = writing.then(() => out.write(chunk));
    });
    for (const { name, path } of files) {
      const entry = new ZipPassThrough(name);
      // The same pictures make the same zip.
      entry.mtime = new Date(1980, 0, 1);
      zip.add(entry);
      const file = await open(path);
      try {
        for (;;) {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK));
          entry.push(new Uint8Array(buffer.buffer, 0, bytesRead), bytesRead === 0);
          await writing;
          if (bytesRead === 0) break;
        }
      } finally {
        await file.close();
      }
    }
    zip.end();
    await writing;
    if (failed) throw failed;
  } finally {
    await out.close();
  }
}
