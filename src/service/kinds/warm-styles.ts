/** Styles that stay loaded from one job to the next. */
import { readFile } from 'node:fs/promises';
import { failure } from '../../core/errors.js';
import { sha256 } from '../../core/sha256.js';
import { parseStyleName } from '../../files/mixture.js';
import { decodeStyle, encodeStyle } from '../../files/style-file.js';
import { loadStyle, type StyleSource } from '../../node/styles.js';
import type { Stylizer } from '../../stylize/stylizer.js';
import type { KindRun, Machine } from './kind.js';

/** So many stay. */
const MOST = 4;

/** Those that are loaded, the last used at the end. */
const loaded = new Map<string, Promise<Stylizer>>();

/** The style of a job. */
export interface WantedStyle {
  source: StyleSource;
  /** Tells styles apart. */
  key: string;
}

/**
 * The style of a job. A style file of somebody is never run as it is: its weights are read, and the network is built
 * anew around them, so that none of the file's own operators is ever run.
 *
 * @throws FnsError when the file is no style of this program.
 */
export async function wantedStyle({
  options,
  inputs,
}: Pick<KindRun, 'options' | 'inputs'>): Promise<WantedStyle> {
  if (inputs.style === undefined) return { source: String(options.style), key: String(options.style) };
  const own = await checkedStyle(inputs.style);
  const { mix } = options.painting === undefined ? {} : parseStyleName(`style:${options.painting}`);
  const key = `${await sha256(own)} ${JSON.stringify(mix)}`;
  return { source: mix ? [{ style: own, label: 'the style', share: 1, mix }] : own, key };
}

/** Reads a style file and writes its weights into a new one. */
async function checkedStyle(path: string): Promise<Uint8Array> {
  try {
    return encodeStyle(decodeStyle(new Uint8Array(await readFile(path)), 'the style file'));
  } catch (error) {
    throw failure(`the style file is no style of fast-neural-style: ${(error as Error).message}`, error);
  }
}

/** The stylizer of a style, loaded now or before. */
export async function warmStyle({ source, key }: WantedStyle, machine: Machine): Promise<Stylizer> {
  const name = `${key} ${machine.device} ${machine.threads} ${machine.memory}`;
  const loading = loaded.get(name) ?? loadStyle(source, { ...machine });
  loaded.delete(name);
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  for (const [old, stylizer] of loaded) {
    if (loaded.size <= MOST) break;
    loaded.delete(old);
    await stylizer.then((s) => s.close()).catch(() => {});
  }
  return loading;
}
