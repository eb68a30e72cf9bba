/** What happens when nobody reads the output any more, or the disk that it goes to is full. */
import { writeFailure } from '../node/media/files.js';

/** Jobs that run. Their products are files, which are made whether somebody reads their names or not. */
let running = 0;

/** Does something that goes on when the output cannot be written. */
export async function goingOn<Result>(work: () => Promise<Result>): Promise<Result> {
  running++;
  try {
    return await work();
  } finally {
    running--;
  }
}

/**
 * Watches standard output and standard error, whose errors would end the program with a stack trace otherwise.
 *
 * When whoever read the output has gone (`fns styles | head -1`), a training ends as with Ctrl-C, other jobs go on, and
 * anything else ends at once. Any other error is told once, and the exit code says so.
 *
 * @param tell told the line of an error
 */
export function watchOutput(tell: (text: string) => void): void {
  let isTold = false;
  // There is nowhere left to say anything.
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isTold) return;
    isTold = true;
    const isGone = error.code === 'EPIPE';
    if (!isGone) {
      tell(writeFailure('standard output', error).message);
      process.on('exit', (code) => {
        if (code === 0) process.exitCode = 1;
      });
    }
    // A job with a handler of its own (a training) ends well with a signal.
    if (isGone && process.listenerCount('SIGTERM') > 1) process.emit('SIGTERM');
    else if (running === 0) process.exit(isGone ? 0 : 1);
  });
}
