/** Where videos come from and go to: files, and what never ends. */
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { failure } from '../../core/errors.js';
import { readFailure } from '../media/files.js';
import { fileArg } from './ffmpeg.js';

/** Cameras and other devices of the system. Below `/dev/shm` and `/dev/mqueue` are files in memory. */
const DEVICES = /^\/dev\/(?!null$|shm\/|mqueue\/)/;

/** Addresses that ffmpeg opens: a scheme of two letters or more, which a Windows drive is not. */
const ADDRESS = /^[a-z][a-z0-9+.-]+:\/\//i;

/** Addresses of files, which end. */
const FILE_ADDRESS = /^(https?|file):\/\//i;

/** Tells whether a name is that of a device. */
export function isDevice(name: string): boolean {
  return DEVICES.test(name);
}

/** Tells whether a name is an address rather than a file's path. */
export function isAddress(name: string): boolean {
  return ADDRESS.test(name);
}

/** Tells whether a name is an address of another machine, from which a video may come in part. */
export function isRemote(name: string): boolean {
  return isAddress(name) && !/^file:/i.test(name);
}

/** Tells whether a video goes on while it is worked on; what is read by a named format does, unless it is a file. */
export function isLiveSource(name: string, format?: string): boolean {
  if (format === undefined) return isLive(name);
  try {
    return !statSync(name).isFile();
  } catch {
    return true;
  }
}

/** Tells whether a video goes on while it is written: to a device, to a stream, or in a named format. */
export function isLive(name: string, format?: string): boolean {
  return format !== undefined || DEVICES.test(name) || (isAddress(name) && !FILE_ADDRESS.test(name));
}

/**
 * ffmpeg's options for reading a video. A file that names others (a playlist) may name files only.
 *
 * @param format ffmpeg's name of the input format, such as `v4l2`, `avfoundation`, `lavfi`
 */
export function inputArgs(name: string, format?: string): string[] {
  if (isLiveSource(name, format)) {
    const isCamera = DEVICES.test(name) && format === undefined;
    const chosen = format ?? (isCamera ? 'v4l2' : undefined);
    return chosen === undefined ? [] : ['-f', chosen];
  }
  if (isAddress(name)) return [];
  return ['-protocol_whitelist', 'file,pipe,crypto,data', ...(format === undefined ? [] : ['-f', format])];
}

/**
 * A video as ffmpeg is to be told of it.
 *
 * @param options those of `inputArgs`: only files have a list of protocols
 */
export function inputName(name: string, options: readonly string[]): string {
  return options[0] === '-protocol_whitelist' ? fileArg(name) : name;
}

/**
 * Checks that a path is an ordinary file: a pipe without a writer would be waited for without end.
 *
 * @throws FnsError naming the path and the cause.
 */
export async function requireVideoFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw readFailure(path, error);
  });
  if (found.isDirectory()) throw failure(`cannot read ${path}: it is a folder, not a video`);
  if (!found.isFile()) throw failure(`cannot read ${path}: it is neither a file nor a camera`);
}
