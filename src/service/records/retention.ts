/** What is kept for a time, and then removed. */
import type { Database } from '../database/database.js';
import { jobPrefix } from './places.js';
import { addTrash } from './trash.js';

/** So many are removed in one transaction. */
const BATCH = 200;

/**
 * Forgets jobs that ended, and uploads that no open job needs, so many hours after.
 *
 * @returns how many jobs and files
 */
export async function forgetOld(database: Database, hours: number): Promise<number> {
  let count = 0;
  for (const forget of [forgetJobs, forgetUploads]) {
    for (let removed = BATCH; removed === BATCH; count += removed) removed = await forget(database, hours);
  }
  await database.query(`DELETE FROM fns.used WHERE day < (now() AT TIME ZONE 'UTC')::date - 40`);
  await database.query(`DELETE FROM fns.worker WHERE heartbeat < now() - interval '1 hour'`);
  return count;
}

function forgetJobs(database: Database, hours: number): Promise<number> {
  return database.transaction(async (tx) => {
    const jobs = await tx.query<{ id: string }>(
      `DELETE FROM fns.job WHERE id IN (
         SELECT id FROM fns.job WHERE parent IS NULL AND finished < now() - $1::float8 * interval '1 hour' LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [hours, BATCH],
    );
    for (const { id } of jobs) await addTrash(tx, jobPrefix(id));
    return jobs.length;
  });
}

function forgetUploads(database: Database, hours: number): Promise<number> {
  return database.transaction(async (tx) => {
    const files = await tx.query<{ key: string }>(
      `DELETE FROM fns.file WHERE id IN (
         SELECT f.id FROM fns.file f
         WHERE f.job IS NULL AND f.created < now() - $1::float8 * interval '1 hour' AND NOT EXISTS (
           SELECT 1 FROM fns.job j WHERE j.owner = f.owner AND j.state IN ('queued', 'running')
             AND EXISTS (SELECT 1 FROM jsonb_each_text(j.inputs) i WHERE i.value = f.id::text))
         LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING key`,
      [hours, BATCH],
    );
    for (const { key } of files) await addTrash(tx, key);
    return files.length;
  });
}
