/** The system's ffmpeg and ffprobe as child processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type FnsError, failure } from '../../core/errors.js';

/**
 * A file as ffmpeg is to be told of it. Without `file:` a dash at its beginning is an option, what stands before a colon a
 * protocol, and `#` and `?` end a path that others are beside.
 */
export function fileArg(path: string): string {
  return `file:${path}`;
}

/** Which program. */
export type Tool = 'ffmpeg' | 'ffprobe';

/** A program that runs. */
export interface ToolProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** The fourth stream (`pipe:3`), when it was asked for. */
  readonly extra: Readable | undefined;
  /** Resolves when it ended well. Rejects with FnsError that says why, unless it was ended by `kill`. */
  readonly ended: Promise<void>;
  /** The signal by which the user or the system ended it; absent for its own crashes, which damaged files cause. */
  endedBy(): string | undefined;
  /** What it complained about so far, without the addresses that ffmpeg puts before each line. */
  complaints(): readonly string[];
  /** Ends it at once. */
  kill(): void;
}

/** Ways in which a program is run. */
export interface ToolOptions {
  /** A fourth stream is read: `pipe:3`. */
  extra?: boolean;
  /** What it works on, for errors: `cannot read film.mp4`. */
  doing: string;
}

/** Signals that a program ends with by its own mistake. */
const CRASHES: readonly string[] = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGSYS'];

/** The exit code of ffmpeg where a signal asked it to end. */
const ASKED_TO_END = 255;

/** Lines of complaints that are kept, first and last. */
const MOST_LINES = 50;

/** Programs that run, which end with this one. */
const running = new Set<ChildProcess>();
let watchesExit = false;

/** Starts a program. Nothing is asked of the terminal, and only errors are said. */
export function startTool(tool: Tool, args: readonly string[], { extra, doing }: ToolOptions): ToolProcess {
  const quiet = ['-v', 'error', ...(tool === 'ffmpeg' ? ['-nostdin'] : [])];
  const child = spawn(tool, [...quiet, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', ...(extra ? (['pipe'] as const) : [])],
    windowsHide: true,
    // A terminal sends Ctrl-C to all of a group: this program decides what comes of its videos.
    detached: process.platform !== 'win32',
  });
  endWithProgram(child);
  const lines: string[] = [];
  let rest = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    for (const line of parts.map(withoutAddress)) {
      if (line === '' || line === lines.at(-1)) continue;
      if (lines.length === MOST_LINES) lines.splice(MOST_LINES / 2, 1);
      lines.push(line);
    }
  });
  let killed = false;
  let endedBy: string | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(startFailure(tool, error)));
    child.on('close', (code, signal) => {
      running.delete(child);
      if (rest !== '') lines.push(withoutAddress(rest));
      if (!killed && signal && !CRASHES.includes(signal)) endedBy = signal;
      if (!killed && tool === 'ffmpeg' && code === ASKED_TO_END) endedBy = 'a signal';
      if (code === 0 || killed) resolve();
      else
        reject(
          failure(`${doing}: ${reason(lines, doing) ?? `${tool} ended with ${signal ?? `code ${code}`}`}`),
        );
    });
  });
  // Whoever waits for it is told; a program that is killed has nobody.
  ended.catch(() => {});
  // What it no longer reads is told by its end, with the reason.
  child.stdin!.on('error', () => {});
  return {
    stdin: child.stdin!,
    stdout: child.stdout!,
    extra: (child.stdio[3] as Readable | undefined) ?? undefined,
    ended,
    endedBy: () => endedBy,
    complaints: () => lines,
    kill() {
      killed = true;
      child.kill('SIGKILL');
    },
  };
}

/**
 * Runs a program to its end.
 *
 * @param seconds the most it may take
 * @returns what it wrote to its output
 * @throws FnsError when it fails or takes longer.
 */
export async function runTool(
  tool: Tool,
  args: readonly string[],
  options: ToolOptions & { seconds?: number; signal?: AbortSignal },
): Promise<string> {
  const child = startTool(tool, args, options);
  child.stdin.end();
  let late = false;
  const stop = () => child.kill();
  const { seconds, signal } = options;
  const timer =
    seconds &&
    setTimeout(() => {
      late = true;
      stop();
    }, 1000 * seconds);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    let text = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk;
    await child.ended;
    signal?.throwIfAborted();
    if (late) throw failure(`${options.doing}: ${tool} gave no answer in ${seconds} seconds`);
    return text;
  } finally {
    clearTimeout(timer || undefined);
    signal?.removeEventListener('abort', stop);
  }
}

/** The last line, without the name of the file, which `doing` has. */
function reason(lines: readonly string[], doing: string): string | undefined {
  const last = lines.at(-1)?.replace(/^file:/, '');
  const name = last?.slice(0, last.lastIndexOf(': '));
  return name && doing.endsWith(name) ? last!.slice(name.length + 2) : last;
}

/** `[mov,mp4 @ 0x55d0] moov atom not found` without what stands in brackets. */
function withoutAddress(line: string): string {
  return line.replace(/^(\[[^\]]* @ 0x[0-9a-f]+\] )+/, '').trim();
}

function endWithProgram(child: ChildProcess): void {
  running.add(child);
  if (watchesExit) return;
  watchesExit = true;
  process.on('exit', () => {
    for (const each of running) each.kill('SIGKILL');
  });
}

const INSTALL: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'apt install ffmpeg',
  darwin: 'brew install ffmpeg',
  win32: 'winget install ffmpeg',
};

function startFailure(tool: Tool, error: Error): FnsError {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
    return failure(`cannot run ${tool}: ${error.message}`, error);
  }
  const how = INSTALL[process.platform] ?? INSTALL.linux;
  return failure(`videos need ffmpeg, and ${tool} was not found: install it (${how})`, error);
}
