/** A style applied to the frames of a video. */
import type { Image } from '../core/image.js';
import type { DrawJob } from './large-pictures.js';
import type { Stylizer } from './stylizer.js';

/**
 * Draws frames in a style, in their order, each as `Stylizer.stylize` does. While the network works on a frame, the one
 * before can be used and the one after is prepared.
 *
 * @param frames pictures with whatever else belongs to them, such as their times, which is kept
 */
export async function* stylizeFrames<Frame extends Image>(
  frames: AsyncIterable<Frame>,
  stylizer: Pick<Stylizer, 'stylize'>,
  job: DrawJob = {},
): AsyncGenerator<{ frame: Frame; picture: Image }> {
  const draw = async (frame: Frame) => ({ frame, picture: await stylizer.stylize(frame, {}, job) });
  let isFirst = true;
  let begun: ReturnType<typeof draw> | undefined;
  for await (const frame of frames) {
    // The first run makes what the others use.
    if (isFirst) yield await draw(frame);
    else {
      const next = draw(frame);
      // Whoever waits for it is told; until then nobody does.
      next.catch(() => {});
      if (begun) yield await begun;
      begun = next;
    }
    isFirst = false;
  }
  if (begun) yield await begun;
}
