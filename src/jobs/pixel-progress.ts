/** The progress of many pictures, by their pixels. */
import type { DecodeOptions } from '../node/media/decode.js';
import { pictureSize } from '../node/media/decode.js';
import { type JobProgress, type Reporter, stopwatch } from './job.js';
import type { PictureFile } from './picture-places.js';

/** Reports how far a job of many pictures is. */
export interface PixelProgress {
  /** A photo, by its index, is begun. */
  begin(index: number, part: string): void;
  /** A share of a photo is done; `counted` says what is counted in it. */
  within(index: number, share: number, counted: Partial<JobProgress>): void;
}

/** So many headers are read at once. */
const AT_ONCE = 8;

/**
 * Reads the sizes of photos, and reports shares of all their pixels with the time that is left: a batch may have large
 * and small ones. A photo that cannot be read counts for nothing.
 *
 * @param resize the size that a photo is shrunk to
 */
export async function pixelProgress(
  files: readonly PictureFile[],
  resize: DecodeOptions['resize'],
  report: Reporter,
): Promise<PixelProgress> {
  const pixels: number[] = new Array(files.length).fill(0);
  let nextFile = 0;
  const measure = async () => {
    for (let i = nextFile++; i < files.length; i = nextFile++) {
      const own = await pictureSize(files[i]!.photo);
      if (!own) continue;
      const { width, height } = resize?.(own) ?? own;
      pixels[i] = width * height * own.frames;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, measure));
  const before: number[] = [];
  let sum = 0;
  for (const own of pixels) {
    before.push(sum);
    sum += own;
  }
  const all = Math.max(1, sum);
  const watch = stopwatch();
  const at = (done: number) => ({ share: done / all, secondsLeft: watch.left(done / all) });
  return {
    begin(index, part) {
      const done = before[index]!;
      report.progress({ ...at(done), part, unit: 'MP', done: done / 1e6, all: all / 1e6 });
    },
    within: (index, share, counted) =>
      report.progress({ ...at(before[index]! + share * pixels[index]!), ...counted }),
  };
}
