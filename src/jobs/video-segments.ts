/** The parts of a video that is being made, in a folder beside it, so that a killed run can go on. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FnsError, failure } from '../core/errors.js';
import { type Lock, takeLock } from '../node/lock.js';
import { makeFolder, writeFileAtomically } from '../node/media/files.js';
import type { EncodedSegment } from '../node/video/join-segments.js';

/** A segment that is finished. */
export interface VideoSegment extends EncodedSegment {
  /** How many frames it has. */
  frames: number;
}

/** The folder of the parts of a video. */
export interface VideoParts {
  folder: string;
  /** The finished segments, in order and without a gap. */
  segments: VideoSegment[];
  /** A path for the next segment while it is written: no two are the same, should a killed run's encoder still write. */
  temporary(): string;
  /**
   * Takes a segment whose file is whole.
   *
   * @param temporary where it was written
   * @param state what a later run needs to go on after it
   */
  add(segment: Omit<VideoSegment, 'path'>, temporary: string, state?: Uint8Array): Promise<void>;
  /** What was kept with the last segment. */
  state(): Promise<Uint8Array | undefined>;
  /** How many frames the video had when a run before was stopped; 0 without one. */
  readonly framesAtStop: number;
  /** Remembers that number for a later run. */
  recordStop(frames: number): Promise<void>;
  /** Lets go of the folder; it stays for a later run. */
  release(): Promise<void>;
  /** Removes the folder. */
  remove(): Promise<void>;
}

/** How the folder is opened. */
export interface OpenPartsOptions {
  /** The SHA-256 of what frames are made of and how. */
  settings: string;
  resume?: boolean;
  force?: boolean;
}

/** The folder of the parts of the video `out`. */
export function partsFolder(out: string): string {
  return `${out}.parts`;
}

/**
 * Opens the folder of the parts of a video. A segment counts when its record is there, which is written after its file.
 * Parts that are begun anew (`force`) stay until there is something in their place.
 *
 * @throws FnsError when parts are there and neither `resume` nor `force` is given, or they were made otherwise, or the
 *   folder is somebody else's.
 */
export async function openParts(out: string, options: OpenPartsOptions): Promise<VideoParts> {
  const { settings, resume, force } = options;
  const folder = partsFolder(out);
  await makeFolder(folder);
  const lock = await takeLock(join(folder, 'lock'), `the video ${out}`);
  try {
    const found = await readFile(join(folder, 'video.json'), 'utf8').catch(() => undefined);
    const foreign = (await readdir(folder)).find((file) => !OWN.test(file));
    if (found === undefined && foreign !== undefined) {
      throw exists(
        `${folder} is needed for parts of the video, and holds ${foreign}: give the video another name`,
      );
    }
    if (!resume && !force) {
      if (found !== undefined)
        throw exists(
          `${folder} holds a part of ${basename(out)} that was made before: resume it, or begin anew`,
        );
      // Another program may have finished it since this one looked.
      if (await isThere(out)) {
        await clear(folder);
        throw exists(`${out} is there already`);
      }
    }
    if (found !== undefined && resume && recordOf(found).settings !== settings) {
      throw failure(`${folder} was made of another video or with other options: begin anew with force`);
    }
    const framesAtStop = resume ? (recordOf(found).framesAtStop ?? 0) : 0;
    const segments = resume ? await finishedSegments(folder) : [];
    const begin = async () => {
      await clearParts(folder, segments.length);
      await writeRecord(folder, { settings, framesAtStop });
    };
    const isAnew = force === true && found !== undefined;
    await clearWriting(folder);
    if (!isAnew) await begin();
    return partsOf(folder, { segments, settings, framesAtStop }, lock, isAnew ? begin : undefined);
  } catch (error) {
    await lock.release();
    await rmdir(folder).catch(() => {});
    throw error;
  }
}

