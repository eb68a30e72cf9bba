/** Animated pictures that ffmpeg does not read: WebP. */
import { failure } from '../../core/errors.js';
import { flattenOverWhite, type Image } from '../../core/image.js';
import type { Size } from '../../core/sizes.js';
import { openPicture } from '../media/decode.js';
import { readOrdinaryFile } from '../media/files.js';
import { noFrames } from './read-frames.js';
import { type FramesOptions, rateBase, type VideoSource } from './video-source.js';

/** A picture of an animation, and how long it is shown in milliseconds. */
interface TimedPicture {
  picture: Image;
  delay: number;
}

/**
 * Opens an animated picture as a video, whose times are in thousandths of a second.
 *
 * @throws FnsError when it cannot be decoded.
 */
export async function openMovingPicture(file: string): Promise<VideoSource> {
  const bytes = await readOrdinaryFile(file);
  const decoded = async (size?: Size): Promise<TimedPicture[]> => {
    const opened = await openPicture(bytes, file, {
      allFrames: () => true,
      ...(size && { resize: () => size }),
    });
    const { frames, timing } = await opened.decode();
    return frames.map((picture, i) => ({ picture, delay: Math.max(1, timing?.delay[i] ?? 100) }));
  };
  const pictures = await decoded();
  const { width, height } = pictures[0]!.picture;
  const timeBase = { num: 1, den: 1000 };
  const total = pictures.reduce((sum, { delay }) => sum + delay, 0);
  return {
    name: file,
    info: {
      ...{ width, height, codec: 'webp', rotation: 0, timeBase, startSeconds: 0, sides: [], chapters: [] },
      ...{
        frameRate: { num: 1000 * pictures.length, den: total },
        frames: pictures.length,
        seconds: total / 1000,
      },
      ...{ isInterlaced: false, hdr: undefined, pixelAspect: undefined, assumedMatrix: undefined },
    },
    isLive: false,
    inputArgs: undefined,
    timeBase: (fps) => (fps === undefined ? timeBase : rateBase(fps)),
    async *frames({ first = 0, size, ...part } = {}) {
      let index = 0;
      for (const { picture, time } of shown(size ? await decoded(size) : pictures, part)) {
        if (index >= first) yield { ...flattenOverWhite(picture), index, time };
        index++;
      }
      if (index === 0) throw failure(`cannot read ${file}: ${noFrames(part.fps, part.start)}`);
    },
  };
}

/** Pictures with the times at which they are shown: their own, or those of a constant rate, as ffmpeg's filter has them. */
function* shown(
  pictures: readonly TimedPicture[],
  { start = 0, seconds = Number.POSITIVE_INFINITY, fps }: FramesOptions,
): Generator<{ picture: Image; time: number }> {
  const end = 1000 * (start + seconds);
  let time = 0;
  let next: number | undefined;
  for (const { picture, delay } of pictures) {
    const until = time + delay;
    if (time >= 1000 * start && time < end) {
      if (fps === undefined) yield { picture, time };
      else {
        const slot = (milliseconds: number) => Math.round((milliseconds * fps) / 1000);
        next ??= slot(time);
        // A picture that is shown for less than half a frame has none.
        for (const last = slot(Math.min(until, end)); next < last; next++) yield { picture, time: next };
      }
    }
    time = until;
  }
}
