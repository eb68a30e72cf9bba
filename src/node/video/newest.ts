/** The newest of what comes faster than it is used. */

/**
 * Reads values as fast as they come, and gives the newest each time that one is asked for. Those that came between are
 * left out: a camera's old frames are of no use.
 */
export async function* newest<T>(
  values: AsyncIterable<T>,
  onDropped: () => void = () => {},
): AsyncGenerator<T> {
  let waiting: T | undefined;
  let hasEnded = false;
  let failed: { error: unknown } | undefined;
  let wake = () => {};
  const iterator = values[Symbol.asyncIterator]();
  const read = async () => {
    try {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        if (hasEnded) return;
        if (waiting !== undefined) onDropped();
        waiting = next.value;
        wake();
      }
    } catch (error) {
      failed = { error };
    }
    hasEnded = true;
    wake();
  };
  void read();
  try {
    for (;;) {
      if (waiting === undefined && !hasEnded) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (waiting !== undefined) {
        const value = waiting;
        waiting = undefined;
        yield value;
      } else if (failed) throw failed.error;
      else if (hasEnded) return;
    }
  } finally {
    hasEnded = true;
    await iterator.return?.();
  }
}
