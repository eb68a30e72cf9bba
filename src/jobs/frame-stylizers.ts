/** A style loaded for the frames of a video. */
import { availableParallelism, totalmem } from 'node:os';
import type { Size } from '../core/sizes.js';
import { openSession } from '../node/session.js';
import { loadStyle, type StyleOptions, type StyleSource } from '../node/styles.js';
import { allOpened } from '../runtime/lanes.js';
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
  const { threads = availableParallelism() } = options;
  const isCpu = (await openSession.deviceFor(options.device)) === 'cpu';
  if (!isCpu || threads === 1) return [await loadStyle(style, options)];
  const copies = Math.min(
    threads,
    MOST,
    await fitting(style, { ...options, device: 'cpu', threads: 1 }, size),
  );
  const each = { ...options, threads: Math.floor(threads / copies) };
  return allOpened(copies, () => loadStyle(style, each));
}

/** How many frames can be drawn at the same time in the memory; 1 at least. */
async function fitting(style: StyleSource, options: StyleOptions, size: Size): Promise<number> {
  const { memory = totalmem() / 4 } = options;
  // What a frame takes, the style knows when it is loaded.
  const stylizer = await loadStyle(style, options);
  try {
    return Math.max(1, Math.floor((memory - PROGRAM_BYTES) / stylizer.bytesFor(size)));
  } finally {
    await stylizer.close();
  }
}
