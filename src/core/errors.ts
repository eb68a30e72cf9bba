/**
 * An error meant for the person who runs the program: `message` is one line that says what was wrong, where, and
 * what would be right. The command line prints it without a stack trace and ends with `exitCode`.
 */
export class FnsError extends Error {
  override readonly name = 'FnsError';

  /** 1: the work failed (a broken file, a full disk). 2: the request was wrong (an unknown option or format). */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The work could not be done: exit code 1. `cause` keeps the original error for `--verbose`. */
export function failure(message: string, cause?: unknown): FnsError {
  return new FnsError(message, 1, cause === undefined ? undefined : { cause });
}

/** What was asked for makes no sense: exit code 2. */
export function usage(message: string): FnsError {
  return new FnsError(message, 2);
}
