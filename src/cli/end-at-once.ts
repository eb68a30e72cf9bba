/** The second Ctrl-C. */

/**
 * Ends the program without waiting for what it computes: `process.exit` would, and ONNX Runtime would abort it. What
 * listens to `exit` (and removes what is half-written) is told first; then the signal does what it does to programs
 * that know nothing of it.
 */
export function endAtOnce(signal: NodeJS.Signals): void {
  process.emit('exit', signal === 'SIGTERM' ? 143 : 130);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
