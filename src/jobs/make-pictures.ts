/** Makes one picture of each photo. */
import { basename, dirname } from 'node:path';
import type { Image } from '../core/image.js';
import {
  type Decoded,
  type DecodedPicture,
  type DecodeOptions,
  type OpenPicture,
  openPicture,
} from '../node/media/decode.js';
import {
  encodeFrames,
  encodePixelFile,
  holdsAnimation,
  holdsMetadata,
  pictureBytes,
  pixelFileBytes,
  requireDepth,
  requireFittingSize,
} from '../node/media/encode.js';
import { makeFolder, readOrdinaryFile, requireWritable } from '../node/media/files.js';
import type { PixelFile } from '../node/media/pixel-file.js';
import {
  closeStandardInput,
  readStandardInput,
  STANDARD,
  writeStandardOutput,
} from '../node/media/standard-streams.js';
import { firstLine, type JobOptions, type Reporter, reporter, stopwatch } from './job.js';
import { type LargeMaker, largePicture, type OnShare } from './large-photo.js';
import type { ReadFile } from './no-overwrite.js';
import { type PictureFilesOptions, planPictures } from './picture-files.js';
import type { PictureFile } from './picture-places.js';
import { openRecord, type PictureRecord } from './picture-record.js';
import { pixelProgress } from './pixel-progress.js';

/** The results of photos. */
export interface PictureFilesResult {
  /** The pictures that were written. */
  written: string[];
  /** The pictures that were finished before, and left as they are. */
  finished: string[];
  /** The photos that could not be done, of several. */
  failed: { file: string; message: string }[];
  /** True when the signal ended the job before the last photo. */
  stopped: boolean;
}

/** How the picture of a photo is made. */
export interface PictureMaker {
  /** Resolves when pictures can be made; the only photo is decoded meanwhile. */
  ready?: Promise<void>;
  /** The picture of a photo; `onShare` may be told the share of it that is done, and how many tiles of how many. */
  make(image: Image, onShare: OnShare): Promise<Image>;
  /** How the pictures of photos that are too large for the memory are made. */
  large?: LargeMaker;
  /** Chooses the size that photos are shrunk to first. */
  resize?: DecodeOptions['resize'];
  /** Files besides the photos that pictures must not replace. */
  reads?: readonly ReadFile[];
  /** How many times as wide and high as its photo a picture is. Default 1. */
  factor?: number;
  /** The SHA-256 of all that pictures depend on besides their photos (see `settingsSha256`). */
  settings: string;
}

/** The next photo is decoded while a picture is made, unless it has more pixels than this. */
const MOST_AHEAD = 2 ** 26;

/** Photos of so many pixels are decoded in any case: they take 12 MB. */
const SMALL = 2 ** 22;

/** Standard input in messages. */
const LABEL = 'standard input';

/** A photo that was opened, and decoded unless it is large. */
interface ReadyPhoto {
  photo: OpenPicture;
  decoded: DecodedPicture | undefined;
}

/**
 * Makes a picture of each photo. One bad photo among many does not stop the others. Pictures of a folder that are
 * finished, made of the same photo with the same settings, are left as they are. While a picture is computed, the one
 * before is encoded and written and the photo after is read and decoded, one each.
 *
 * @throws FnsError when the only photo fails, or an option makes no sense.
 */
export async function makePictures(
  options: PictureFilesOptions,
  job: JobOptions,
  maker: PictureMaker,
): Promise<PictureFilesResult> {
  const report = reporter(job);
  const { files, folder } = await planPictures(options, report, maker.reads);
  const result: PictureFilesResult = { written: [], finished: [], failed: [], stopped: false };
  const read = (file: PictureFile | undefined) => file && settled(readPhoto(file, options, maker, report));
  // The only photo is decoded while the network is loaded.
  const begun = folder === undefined ? read(files[0]) : undefined;
  try {
    await maker.ready;
  } catch (error) {
    if (begun && files[0]!.photo === STANDARD) closeStandardInput();
    throw error;
  }
  let record: PictureRecord | undefined;
  let todo: readonly PictureFile[] = files;
  if (folder !== undefined) {
    await makeFolder(folder);
    await requireWritable(folder);
    record = await openRecord(folder, files, maker.settings);
    if (!options.force) todo = await unfinished(files, record, result.finished);
  }
  const progress = files.length > 1 ? await pixelProgress(todo, maker.resize, report) : undefined;
  const fail = ({ photo }: PictureFile, error: unknown) => {
    if (files.length === 1) throw error;
    const message = firstLine(error);
    result.failed.push({ file: photo, message });
    report.emit({ type: 'failed', file: photo, message });
  };
  const write = async (file: PictureFile, photo: OpenPicture, picture: MadePicture) => {
    if (folder !== undefined) await makeFolder(dirname(file.target));
    await writePicture(file, photo, picture, options, record);
    result.written.push(file.target);
    if (file.target !== STANDARD) report.file(file.target);
  };

  let next = begun ?? read(todo[0]);
  let writing = settled(Promise.resolve());
  for (const [i, file] of todo.entries()) {
    const ready = await next!;
    if (job.signal?.aborted) {
      result.stopped = true;
      break;
    }
    next = read(todo[i + 1]);
    const name = file.photo === STANDARD ? LABEL : basename(file.photo);
    const part = files.length > 1 ? `${i + 1}/${todo.length} ${name}` : name;
    progress?.begin(i, part);
    const onShare: OnShare = (share, counted) => {
      if (counted?.all === 1) return;
      if (progress) progress.within(i, share, { part, ...counted });
      else report.progress({ share, secondsLeft: watch.left(share), part, ...counted });
    };
    const watch = stopwatch();
    let photo: OpenPicture;
    let picture: MadePicture;
    try {
      const { photo: opened, decoded } = ready();
      photo = opened;
      picture = await madePicture(opened, decoded, options, maker, onShare);
    } catch (error) {
      if (job.signal?.aborted) {
        result.stopped = true;
        break;
      }
      fail(file, error);
      continue;
    }
    (await writing)();
    writing = settled(write(file, photo, picture).catch((error) => fail(file, error)));
  }
  (await writing)();
  return result;
}

