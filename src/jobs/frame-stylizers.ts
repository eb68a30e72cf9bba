/** A style loaded for the frames of a video. */
import { availableParallelism, totalmem } from 'node:os';
import type { Size } from '../core/sizes.js';
import { openSession } from '../node/session.js';
import { loadStyle, type StyleOptions, type StyleSource } from '../node/styles.js';
import type { Stylizer } from '../stylize/stylizer.js';

/**
 * Loads a style as often as frames can be drawn at the same time. On the CPU that is once for each thread, since threads
 * that share a frame wait for each other at each node of its graph; fewer where the memory allows no more.
 *
 * @param size of the frames
 * @throws FnsError as `loadStyle` does
 */
export async function loadStyleForFrames(
  style: StyleSource,
  options: StyleOptions,
  size: Size,
): Promise<Stylizer[]> {
  const { threads = availableParallelism(), memory = totalmem() / 4 } = options;
  const device = await openSession.deviceFor(options.device);
  for (let copies = device === 'cpu' ? threads : 1; copies > 1; copies = Math.floor(copies / 2)) {
    const one = { ...options, device, threads: Math.floor(threads / copies), memory: memory / copies };
    const first = await loadStyle(style, one);
    if (first.isLarge(size)) {
      await first.close();
      continue;
    }
    const loading = Array.from({ length: copies - 1 }, () => loadStyle(style, one));
    try {
      return [first, ...(await Promise.all(loading))];
    } catch (error) {
      for (const each of await Promise.allSettled([first, ...loading])) {
        if (each.status === 'fulfilled') await each.value.close();
      }
      throw error;
    }
  }
  return [await loadStyle(style, options)];
}