/** Tells whether there is something at a path. */
export async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** The error of a video that is there already, whole or in part. */
export function exists(message: string): FnsError {
  return new FnsError(message, 'usage', { code: 'video-exists' });
}

/** What the folder says of its video: the settings, and `VideoParts.framesAtStop`. */
interface PartsRecord {
  settings: string;
  framesAtStop: number;
}

async function writeRecord(folder: string, record: PartsRecord): Promise<void> {
  await writeFileAtomically(join(folder, 'video.json'), `${JSON.stringify(record)}\n`);
}

/** @param begin removes the parts that were there before, if they are still there */
function partsOf(
  folder: string,
  { segments, settings, framesAtStop }: PartsRecord & { segments: VideoSegment[] },
  lock: Lock,
  begin?: () => Promise<void>,
): VideoParts {
  let clearOlder = begin;
  const beginOnce = async () => {
    await clearOlder?.();
    clearOlder = undefined;
  };
  const name = (number: number, extension: string) => join(folder, `${digits(number)}.${extension}`);
  return {
    folder,
    segments,
    framesAtStop,
    async recordStop(frames) {
      await beginOnce();
      await writeRecord(folder, { settings, framesAtStop: frames });
    },
    temporary: () => join(folder, `${randomBytes(4).toString('hex')}${WRITING}`),
    async add(segment, temporary, state) {
      await beginOnce();
      const number = segments.length;
      const path = name(number, 'nut');
      if (state) await writeFileAtomically(name(number, 'state'), state);
      await rename(temporary, path);
      const { size: bytes } = await stat(path);
      await writeFileAtomically(name(number, 'json'), `${JSON.stringify({ ...segment, bytes })}\n`);
      segments.push({ ...segment, path });
      if (number > 0) await rm(name(number - 1, 'state'), { force: true });
    },
    state: () => readFile(name(segments.length - 1, 'state')).catch(() => undefined),
    release: () => lock.release(),
    async remove() {
      if (clearOlder) await clearWriting(folder);
      else await clear(folder);
      await lock.release();
      await rmdir(folder).catch(() => {});
    },
  };
}

async function finishedSegments(folder: string): Promise<VideoSegment[]> {
  const segments: VideoSegment[] = [];
  for (;;) {
    const path = join(folder, `${digits(segments.length)}.nut`);
    const record = await readFile(path.replace(/nut$/, 'json'), 'utf8').catch(() => undefined);
    const size = (await stat(path).catch(() => undefined))?.size;
    if (record === undefined || size === undefined) return segments;
    const { from, to, frames, bytes } = JSON.parse(record);
    if (bytes !== size) return segments;
    segments.push({ path, from, to, frames });
  }
}

/** The end of the name of what is being written. */
const WRITING = '.writing';

/** Names of the files that this program puts into the folder; anything else there is the user's. */
const OWN =
  /^(lock\b.*|video\.json|(segments|chapters)\.txt|\d{6}\.(nut|json|state)|[\w-]+\.writing|\..+\.tmp)$/;

/** Removes all parts from a number on. */
function clearParts(folder: string, from: number): Promise<void> {
  return removeOwn(folder, (file) => Number(/^(\d{6})\./.exec(file)?.[1] ?? -1) >= from);
}

/** Removes what was being written. */
function clearWriting(folder: string): Promise<void> {
  return removeOwn(folder, (file) => file.endsWith(WRITING));
}

/** Removes everything but the lock. */
function clear(folder: string): Promise<void> {
  return removeOwn(folder, (file) => !file.startsWith('lock'));
}

async function removeOwn(folder: string, isTarget: (file: string) => boolean): Promise<void> {
  const files = (await readdir(folder)).filter((file) => OWN.test(file) && isTarget(file));
  for (const file of files) await rm(join(folder, file), { force: true });
}

function recordOf(text: string | undefined): Partial<PartsRecord> {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

function digits(number: number): string {
  return String(number).padStart(6, '0');
}
