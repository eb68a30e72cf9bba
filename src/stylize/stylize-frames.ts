/** A style applied to the frames of a video. */
import type { Image } from '../core/image.js';
import type { DrawJob } from './large-pictures.js';
import type { Stylizer } from './stylizer.js';

/** What frames are drawn by. */
export type Drawer = Pick<Stylizer, 'stylize'>;

/**
 * Draws frames in a style, in their order, each as `Stylizer.stylize` does. While networks work on frames, the one before
 * them can be used and the one behind them is prepared. A picture is given as soon as it is drawn, also where the next
 * frame is long in coming.
 *
 * @param frames pictures with whatever else belongs to them, such as their times, which is kept
 * @param stylizers one, or several of the same style, each of which draws another frame at the same time
 */
export async function* stylizeFrames<Frame extends Image>(
  frames: AsyncIterable<Frame>,
  stylizers: Drawer | readonly Drawer[],
  job: DrawJob = {},
): AsyncGenerator<{ frame: Frame; picture: Image }> {
  const all = 'stylize' in stylizers ? [stylizers] : stylizers;
  const most = all.length + 1;
  // Each twice: the frame after the one that its network works on is prepared.
  const free = [...all, ...all];
  const draw = async (frame: Frame) => {
    const stylizer = free.shift()!;
    try {
      return { frame, picture: await stylizer.stylize(frame, {}, job) };
    } finally {
      free.push(stylizer);
    }
  };
  const source = frames[Symbol.asyncIterator]();
  const begun: ReturnType<typeof draw>[] = [];
  let reading: Promise<IteratorResult<Frame>> | undefined;
  let isFirst = true;
  let isOver = false;
  try {
    while (!isOver || begun.length > 0) {
      if (!isOver && begun.length < most) {
        reading ??= source.next();
        if (begun.length === 0 || (await isReadFirst(reading, begun[0]!))) {
          const { done, value } = await reading;
          reading = undefined;
          if (done) isOver = true;
          else if (isFirst) {
            // The first run makes what the others use.
            isFirst = false;
            yield await draw(value);
          } else {
            const next = draw(value);
            // Whoever waits for it is told; until then nobody does.
            next.catch(() => {});
            begun.push(next);
          }
          continue;
        }
      }
      yield await begun.shift()!;
    }
  } finally {
    reading?.catch(() => {});
    if (!isOver) await source.return?.();
  }
}

/** Tells whether a frame is read before a picture is drawn, or failed. */
function isReadFirst(reading: Promise<unknown>, drawing: Promise<unknown>): Promise<boolean> {
  const drawn = () => false;
  return Promise.race([reading.then(() => true), drawing.then(drawn, drawn)]);
}
