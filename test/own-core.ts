import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Each of vitest's two workers keeps to every second core, and so do the programs that it starts: two sessions of two
 * threads on two cores wait for each other more than they compute, which cost a quarter of the time.
 */
const worker = Number(process.env.VITEST_POOL_ID ?? 1) - 1;
const cores = availableParallelism();
if (process.platform === 'linux' && cores > 1) {
  const own = Array.from({ length: cores }, (_, core) => core).filter((core) => core % 2 === worker % 2);
  try {
    execFileSync('taskset', ['-a', '-p', '-c', own.join(','), String(process.pid)], { stdio: 'ignore' });
  } catch {
    // Without util-linux the tests are only slower.
  }
}
