/** Programs that run until they are told to end. */
import { endAtOnce } from './end-at-once.js';

/**
 * Waits for Ctrl-C or SIGTERM, then closes. A second signal does not wait for what runs.
 *
 * @param close ends everything, and gives what runs so many seconds
 */
export async function untilStopped(close: (seconds: number) => Promise<void>, seconds = 0): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      process.on('SIGINT', endAtOnce).on('SIGTERM', endAtOnce);
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });
  await close(seconds);
  process.off('SIGINT', endAtOnce).off('SIGTERM', endAtOnce);
}
