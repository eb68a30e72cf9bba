/** Memory in huge pages, where the C library is glibc. */

/** What is needed of Node's `process`. */
export interface ReplaceableProcess {
  platform: string;
  execPath: string;
  execArgv: readonly string[];
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Whether another Node process listens, which a program that replaces this one could not answer. */
  connected?: boolean;
  /** Puts another program in the place of this one. From Node 22.15 on. */
  execve?(file: string, args: readonly string[], env: NodeJS.ProcessEnv): never;
}

/** glibc's way to ask for huge pages: it is read when a program starts. */
const TUNABLES = 'glibc.malloc.hugetlb=1';

/**
 * Starts this program again with its memory in huge pages, in the same process, where Node can do that and nobody has tuned
 * glibc otherwise. A picture touches hundreds of megabytes for the first time: with small pages that is a quarter of the
 * whole time on a virtual machine, ten times what starting again costs.
 */
export function inHugePages(program: ReplaceableProcess): void {
  const { platform, execPath, execArgv, argv, env, connected } = program;
  if (platform !== 'linux' || connected || env.GLIBC_TUNABLES !== undefined) return;
  try {
    program.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], {
      ...env,
      GLIBC_TUNABLES: TUNABLES,
    });
  } catch {
    // Not allowed here: it goes on as it is.
  }
}
