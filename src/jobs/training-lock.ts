import { takeLock } from '../node/lock.js';
import { shortPath } from './short-path.js';
import type { TrainingPaths } from './training-files.js';

/**
 * Does something while this program alone has the place of a training.
 *
 * @throws FnsError when another program has it.
 */
export async function withTrainingLock<Result>(
  { lock, folder }: TrainingPaths,
  work: () => Promise<Result>,
): Promise<Result> {
  const held = await takeLock(lock, `the training ${shortPath(folder)}`);
  try {
    return await work();
  } finally {
    await held.release();
  }
}
