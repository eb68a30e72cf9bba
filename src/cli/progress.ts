/** Progress on stderr: a line that is rewritten on a terminal, and now and then a line of its own elsewhere. */
import type { JobProgress } from '../jobs/job.js';

/** The display of a running job. */
export interface ProgressLine {
  /** Shows the present state. */
  update(text: string): void;
  /** Prints a line on stderr, above the present state. */
  note(text: string): void;
  /** Prints a line on stdout, which is what the program was asked for. */
  print(text: string): void;
  /** Ends with the last state visible. */
  end(): void;
}

/**
 * @param every the most milliseconds between lines where stderr is no terminal. The first lines follow each other
 *   sooner: after one second, two, four and so on.
 */
export function progressLine(every = 15_000): ProgressLine {
  const { stderr } = process;
  let shown = '';
  let lastAt = 0;
  let wait = Math.min(1000, every);
  const clear = () => stderr.isTTY && shown !== '' && stderr.write('\r\x1b[2K');
  const redraw = () => stderr.isTTY && stderr.write(shown.slice(0, (stderr.columns ?? 80) - 1));
  return {
    update(text) {
      clear();
      shown = text;
      if (stderr.isTTY) redraw();
      else if (lastAt === 0 || Date.now() - lastAt >= wait) {
        if (lastAt > 0) wait = Math.min(2 * wait, every);
        lastAt = Date.now();
        stderr.write(`${text}\n`);
      }
    },
    note(text) {
      clear();
      stderr.write(`${text}\n`);
      redraw();
    },
    print(text) {
      clear();
      console.log(text);
      redraw();
    },
    end() {
      if (shown !== '') stderr.write(stderr.isTTY ? '\n' : `${shown}\n`);
      shown = '';
    },
  };
}

/** `12%  run 2/9  step 300/2500  2.10 photos/s  12:34 left  total 1.234e+6  style 1.1e+6`. */
export function progressText(progress: JobProgress): string {
  const { share, secondsLeft, part, unit, done, all, rate, values } = progress;
  const parts = [`${Math.floor(100 * share)}%`.padStart(4)];
  if (part !== undefined) parts.push(part);
  if (done !== undefined) parts.push(counted(done, all, unit!));
  if (rate !== undefined) parts.push(`${rate.toFixed(2)} ${unit === 'frame' ? 'frames' : 'photos'}/s`);
  if (secondsLeft !== undefined) parts.push(`${duration(secondsLeft)} left`);
  for (const [name, value] of Object.entries(values ?? {})) parts.push(`${name} ${value.toPrecision(4)}`);
  return parts.join('  ');
}

/** `step 3/20`, or `1.5/59.0 MB`; `MP` are megapixels. */
function counted(done: number, all: number | undefined, unit: string): string {
  if (unit === 'MB' || unit === 'MP')
    return `${done.toFixed(1)}${all === undefined ? '' : `/${all.toFixed(1)}`} ${unit}`;
  return `${unit} ${done}${all === undefined ? '' : `/${all}`}`;
}

/** Seconds as `1:02:03` or `2:03`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
