/** Which pictures of a folder are finished, so that a second run leaves them as they are. */
import { appendFile, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { sha256 } from '../core/sha256.js';
import { removeAbandoned, writeFailure } from '../node/media/files.js';
import type { PictureFile } from './picture-places.js';

/** The name of the record in a folder of pictures. */
export const RECORD = '.fns-pictures.jsonl';

/** Clocks of disks differ from that of the machine by so many milliseconds. */
const CLOCK_SLACK = 2500;

/** A picture that was made, or was about to be written. */
interface Entry {
  /** The picture's path in the folder, with `/`. */
  picture: string;
  /** Its size in bytes. */
  bytes: number;
  /** When it was written, in milliseconds since 1970. */
  at: number;
  /** The photo's size in bytes, and when it was changed last. */
  photo: { bytes: number; changed: number };
  /** The SHA-256 of what the picture was made with. */
  settings: string;
}

/** The record of a folder. */
export interface PictureRecord {
  /** Whether the picture is there, made of the photo as it is now and with the same settings. */
  isFinished(file: PictureFile): Promise<boolean>;
  /** Notes a picture that is to be written now. Until the file is there with this size, it does not count. */
  add(file: PictureFile, bytes: number): Promise<void>;
}

/**
 * Opens the record of a folder of pictures, and removes what a killed program left half-written. Each picture is a line
 * of JSON; the last line of a picture counts, and a line that was cut short counts for nothing.
 *
 * @param settings the SHA-256 of what pictures are made with (see `settingsSha256`)
 */
export async function openRecord(
  folder: string,
  files: readonly PictureFile[],
  settings: string,
): Promise<PictureRecord> {
  const namesOf = new Map<string, Set<string>>();
  for (const { target } of files) {
    const place = dirname(target);
    namesOf.set(place, (namesOf.get(place) ?? new Set()).add(basename(target)));
  }
  for (const [place, names] of namesOf) await removeAbandoned(place, names);
  const path = join(folder, RECORD);
  const entries = new Map<string, Entry>();
  const text = await readFile(path, 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const entry = parsed(line);
    if (entry) entries.set(entry.picture, entry);
  }
  let lead = text === '' || text.endsWith('\n') ? '' : '\n';
  const nameOf = ({ target }: PictureFile) => relative(folder, target).split(sep).join('/');
  return {
    async isFinished(file) {
      const entry = entries.get(nameOf(file));
      if (entry === undefined || entry.settings !== settings) return false;
      const [picture, photo] = await Promise.all([
        stat(file.target).catch(() => undefined),
        photoState(file.photo),
      ]);
      const isWhole = picture?.size === entry.bytes && picture.mtimeMs >= entry.at - CLOCK_SLACK;
      return isWhole && photo?.bytes === entry.photo.bytes && photo.changed === entry.photo.changed;
    },
    async add(file, bytes) {
      const photo = await photoState(file.photo);
      if (!photo) return;
      const entry: Entry = { picture: nameOf(file), bytes, at: Date.now(), photo, settings };
      await appendFile(path, `${lead}${JSON.stringify(entry)}\n`).catch((error: unknown) => {
        throw writeFailure(path, error);
      });
      lead = '';
      entries.set(entry.picture, entry);
    },
  };
}

async function photoState(path: string): Promise<Entry['photo'] | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && { bytes: found.size, changed: found.mtimeMs };
}

function parsed(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line);
    return typeof entry?.picture === 'string' && typeof entry.photo === 'object' ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Options that say where pictures come from, where they go and where they are computed, and not what they look like. */
const NOT_LOOKS = ['photos', 'out', 'force', 'device', 'threads', 'memory'];

/**
 * The SHA-256 of what pictures are made with.
 *
 * @param options of the job, as plain data
 * @param parts the bytes of the networks, and of what else pictures are made with
 */
export async function settingsSha256(options: object, parts: readonly Uint8Array[]): Promise<string> {
  const looks = Object.entries(options)
    .filter(([name, value]) => !NOT_LOOKS.includes(name) && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(looks, (_, value) => (ArrayBuffer.isView(value) ? undefined : value));
  return sha256(new TextEncoder().encode(`${text}\n`), ...parts);
}
