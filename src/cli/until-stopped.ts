/** Programs that run until they are told to end. */

/**
 * Waits for Ctrl-C or SIGTERM, then closes. A second signal does not wait for what runs.
 *
 * @param close ends everything, and gives what runs so many seconds
 */
export async function untilStopped(
  close: (seconds: number) => Promise<void>,
  seconds: number,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      process.on('SIGINT', atOnce).on('SIGTERM', atOnce);
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });
  await close(seconds);
  process.off('SIGINT', atOnce).off('SIGTERM', atOnce);
}

function atOnce(): void {
  process.exit(130);
}
