/** Runs jobs for a terminal, or for another program that reads their events. */
import type { Command } from 'commander';
import type { JobEvent, JobOptions } from '../jobs/job.js';
import { shortPath } from '../jobs/short-path.js';
import { endAtOnce } from './end-at-once.js';
import { goingOn } from './output-errors.js';
import { progressLine, progressText } from './progress.js';

/** Options that all commands have. */
export interface GlobalFlags {
  /** Only what was asked for, warnings and errors. */
  quiet?: boolean;
  /** Events as JSON, one a line, instead of text. */
  json?: boolean;
  verbose?: boolean;
}

/** The global options that a command was given. */
export function globalFlags(command: Command): GlobalFlags {
  return command.optsWithGlobals();
}

/** Options of `runJob`. */
export interface RunOptions<Result> {
  /** The words of the first Ctrl-C, for jobs that end well then: `stopping after this step`. */
  stopping?: string;
  /** Prints paths as seen from here, where the job has absolute ones. */
  shortPaths?: boolean;
  /** The lines that are printed on stderr at the end. */
  closing?: (result: Result) => string[];
}

/**
 * Runs a job with its progress on stderr and the files that it writes on stdout, or with all of it as JSON on stdout.
 */
export async function runJob<Result>(
  command: Command,
  job: (options: JobOptions) => Promise<Result>,
  { stopping, closing, shortPaths = false }: RunOptions<Result> = {},
): Promise<Result> {
  const { json = false, quiet = false } = globalFlags(command);
  const line = progressLine();
  const say = (text: string) => !quiet && !json && line.note(text);
  const interruption =
    stopping === undefined ? undefined : onInterrupt(() => say(`${stopping}; Ctrl-C again to quit at once`));
  const onEvent = (event: JobEvent) => {
    if (json) console.log(JSON.stringify(event, withoutBytes));
    else if (event.type === 'warning') line.note(`warning: ${event.message}`);
    else if (event.type === 'failed') line.note(`error: ${event.message}`);
    else if (event.type === 'file') line.print(shortPaths ? shortPath(event.path) : event.path);
    else if (quiet) return;
    else if (event.type === 'progress') line.update(progressText(event));
    else if (event.type === 'note') line.note(event.message);
  };
  try {
    const result = await goingOn(() => job({ signal: interruption?.signal, onEvent }));
    line.end();
    if (json)
      console.log(
        JSON.stringify(
          { type: 'done', ...(Array.isArray(result) ? { results: result } : result) },
          withoutBytes,
        ),
      );
    else if (!quiet) for (const text of closing?.(result) ?? []) console.error(text);
    // What was done is kept, but it is not what was asked for: the next command of a script must not run on it.
    process.exitCode = interruption?.exitCode();
    return result;
  } catch (error) {
    // What it was doing could not end well, and nothing is left of it.
    const signal = interruption?.stoppedBy();
    if (signal && (error as Error).name === 'AbortError') endAtOnce(signal);
    throw error;
  } finally {
    interruption?.end();
    line.end();
  }
}

/**
 * Leaves out what JSON has no short form for: pictures and files as bytes. A Buffer is an object already when it comes
 * as a value.
 */
function withoutBytes(this: Record<string, unknown>, key: string, value: unknown): unknown {
  return ArrayBuffer.isView(this[key]) ? undefined : value;
}

/** A job that may be interrupted. */
interface Interruption {
  signal: AbortSignal;
  /** The exit code of the signal that came; none without. */
  exitCode(): number | undefined;
  /** The signal that came. */
  stoppedBy(): NodeJS.Signals | undefined;
  end(): void;
}

/** The first Ctrl-C (or SIGTERM) calls `note` and aborts the signal; the second ends the program. */
function onInterrupt(note: () => void): Interruption {
  const stop = new AbortController();
  let exitCode: number | undefined;
  let came: NodeJS.Signals | undefined;
  // By its number: 130 for SIGINT, 143 for SIGTERM. There is none where nobody reads the output any more.
  const interrupt = (signal: NodeJS.Signals = 'SIGTERM', number?: number) => {
    exitCode = number === undefined ? undefined : 128 + number;
    came = signal;
    if (stop.signal.aborted) return endAtOnce(signal);
    note();
    stop.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: stop.signal,
    exitCode: () => exitCode,
    stoppedBy: () => came,
    end() {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    },
  };
}
