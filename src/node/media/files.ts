import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  access,
  constants,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FnsError, failure } from '../../core/errors.js';
import { isRunning, MACHINE } from '../running-process.js';

/** This process, in the names of its temporary files: the machine and the number. */
const OWNER = `${MACHINE}-${process.pid}`;

/**
 * Writes `content`, or lets it write a file, so that `path` holds either its old content or all of the new one, even after a crash: a temporary
 * file in the same folder, flushed to the disk, then renamed.
 * Throws FnsError naming the path and the cause (no such folder, no space left, no permission); the
 * temporary file is gone then.
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string | ((temporary: string) => Promise<void>),
): Promise<void> {
  await requireFolderFor(path);
  const random = randomBytes(4).toString('hex');
  const temporary = join(dirname(path), `.${shortName(basename(path))}.${OWNER}.${random}.tmp`);
  let file: FileHandle | undefined;
  removeAtExit(temporary);
  try {
    if (typeof content === 'function') {
      await content(temporary);
      file = await open(temporary, 'r+');
    } else {
      file = await open(temporary, 'wx', 0o666);
      await file.writeFile(content);
    }
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, path);
  } catch (error) {
    // A close that fails here must not hide the first error.
    await file?.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw error instanceof FnsError ? error : writeFailure(path, error);
  } finally {
    unfinished.delete(temporary);
  }
}

/** Names of more bytes than this leave no room for what temporary files add to them. */
const LONGEST_NAME = 200;

/** A file's name in that of its temporary file: one that is too long for it has a digest instead of its end. */
function shortName(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  // A character has four bytes at most.
  return `${[...name].slice(0, 40).join('')}~${digest}`;
}

/** Temporary files being written. */
const unfinished = new Set<string>();
let watchesExit = false;

/** A program that ends in the middle (Ctrl-C) removes its temporary files on its way out. */
function removeAtExit(path: string): void {
  unfinished.add(path);
  if (watchesExit) return;
  watchesExit = true;
  process.on('exit', () => {
    for (const file of unfinished) rmSync(file, { force: true });
  });
}

/**
 * Removes the temporary files of processes of this machine that were killed while they wrote files of these names into
 * a folder. A missing folder is none.
 */
export async function removeAbandoned(folder: string, names: ReadonlySet<string>): Promise<void> {
  const ours = new Set([...names].map(shortName));
  for (const file of await readdir(folder).catch(() => [])) {
    const [, name, machine, pid] = /^\.(.+)\.([0-9a-f]{6})-(\d+)\.[0-9a-f]{8}\.tmp$/.exec(file) ?? [];
    if (name === undefined || !ours.has(name) || machine !== MACHINE || isRunning(Number(pid))) continue;
    await rm(join(folder, file), { force: true }).catch(() => {});
  }
}

/**
 * Reads an ordinary file. A named pipe without a writer would be waited for without end, a device may never end.
 *
 * @throws FnsError naming the path and the cause.
 */
export async function readOrdinaryFile(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw failure(`cannot read ${path}: it is a folder, not a file`);
    if (!found.isFile()) {
      const kind = found.isFIFO() ? 'a pipe' : found.isSocket() ? 'a socket' : 'a device';
      throw failure(`cannot read ${path}: it is ${kind}, not a file`);
    }
    return await readFile(path);
  } catch (error) {
    throw error instanceof FnsError ? error : readFailure(path, error);
  }
}

/**
 * Makes a folder, and those above it that are missing. One that is there stays as it is.
 *
 * @throws FnsError naming the folder and the cause.
 */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
}

/** Throws FnsError when the folder that would hold `path` is missing, is not a folder, or lets nothing be written. */
export async function requireFolderFor(path: string): Promise<void> {
  const folder = dirname(path);
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) throw failure(`cannot write ${path}: the folder ${folder} does not exist`);
  if (!found.isDirectory()) throw failure(`cannot write ${path}: ${folder} is not a folder`);
  await requireWritable(folder, path);
}

/**
 * Checks that files can be written into a folder.
 *
 * @param path what is to be written, for the error
 * @throws FnsError naming the path and the cause.
 */
export async function requireWritable(folder: string, path = folder): Promise<void> {
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
}

/** The error for a file that could not be written: the path and the system's reason in words. */
export function writeFailure(path: string, error: unknown): FnsError {
  return failure(`cannot write ${path}: ${systemReason(error)}`, error);
}

/** The error for a file that could not be read: the path and the system's reason in words. */
export function readFailure(path: string, error: unknown): FnsError {
  return failure(`cannot read ${path}: ${systemReason(error)}`, error);
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be too large for this disk',
  EIO: 'the disk reports an input/output error',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a folder',
  EPIPE: 'nobody reads it any more',
  EPERM: 'operation not permitted',
  EROFS: 'the disk is read-only',
};

/** The reason of a Node.js system error in words, without codes and call names; other errors' own message. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message ?? String(error);
}
