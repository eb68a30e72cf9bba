/** Where uploads, results and checkpoints lie: a folder, or a bucket of an S3 server. */
import type { Readable } from 'node:stream';

/** A stored object that is being read. */
export interface StoredObject {
  /** Its whole size, in bytes. */
  bytes: number;
  stream: Readable;
}

/** The bytes of an object that are wanted: from `start` to `end`, both included. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A store of objects by key. A key is words separated by slashes; an object is there whole or not at all. */
export interface Storage {
  /** Stores a file under a key, in place of what was there. */
  putFile(key: string, path: string): Promise<void>;
  /** Reads an object; undefined where there is none. */
  read(key: string, range?: ByteRange): Promise<StoredObject | undefined>;
  /** Copies an object into a file. False where there is none. */
  getFile(key: string, path: string): Promise<boolean>;
  /** Removes all objects whose key begins with the prefix, which ends with a slash or is a whole key. */
  remove(prefix: string): Promise<void>;
  /** Checks that objects can be written. */
  check(): Promise<void>;
}

/** The keys that the service makes: words of letters, digits, dots and dashes, with slashes between them. */
const KEY = /^[a-z0-9][\w.-]*(\/[\w-][\w.-]*)*\/?$/;

/** Checks a key: one that is made of a path of somebody else never reaches a store. */
export function requireKey(key: string): string {
  if (!KEY.test(key) || key.includes('..')) throw new Error(`'${key}' is no key of the store`);
  return key;
}
