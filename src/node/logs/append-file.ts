import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { writeFailure } from '../media/files.js';

/** A file that grows by whole records. */
export interface AppendFile {
  readonly path: string;
  /** Bytes of whole records. */
  readonly length: number;
  /**
   * Hands the bytes of a record to the operating system: from then on they outlive the program, however it ends.
   * Throws FnsError when that fails; the file then ends where it ended before, so that a later record still fits.
   */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** How `openAppendFile` opens. */
export interface AppendOptions {
  /** The file must not exist yet. */
  isNew?: boolean;
  /** Chooses from the file's bytes how many of them to keep. All by default. */
  keep?: (bytes: Buffer) => number;
}

/** Opens a file to append to it, made where missing. Throws FnsError when that fails; `cause` is the system's error. */
export async function openAppendFile(
  path: string,
  { isNew = false, keep }: AppendOptions = {},
): Promise<AppendFile> {
  const exclusive = isNew ? constants.O_EXCL : 0;
  const fail = (error: unknown) => writeFailure(path, error);
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | exclusive).catch((error: unknown) => {
    throw fail(error);
  });
  let length: number;
  try {
    const { size } = await file.stat();
    length = size;
    if (keep && size > 0) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
      length = keep(buffer.subarray(0, bytesRead));
      if (length < size) await file.truncate(length);
    }
  } catch (error) {
    await file.close().catch(() => {});
    throw fail(error);
  }
  return {
    path,
    get length() {
      return length;
    },
    async append(bytes) {
      let done = 0;
      try {
        while (done < bytes.length) {
          done += (await file.write(bytes, done, bytes.length - done, length + done)).bytesWritten;
        }
      } catch (error) {
        if (done > 0) await file.truncate(length).catch(() => {});
        throw fail(error);
      }
      length += done;
    },
    async close() {
      await file.close().catch((error: unknown) => {
        throw fail(error);
      });
    },
  };
}
