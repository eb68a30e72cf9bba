import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a run of the program gave. */
export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** How to run the program. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Signals go to all of its processes, as Ctrl-C in a terminal does. */
  inTerminal?: boolean;
  /** Called with everything on stderr so far; may send signals. */
  onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the built `fns` as a user would, without the machine's own weights. */
export function fns(
  args: string[],
  { cwd, env, inTerminal = false, onStderr }: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd,
      detached: inTerminal,
      env: { ...process.env, FNS_WEIGHTS: '', XDG_CACHE_HOME: join(tmpdir(), 'fns-no-cache'), ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      onStderr?.(stderr, (signal) => process.kill(inTerminal ? -child.pid! : child.pid!, signal));
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A new empty folder. */
export function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'fns-test-'));
}