/** The picture of a photo: its frames, or a file of pixels. */
type MadePicture = Decoded<Image[] | PixelFile>;

async function madePicture(
  photo: OpenPicture,
  decoded: DecodedPicture | undefined,
  { depth = 8 }: PictureFilesOptions,
  maker: PictureMaker,
  onShare: OnShare,
): Promise<MadePicture> {
  if (await isLarge(photo, maker)) {
    const large = { ...maker.large!, factor: maker.factor ?? 1 };
    const picture = await largePicture(photo, large, depth, onShare);
    if (picture) return picture;
  }
  return madeFrames(decoded ?? (await photo.decode()), maker, onShare);
}

/** Tells whether the picture of a photo is made a few rows at a time. */
async function isLarge({ size, frames }: OpenPicture, { large }: PictureMaker): Promise<boolean> {
  return frames === 1 && large !== undefined && (await large.isLarge(size));
}

/** The picture of each frame of a photo. */
async function madeFrames(
  photo: DecodedPicture,
  maker: PictureMaker,
  onShare: OnShare,
): Promise<DecodedPicture> {
  const { length } = photo.frames;
  const frames: Image[] = [];
  for (const frame of photo.frames) {
    const onPart: OnShare = (...told) => length === 1 && onShare(...told);
    frames.push(await maker.make(frame, onPart));
    onShare(frames.length / length, { unit: 'frame', done: frames.length, all: length });
  }
  return { ...photo, frames };
}

/** Reads a photo, decoded unless it is large. What can be known to fail before it is computed fails here. */
async function readPhoto(
  { photo, target }: PictureFile,
  { format, depth, keepProfile, keepMetadata }: PictureFilesOptions,
  maker: PictureMaker,
  report: Reporter,
): Promise<ReadyPhoto> {
  const { resize, factor = 1 } = maker;
  const isStream = photo === STANDARD;
  const bytes = isStream ? await readStandardInput() : await readOrdinaryFile(photo);
  const name = (extension: string) => (target === STANDARD ? streamName(format, extension) : target);
  const opened = await openPicture(bytes, isStream ? LABEL : photo, {
    ...{ resize, depth, keepProfile, keepMetadata, onWarning: report.warning },
    allFrames: (extension) => holdsAnimation(name(extension)),
    holdsMetadata: (extension) => holdsMetadata(name(extension)),
  });
  const { width, height } = opened.size;
  requireFittingSize(name(opened.extension), { width: width * factor, height: height * factor });
  requireDepth(name(opened.extension), depth ?? 8);
  for (const note of opened.notes) report.note(note);
  const pixels = width * height * opened.frames;
  // What is small is decoded at once, while the network may still be loading that could tell.
  const isSmall = pixels <= SMALL || (pixels <= MOST_AHEAD && !(await isLarge(opened, maker)));
  return { photo: opened, decoded: isSmall ? await opened.decode() : undefined };
}

/** The name of a picture on standard output: what is said of it, and its format. */
function streamName(format: string | undefined, extension: string): string {
  return `standard output.${format?.replace(/^\./, '') ?? extension.slice(1)}`;
}

async function writePicture(
  file: PictureFile,
  { extension }: OpenPicture,
  { frames, timing, carrier }: MadePicture,
  { format, quality, depth }: PictureFilesOptions,
  record: PictureRecord | undefined,
): Promise<void> {
  const beforeWrite = (bytes: number) => record?.add(file, bytes);
  const settings = { quality, depth, carrier, beforeWrite };
  const { target } = file;
  const name = target === STANDARD ? streamName(format, extension) : target;
  if (Array.isArray(frames)) {
    if (target !== STANDARD) await encodeFrames(name, frames, timing, settings);
    else await writeStandardOutput(await pictureBytes(name, frames, timing, settings));
    return;
  }
  try {
    if (target !== STANDARD) await encodePixelFile(name, frames, settings);
    else await writeStandardOutput(await pixelFileBytes(name, frames, settings));
  } finally {
    await frames.free();
  }
}

/** A promise that is never rejected: of a function that gives the value, or throws the error. */
function settled<T>(promise: Promise<T>): Promise<() => T> {
  return promise.then(
    (value) => () => value,
    (error) => () => {
      throw error;
    },
  );
}

/** The files whose pictures are not finished; those of the others are added to a list. */
async function unfinished(
  files: readonly PictureFile[],
  record: PictureRecord,
  finished: string[],
): Promise<PictureFile[]> {
  const todo: PictureFile[] = [];
  for (const file of files) {
    if (await record.isFinished(file)) finished.push(file.target);
    else todo.push(file);
  }
  return todo;
}
