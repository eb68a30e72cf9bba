/**
 * A job that workers share: an attempt cuts it into parts, which are jobs of their own that nobody is shown, and gives it
 * up; whoever ends the last part sends the job again, to be joined. Whoever changes parts locks their job before them.
 */
import { randomUUID } from 'node:crypto';
import type { Database, Queries } from '../database/database.js';
import type { Queue, TakenJob } from '../queue.js';
import type { StoredFile } from './file.js';
import {
  changeUnheld,
  type Job,
  type JobFailure,
  type JobPart,
  QUEUE_CHANNEL,
  TELL_JOB,
  UNHELD,
} from './job.js';
import { partsPrefix } from './places.js';
import { addTrash } from './trash.js';

/** What a job is cut into. */
export interface NewParts {
  /** The kind that makes a part. */
  kind: string;
  priority: number;
  /** What each is to make, and how much of the whole it is, in any unit. */
  parts: readonly Pick<JobPart, 'weight' | 'plan'>[];
}

/** Joins go before all else: what is nearly done is finished first. */
const JOIN_PRIORITY = 100;

/** Cuts a job, whose attempt ends. The caller holds its row. @param seconds that the attempt took */
export async function sendParts(
  tx: Queries,
  queue: Queue,
  job: TakenJob,
  { kind, priority, parts }: NewParts,
  seconds: number,
): Promise<void> {
  const made = parts.map((part, number) => ({ id: randomUUID(), part: { number, ...part } }));
  await tx.query(
    `WITH cut AS (
       UPDATE fns.job SET parts = $2, progress = '{"share": 0}', seconds = COALESCE(seconds, 0) + $3, ${UNHELD}
       WHERE id = $1 RETURNING id, owner),
     counted AS (
       INSERT INTO fns.used AS u (owner, day, seconds)
       SELECT owner, (now() AT TIME ZONE 'UTC')::date, $3::float8 FROM cut
       ON CONFLICT (owner, day) DO UPDATE SET seconds = u.seconds + EXCLUDED.seconds)
     SELECT ${TELL_JOB} FROM cut`,
    [job.id, made.length, seconds],
  );
  await tx.query(
    `INSERT INTO fns.job (id, owner, kind, queue, state, inputs, options, limits, parent, part)
     SELECT p.id, j.owner, $2, j.queue, 'queued', j.inputs, j.options, j.limits, j.id, p.part
     FROM fns.job j, jsonb_to_recordset($3::jsonb) AS p (id uuid, part jsonb) WHERE j.id = $1`,
    [job.id, kind, JSON.stringify(made)],
  );
  await queue.remove(tx, job);
  for (const { id } of made) await queue.send(tx, { id, queue: job.queue, priority });
  await tx.query(`SELECT pg_notify('${QUEUE_CHANNEL}', $1)`, [job.queue]);
}

/** Locks the job of a part, before the part is changed. */
export async function lockJob(tx: Queries, id: string): Promise<void> {
  await tx.query('SELECT 1 FROM fns.job WHERE id = $1 FOR UPDATE', [id]);
}

/** Ends parts: those that wait at once, the workers of those that run are told at their next heartbeat. */
export async function stopParts(tx: Queries, queue: Queue, parent: string): Promise<void> {
  const waiting = await tx.query<TakenJob>(
    `DELETE FROM fns.job WHERE parent = $1 AND state = 'queued' RETURNING id, queue`,
    [parent],
  );
  for (const part of waiting) await queue.remove(tx, part);
  await tx.query(`UPDATE fns.job SET cancel = true WHERE parent = $1 AND state = 'running'`, [parent]);
}

/** Forgets the parts of a job that has ended. */
export async function forgetParts(tx: Queries, parent: string): Promise<void> {
  await tx.query('DELETE FROM fns.job WHERE parent = $1', [parent]);
  await addTrash(tx, partsPrefix(parent));
}

/**
 * Goes on with a job, whose row is locked, after one of its parts has ended or they were stopped: a part that failed stops
 * the others, and after the last the job ends as well, or is sent to be joined.
 */
export async function goOnAfterPart(tx: Queries, queue: Queue, parent: string): Promise<void> {
  const [job] = await tx.query<Pick<Job, 'queue' | 'cancel' | 'parts'>>(
    `SELECT queue, cancel, parts FROM fns.job WHERE id = $1 AND state = 'running' AND attempt_id IS NULL`,
    [parent],
  );
  if (!job) return;
  const [failed] = await tx.query<{ error: JobFailure; part: JobPart }>(
    `SELECT error, part FROM fns.job WHERE parent = $1 AND state = 'failed' ORDER BY finished LIMIT 1`,
    [parent],
  );
  if (failed) await stopParts(tx, queue, parent);
  const [count] = await tx.query<{ open: string; done: string }>(
    `SELECT count(*) FILTER (WHERE state IN ('queued', 'running')) AS open,
       count(*) FILTER (WHERE state = 'done') AS done FROM fns.job WHERE parent = $1`,
    [parent],
  );
  if (Number(count!.open) > 0) return tellParts(tx, parent);
  const taken = { id: parent, queue: job.queue };
  if (!job.cancel && Number(count!.done) === job.parts) {
    // Its next attempt is none that was needed because one failed.
    await changeUnheld(tx, taken, `state = 'queued', attempts = attempts - 1`);
    await queue.send(tx, { ...taken, priority: JOIN_PRIORITY });
    await tx.query(`SELECT pg_notify('${QUEUE_CHANNEL}', $1)`, [job.queue]);
    return;
  }
  const error = failed && {
    ...failed.error,
    message: `part ${failed.part.number + 1} of ${job.parts}: ${failed.error.message}`,
  };
  await changeUnheld(tx, taken, `state = $2, finished = now(), error = $3`, [
    error ? 'failed' : 'cancelled',
    error ?? null,
  ]);
  await forgetParts(tx, parent);
}

/** Says how far a job is, as the sum of its parts. */
export async function tellParts(on: Queries, parent: string): Promise<void> {
  await on.query(
    `UPDATE fns.job SET version = version + 1, progress = jsonb_strip_nulls(jsonb_build_object('share', s.share,
       'secondsLeft', round(EXTRACT(epoch FROM now() - started) * (1 - s.share) / NULLIF(s.share, 0))))
     FROM (
       SELECT round((sum(weight * share) / sum(weight))::numeric, 4) AS share FROM (
         SELECT (part->>'weight')::float8 AS weight, COALESCE((progress->>'share')::float8, 0) AS share
         FROM fns.job WHERE parent = $1) AS p) AS s
     WHERE id = $1 AND state = 'running' AND attempt_id IS NULL
       AND (progress->>'share')::numeric IS DISTINCT FROM s.share
     RETURNING ${TELL_JOB}`,
    [parent],
  );
}

/** The files of the parts of a job, in the order of parts. */
export async function filesOfParts(database: Database, parent: string): Promise<StoredFile[]> {
  return database.query<StoredFile>(
    `SELECT f.* FROM fns.job p JOIN fns.file f ON f.job = p.id
     WHERE p.parent = $1 ORDER BY (p.part->>'number')::int, f.key`,
    [parent],
  );
}
