/** The two kinds of errors: the request made no sense (`usage`), or the work could not be done (`failure`). */
export type ErrorKind = 'usage' | 'failure';

/**
 * The errors that a program may add advice of its own to, such as the command that mends them:
 *
 * - `no-weights`: the weights of a VGG network are not installed, or end before a layer that is needed.
 * - `no-device`: the GPU that was asked for is missing or does not work; the CPU always does.
 * - `no-loss-network-file`: the loss network is an ONNX file, and its path was not given.
 * - `foreign-network`: the network of another program was given where a style file is needed.
 * - `upscaler-as-style`: a super-resolution network was given where a style is needed.
 * - `out-of-memory`: the machine or the device has not enough memory left; less of a picture at a time may fit.
 * - `training-exists`: a new training would replace a training or a file that is there.
 * - `file-exists`: a file would be replaced that is there.
 * - `video-exists`: a new video would replace one that is there, or parts of one that can be finished.
 * - `video-unfinished`: a video could not be finished; what is done is kept, and can be gone on with.
 */
export type ErrorCode =
  | 'no-weights'
  | 'no-device'
  | 'no-loss-network-file'
  | 'foreign-network'
  | 'upscaler-as-style'
  | 'out-of-memory'
  | 'training-exists'
  | 'video-exists'
  | 'video-unfinished'
  | 'file-exists';

/** The parts of an error besides its message. */
export interface FnsErrorOptions extends ErrorOptions {
  option?: string;
  code?: ErrorCode;
}

/**
 * An error meant for the person who asked: `message` is one line that says what was wrong, where, and what would be
 * right, in the terms of the library. Programs with a terminal may name their own options instead of `option`.
 */
export class FnsError extends Error {
  override readonly name = 'FnsError';

  /** `failure`: a broken file, a full disk. `usage`: an unknown option or format. */
  readonly kind: ErrorKind;

  /** The option that is wrong, by its name in the library (`learningRate`), when the message begins with it. */
  readonly option?: string;

  /** Tells apart the few errors that a program may add advice to. */
  readonly code?: ErrorCode;

  constructor(message: string, kind: ErrorKind, options: FnsErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    if (options.option !== undefined) this.option = options.option;
    if (options.code !== undefined) this.code = options.code;
  }
}

/** The error of work that could not be done. `cause` keeps the original error. */
export function failure(message: string, cause?: unknown, code?: ErrorCode): FnsError {
  return new FnsError(message, 'failure', { ...(cause === undefined ? {} : { cause }), code });
}

/** The error of a request that makes no sense. */
export function usage(message: string): FnsError {
  return new FnsError(message, 'usage');
}

/** The error of an option that makes no sense: `learningRate: above 0 is needed, got -1`. */
export function badOption(option: string, message: string): FnsError {
  return new FnsError(`${option}: ${message}`, 'usage', { option });
}
