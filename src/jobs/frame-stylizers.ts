/** A style loaded for the frames of a video. */
import { availableParallelism, totalmem } from 'node:os';
import type { Size } from '../core/sizes.js';
import { openSession } from '../node/session.js';
import { loadStyle, type StyleOptions, type StyleSource } from '../node/styles.js';
import { PROGRAM_BYTES } from '../stylize/large-pictures.js';
import type { Stylizer } from '../stylize/stylizer.js';

/** More are not fed fast enough: one thread reads the frames and writes the pictures. */
const MOST = 16;

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
  const isCpu = (await openSession.deviceFor(options.device)) === 'cpu';
  if (!isCpu || threads === 1) return [await loadStyle(style, options)];
  // One thread, for the others are not known yet: where it stays the only one, it is loaded anew.
  const first = await loadStyle(style, { ...options, device: 'cpu', threads: 1 });
  const loading = [Promise.resolve(first)];
  try {
    const fitting = Math.floor((memory - PROGRAM_BYTES) / first.bytesFor(size));
    const copies = Math.min(threads, MOST, Math.max(1, fitting));
    const each = { ...options, device: 'cpu', threads: Math.floor(threads / copies) } as const;
    const isKept = each.threads === 1;
    while (loading.length < copies) loading.push(loadStyle(style, each));
    if (!isKept) {
      loading[0] = loadStyle(style, each);
      await first.close();
    }
    return await Promise.all(loading);
  } catch (error) {
    for (const each of await Promise.allSettled([first, ...loading])) {
      if (each.status === 'fulfilled') await each.value.close();
    }
    throw error;
  }
}
