/** Makes one picture of each photo. */
import { basename, dirname } from 'node:path';
import type { Image } from '../core/image.js';
import { makeFolder } from '../node/media/files.js';
import { type DecodeOptions, decodeImage, encodeImage } from '../node/media/image.js';
import { firstLine, type JobOptions, reporter, stopwatch } from './job.js';
import { type PictureFilesOptions, planPictures } from './picture-files.js';
import type { PictureFile } from './picture-places.js';
import { openRecord, type PictureRecord } from './picture-record.js';

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
  /** The picture of a photo; `onTile` may be told how many tiles of it are done. */
  make(image: Image, onTile: (done: number, all: number) => void): Promise<Image>;
  /** How photos are decoded. */
  decoding?: DecodeOptions;
  /** The SHA-256 of all that pictures depend on besides their photos (see `settingsSha256`). */
  settings: string;
}

/**
 * Makes a picture of each photo. One bad photo among many does not stop the others. Pictures of a folder that are
 * finished, made of the same photo with the same settings, are left as they are.
 *
 * @throws FnsError when the only photo fails, or an option makes no sense.
 */
export async function makePictures(
  options: PictureFilesOptions,
  job: JobOptions,
  maker: PictureMaker,
): Promise<PictureFilesResult> {
  const report = reporter(job);
  const { files, folder } = await planPictures(options, report);
  const result: PictureFilesResult = { written: [], finished: [], failed: [], stopped: false };
  let record: PictureRecord | undefined;
  let todo: readonly PictureFile[] = files;
  if (folder !== undefined) {
    await makeFolder(folder);
    record = await openRecord(folder, files, maker.settings);
    if (!options.force) todo = await unfinished(files, record, result.finished);
  }
  const watch = stopwatch();
  for (const [i, file] of todo.entries()) {
    const { photo, target } = file;
    if (job.signal?.aborted) return { ...result, stopped: true };
    const part = files.length > 1 ? `${i + 1}/${todo.length} ${basename(photo)}` : basename(photo);
    const share = i / todo.length;
    if (files.length > 1) report.progress({ share, secondsLeft: watch.left(share), part });
    const onTile = (done: number, all: number) => {
      if (all === 1) return;
      const now = (i + done / all) / todo.length;
      report.progress({ share: now, secondsLeft: watch.left(now), part, unit: 'tile', done, all });
    };
    try {
      const picture = await maker.make(await decodeImage(photo, maker.decoding), onTile);
      if (folder !== undefined) await makeFolder(dirname(target));
      await encodeImage(target, picture, {
        quality: options.quality,
        beforeWrite: (bytes) => record?.add(file, bytes.length),
      });
      result.written.push(target);
      report.file(target);
    } catch (error) {
      if (files.length === 1) throw error;
      const message = firstLine(error);
      result.failed.push({ file: photo, message });
      report.emit({ type: 'failed', file: photo, message });
    }
  }
  return result;
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
