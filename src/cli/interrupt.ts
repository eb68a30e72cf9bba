/** Listens to Ctrl-C (and SIGTERM) for work that can end well. */
export interface Interruption {
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal;
  /** Stops listening. */
  end(): void;
}

/** The first Ctrl-C calls `note` and aborts the signal; the second ends the program with 130. */
export function onInterrupt(note: () => void): Interruption {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130);
    note();
    stop.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: stop.signal,
    end() {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    },
  };
}
