/** What went wrong: the request made no sense (`usage`), or the work could not be done (`failure`). */
export type ErrorKind = 'usage' | 'failure';

/**
 * An error meant for the person who asked: `message` is one line that says what was wrong, where, and what would be right, in the terms of the library.
 * Programs with a terminal may name their own options instead of `option`.
 */
export class FnsError extends Error {
  override readonly name = 'FnsError';

  /** `failure`: a broken file, a full disk. `usage`: an unknown option or format. */
  readonly kind: ErrorKind;

  /** The option that is wrong, by its name in the library (`learningRate`), when the message begins with it. */
  readonly option?: string;

  /** A name for programs, of errors that they may know more about: `training-exists`. */
  readonly code?: string;

  constructor(message: string, kind: ErrorKind, options: ErrorOptions & { option?: string; code?: string } = {}) {
    super(message, options);
    this.kind = kind;
    if (options.option !== undefined) this.option = options.option;
    if (options.code !== undefined) this.code = options.code;
  }
}

/** The error of work that could not be done. `cause` keeps the original error. */
export function failure(message: string, cause?: unknown): FnsError {
  return new FnsError(message, 'failure', cause === undefined ? {} : { cause });
}

/** The error of a request that makes no sense. */
export function usage(message: string): FnsError {
  return new FnsError(message, 'usage');
}

/** The error of an option that makes no sense: `learningRate: above 0 is needed, got -1`. */
export function badOption(option: string, message: string): FnsError {
  return new FnsError(`${option}: ${message}`, 'usage', { option });
}
