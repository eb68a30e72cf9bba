import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { newFolder } from './cli/fns.js';

/**
 * Runs a test on a disk of 64 KiB, which is soon full. Where this user may mount none, the test is skipped; with `CI`
 * set, root must be able to.
 *
 * @param test gets the folder of the disk
 */
export async function onSmallDisk(
  { skip }: TestContext,
  test: (disk: string) => Promise<void>,
): Promise<void> {
  const disk = join(await newFolder(), 'disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
  } catch (error) {
    if (process.env.CI && process.getuid?.() === 0) throw error;
    skip('may not mount a small disk here (needs root)');
  }
  try {
    await test(disk);
  } finally {
    execFileSync('umount', [disk]);
  }
}
