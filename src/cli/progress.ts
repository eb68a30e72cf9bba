/** Progress on stderr: a line that is rewritten on a terminal, and now and then a line of its own elsewhere. */
export interface ProgressLine {
  /** Shows the present state. */
  update(text: string): void;
  /** Prints a line above the present state. */
  note(text: string): void;
  /** Ends with the last state visible. */
  end(): void;
}

/** @param every milliseconds between lines where stderr is no terminal */
export function progressLine(every = 15_000): ProgressLine {
  const { stderr } = process;
  let shown = '';
  let lastAt = 0;
  return {
    update(text) {
      shown = text;
      if (stderr.isTTY) stderr.write(`\r\x1b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
      else if (Date.now() - lastAt >= every) {
        lastAt = Date.now();
        stderr.write(`${text}\n`);
      }
    },
    note(text) {
      stderr.write(stderr.isTTY ? `\r\x1b[2K${text}\n${shown}` : `${text}\n`);
    },
    end() {
      if (shown !== '') stderr.write(stderr.isTTY ? '\n' : `${shown}\n`);
      shown = '';
    },
  };
}

/** Seconds as `1:02:03` or `2:03`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
