/** A style applied to the frames of a video. */
import type { Image } from '../core/image.js';
import type { DrawJob } from './large-pictures.js';
import type { Stylizer } from './stylizer.js';

type Drawer = Pick<Stylizer, 'stylize'>;

/**
 * Draws frames in a style, in their order, each as `Stylizer.stylize` does. While networks work on frames, the one before
 * them can be used and the one behind them is prepared.
 *
 * @param frames pictures with whatever else belongs to them, such as their times, which is kept
 * @param stylizers one, or several of the same style, each of which draws another frame at the same time
 */
export async function* stylizeFrames<Frame extends Image>(
  frames: AsyncIterable<Frame>,
  stylizers: Drawer | readonly Drawer[],
  job: DrawJob = {},
): AsyncGenerator<{ frame: Frame; picture: Image }> {
  const free = 'stylize' in stylizers ? [stylizers] : [...stylizers];
  const most = free.length + 1;
  /** Those who wait for a free stylizer. */
  const waiting: ((stylizer: Drawer) => void)[] = [];
  const draw = async (frame: Frame) => {
    const stylizer = free.shift() ?? (await new Promise<Drawer>((resolve) => waiting.push(resolve)));
    try {
      return { frame, picture: await stylizer.stylize(frame, {}, job) };
    } finally {
      const next = waiting.shift();
      if (next) next(stylizer);
      else free.push(stylizer);
    }
  };
  const begun: ReturnType<typeof draw>[] = [];
  let isFirst = true;
  for await (const frame of frames) {
    if (isFirst) {
      // The first run makes what the others use.
      isFirst = false;
      yield await draw(frame);
      continue;
    }
    const next = draw(frame);
    // Whoever waits for it is told; until then nobody does.
    next.catch(() => {});
    begun.push(next);
    if (begun.length >= most) yield await begun.shift()!;
  }
  for (const picture of begun) yield await picture;
}
