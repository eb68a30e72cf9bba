/** Something that is done again and again. */

/** Work that is repeated. */
export interface Repeated {
  /** Ends it, after what is being done. */
  stop(): Promise<void>;
}

/**
 * Does something every so many seconds, never twice at a time.
 *
 * @param onError told of an error; it goes on, for what cannot be reached now may be later
 */
export function repeat(
  seconds: number,
  act: () => Promise<unknown>,
  onError: (error: Error) => void,
): Repeated {
  let busy: Promise<void> | undefined;
  const timer = setInterval(() => {
    busy ??= act()
      .then(() => {}, onError)
      .finally(() => {
        busy = undefined;
      });
  }, 1000 * seconds);
  return {
    async stop() {
      clearInterval(timer);
      await busy;
    },
  };
}
