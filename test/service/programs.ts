/** `fns serve` and `fns worker` as processes that may be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a program says when it has started. */
export type Started = Record<string, string>;

/** A program. */
export class Program {
  private child: ChildProcess | undefined;
  /** All that it has logged. */
  log = '';
  /** What it said when it started last. */
  started: Started = {};

  constructor(private readonly args: readonly string[]) {}

  /** Starts it, and waits until it says that it works. */
  async start(): Promise<Started> {
    const child = spawn(process.execPath, [main, '--json', ...this.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stderr.on('data', (chunk) => {
      this.log += chunk;
    });
    const line = await Promise.race([
      once(createInterface(child.stdout), 'line').then(([text]) => text as string),
      once(child, 'exit').then(() => undefined),
    ]);
    if (line === undefined) throw new Error(`fns ${this.args.join(' ')} ended: ${this.log.slice(-2000)}`);
    this.started = JSON.parse(line) as Started;
    return this.started;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Ends it with a signal, and waits until it has ended. @returns its exit code */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = await ended;
    return code as number | null;
  }

  /** Kills it and starts it again. */
  async restart(): Promise<void> {
    await this.end('SIGKILL');
    await this.start();
  }
}
