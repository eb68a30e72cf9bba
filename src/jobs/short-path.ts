import { isAbsolute, relative } from 'node:path';

/** A path as short as it can be said from here. */
export function shortPath(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}
