/** A job is ended, or removed, by its owner. */
import type { TakenJob } from '../queue.js';
import type { Ledger } from './attempt.js';
import { changeUnheld, isOver, JOB_COLUMNS, type Job, jobOf, TELL_JOB } from './job.js';
import { forgetParts, goOnAfterPart, stopParts } from './parts.js';
import { jobPrefix } from './places.js';
import { addTrash } from './trash.js';

/**
 * Asks for a job's end. A job that waits ends at once; the worker of one that runs is told at its next heartbeat, and so
 * are those of its parts.
 */
export async function cancelJob(
  { database, queue }: Ledger,
  id: string,
  owner: string,
): Promise<Job | undefined> {
  return database.transaction(async (tx) => {
    const [row] = await tx.query(
      `SELECT ${JOB_COLUMNS} FROM fns.job WHERE id = $1 AND owner = $2 AND parent IS NULL FOR UPDATE`,
      [id, owner],
    );
    const job = row && jobOf(row);
    if (!job || isOver(job)) return job;
    if (job.state === 'queued') {
      await queue.remove(tx, job);
      await changeUnheld(tx, job, `state = 'cancelled', finished = now(), cancel = true`);
      if (job.parts !== null) await forgetParts(tx, id);
    } else {
      await tx.query(
        `UPDATE fns.job SET cancel = true, version = version + 1 WHERE id = $1 RETURNING ${TELL_JOB}`,
        [id],
      );
      if (job.parts !== null && job.attemptId === null) {
        await stopParts(tx, queue, id);
        await goOnAfterPart(tx, queue, id);
      }
    }
    return job;
  });
}

/** Removes a job, whatever its state, with its parts and the records of its results. False where the owner has none of this id. */
export async function deleteJob({ database, queue }: Ledger, id: string, owner: string): Promise<boolean> {
  return database.transaction(async (tx) => {
    const [row] = await tx.query<TakenJob>(
      'SELECT id, queue FROM fns.job WHERE id = $1 AND owner = $2 AND parent IS NULL FOR UPDATE',
      [id, owner],
    );
    if (!row) return false;
    const parts = await tx.query<TakenJob>('SELECT id, queue FROM fns.job WHERE parent = $1', [id]);
    await tx.query('DELETE FROM fns.job WHERE id = $1', [id]);
    await addTrash(tx, jobPrefix(id));
    for (const each of [row, ...parts]) await queue.remove(tx, each);
    await tx.query(`SELECT ${TELL_JOB} FROM (SELECT $1 AS id) AS gone`, [id]);
    return true;
  });
}
