/**
 * The life of a job: sent, taken, and ended by the attempt that holds it. Each step is one transaction over the job and
 * its entry in the queue, so that neither is without the other.
 */
import { randomUUID } from 'node:crypto';
import type { Database, Queries } from '../database/database.js';
import type { Limits } from '../limits.js';
import type { Queue, TakenJob } from '../queue.js';
import type { StoredFile } from './file.js';
import { isOver, JOB_COLUMNS, type Job, type JobFailure, jobOf, TELL_JOB } from './job.js';
import { addTrash } from './trash.js';

/** The channel that wakes workers when a job was sent; it tells the queue. */
export const QUEUE_CHANNEL = 'fns_queue';

/** A new job. */
export interface NewJob extends Pick<Job, 'owner' | 'kind' | 'queue' | 'inputs' | 'options'> {
  limits: Limits;
  priority: number;
  /** The client's own name for it: a job of the same name that is there already is given back instead. */
  request?: string;
}

/** A job that an attempt holds. */
export interface HeldJob extends Job {
  attemptId: string;
  limits: Limits;
}

/** The database and its queue. */
export interface Ledger {
  database: Database;
  queue: Queue;
}

/** Sends a job. @returns its id. */
export async function sendJob(tx: Queries, queue: Queue, job: NewJob): Promise<string> {
  const id = randomUUID();
  const made = await tx.query(
    `INSERT INTO fns.job (id, owner, kind, queue, state, inputs, options, limits, request)
     VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8)
     ON CONFLICT (owner, request) DO NOTHING RETURNING pg_notify('${QUEUE_CHANNEL}', queue)`,
    [id, job.owner, job.kind, job.queue, job.inputs, job.options, job.limits, job.request ?? null],
  );
  if (made.length === 0) {
    const [there] = await tx.query<{ id: string }>(
      'SELECT id FROM fns.job WHERE owner = $1 AND request = $2',
      [job.owner, job.request],
    );
    return there!.id;
  }
  await queue.send(tx, { id, queue: job.queue, priority: job.priority });
  return id;
}

/** Takes the next job of the queues for a worker; undefined when there is none. */
export async function takeJob(
  { database, queue }: Ledger,
  worker: string,
  queues: readonly string[],
): Promise<HeldJob | undefined> {
  // Asked of the jobs, not of each queue: most of the time there is nothing.
  const waiting = await database.query<{ queue: string }>(
    `SELECT DISTINCT queue FROM fns.job WHERE state = 'queued' AND queue = ANY ($1::text[])`,
    [queues],
  );
  const full = queues.filter((name) => waiting.some(({ queue: own }) => own === name));
  if (full.length === 0) return undefined;
  return database.transaction(async (tx) => {
    const taken = await queue.take(tx, full);
    if (!taken) return undefined;
    const [row] = await tx.query(
      `UPDATE fns.job SET state = 'running', attempt_id = $2, worker = $3, heartbeat = now(), attempts = attempts + 1,
         started = COALESCE(started, now()), version = version + 1
       WHERE id = $1 AND state = 'queued' RETURNING ${JOB_COLUMNS}, limits, ${TELL_JOB}`,
      [taken.id, randomUUID(), worker],
    );
    // It was deleted, or ended by somebody else: its entry ends as well.
    if (!row) {
      await queue.complete(tx, taken);
      return undefined;
    }
    return jobOf(row) as HeldJob;
  });
}

/** What is said of an attempt that runs. */
export interface Beat {
  id: string;
  attemptId: string;
  progress: Job['progress'];
}

/** Says that attempts run. @returns those that still hold their job, and whether it shall be cancelled. */
export async function beat(
  { database }: Ledger,
  beats: readonly Beat[],
): Promise<Map<string, { cancel: boolean }>> {
  if (beats.length === 0) return new Map();
  const rows = await database.query<{ id: string; cancel: boolean }>(
    `WITH beaten AS (
       UPDATE fns.job j SET heartbeat = now(), progress = COALESCE(b.progress, j.progress),
         version = version + CASE WHEN b.progress IS NULL OR b.progress = j.progress THEN 0 ELSE 1 END
       FROM jsonb_to_recordset($1::jsonb) AS b (id uuid, "attemptId" uuid, progress jsonb)
       WHERE j.id = b.id AND j.attempt_id = b."attemptId" AND j.state = 'running'
       RETURNING j.id, j.cancel, b.progress)
     SELECT id, cancel, CASE WHEN progress IS NULL THEN NULL ELSE ${TELL_JOB} END FROM beaten`,
    [JSON.stringify(beats)],
  );
  return new Map(rows.map(({ id, cancel }) => [id, { cancel }]));
}

/** Keeps the key of what another attempt may go on from. False when the attempt no longer holds the job. */
export async function keepCheckpoint({ database }: Ledger, job: HeldJob, key: string): Promise<boolean> {
  const rows = await database.query(
    'UPDATE fns.job SET checkpoint = $3 WHERE id = $1 AND attempt_id = $2 RETURNING id',
    [job.id, job.attemptId, key],
  );
  return rows.length > 0;
}

/** How an attempt ended. */
export type Outcome =
  | { type: 'done'; files: Omit<StoredFile, 'created' | 'owner' | 'job'>[]; pixels: number; seconds: number }
  | { type: 'failed'; error: JobFailure; seconds: number }
  | { type: 'cancelled'; seconds: number }
  /** Something went wrong that is not the job's fault: it comes again, or is given up. */
  | { type: 'again'; why: string };

/** The state that a job has after its attempt; `lost` when the attempt held it no more and nothing was changed. */
export async function endAttempt(
  { database, queue }: Ledger,
  job: Pick<HeldJob, 'id' | 'queue' | 'attemptId'>,
  outcome: Outcome,
): Promise<Job['state'] | 'lost'> {
  return database.transaction(async (tx) => {
    if (outcome.type === 'again') return tryAgain(tx, queue, job, outcome.why);
    if (!(await settle(tx, job, outcome))) return 'lost';
    await queue.complete(tx, job);
    return outcome.type;
  });
}

/** Settles a job, its results and what its owner used in one statement. False when the attempt holds it no more. */
async function settle(
  tx: Queries,
  { id, attemptId }: Pick<HeldJob, 'id' | 'attemptId'>,
  outcome: Exclude<Outcome, { type: 'again' }>,
): Promise<boolean> {
  const { type, seconds } = outcome;
  const { pixels, files } = type === 'done' ? outcome : { pixels: 0, files: [] };
  const held = await tx.query(
    `WITH held AS (
       UPDATE fns.job SET state = $3, finished = now(), error = $4, pixels = $5, seconds = $6, checkpoint = NULL,
         progress = CASE WHEN $3 = 'done' THEN '{"share": 1}'::jsonb ELSE progress END, ${UNHELD}
       WHERE id = $1 AND attempt_id = $2 AND state = 'running' RETURNING id, owner),
     made AS (
       INSERT INTO fns.file (id, owner, job, name, key, bytes, sha256)
       SELECT f.id, held.owner, held.id, f.name, f.key, f.bytes, f.sha256
       FROM held, jsonb_to_recordset($7::jsonb) AS f (id uuid, name text, key text, bytes bigint, sha256 text)),
     counted AS (
       INSERT INTO fns.used AS u (owner, day, pixels, seconds)
       SELECT owner, (now() AT TIME ZONE 'UTC')::date, $5::bigint, $6::float8 FROM held
       ON CONFLICT (owner, day) DO UPDATE
       SET pixels = u.pixels + EXCLUDED.pixels, seconds = u.seconds + EXCLUDED.seconds)
     SELECT ${TELL_JOB} FROM held`,
    [
      id,
      attemptId,
      type,
      type === 'failed' ? outcome.error : null,
      Math.round(pixels),
      seconds,
      JSON.stringify(files),
    ],
  );
  return held.length > 0;
}

/** Gives a job back to the queue, unless it was cancelled, or has failed too often. */
async function tryAgain(
  tx: Queries,
  queue: Queue,
  job: Pick<HeldJob, 'id' | 'queue' | 'attemptId'>,
  why: string,
): Promise<Job['state'] | 'lost'> {
  const [held] = await tx.query(
    `SELECT cancel FROM fns.job WHERE id = $1 AND attempt_id = $2 AND state = 'running' FOR UPDATE`,
    [job.id, job.attemptId],
  );
  if (!held) return 'lost';
  if (held.cancel === true) {
    await settle(tx, job, { type: 'cancelled', seconds: 0 });
    await queue.complete(tx, job);
    return 'cancelled';
  }
  if ((await queue.fail(tx, job, why)) === 'again') {
    await change(tx, job, `state = 'queued'`);
    return 'queued';
  }
  const error: JobFailure = { code: 'given-up', message: why };
  await change(tx, job, `state = 'failed', finished = now(), error = $2`, [error]);
  return 'failed';
}

/** What a job is set to that no attempt holds any more. */
const UNHELD = 'attempt_id = NULL, worker = NULL, heartbeat = NULL, version = version + 1';

/** Changes a job that no attempt holds afterwards. `set` begins with its values at $2. */
async function change(tx: Queries, { id }: TakenJob, set: string, values: unknown[] = []): Promise<void> {
  await tx.query(`UPDATE fns.job SET ${set}, ${UNHELD} WHERE id = $1 RETURNING ${TELL_JOB}`, [id, ...values]);
}

/**
 * Frees jobs whose attempts have not been heard of for a while: their worker was killed, or cannot reach the database.
 *
 * @returns how many
 */
export async function freeLostJobs(ledger: Ledger, afterSeconds: number): Promise<number> {
  const lost = await ledger.database.query<HeldJob>(
    `SELECT id, queue, attempt_id AS "attemptId" FROM fns.job
     WHERE state = 'running' AND heartbeat < now() - $1::float8 * interval '1 second'`,
    [afterSeconds],
  );
  let freed = 0;
  for (const job of lost) {
    const why = 'the worker was lost: killed, or without memory or connection';
    if ((await endAttempt(ledger, job, { type: 'again', why })) !== 'lost') freed++;
  }
  return freed;
}

/** Asks for a job's end. A job that waits ends at once; the worker of one that runs is told at its next heartbeat. */
export async function cancelJob(
  { database, queue }: Ledger,
  id: string,
  owner: string,
): Promise<Job | undefined> {
  return database.transaction(async (tx) => {
    const [row] = await tx.query(
      `SELECT ${JOB_COLUMNS} FROM fns.job WHERE id = $1 AND owner = $2 FOR UPDATE`,
      [id, owner],
    );
    const job = row && jobOf(row);
    if (!job || isOver(job)) return job;
    if (job.state === 'queued') {
      await queue.remove(tx, job);
      await change(tx, job, `state = 'cancelled', finished = now(), cancel = true`);
    } else {
      await tx.query(
        `UPDATE fns.job SET cancel = true, version = version + 1 WHERE id = $1 RETURNING ${TELL_JOB}`,
        [id],
      );
    }
    return job;
  });
}

/** Removes a job, whatever its state, with the records of its results. False where the owner has none of this id. */
export async function deleteJob({ database, queue }: Ledger, id: string, owner: string): Promise<boolean> {
  return database.transaction(async (tx) => {
    const [row] = await tx.query<TakenJob>(
      'DELETE FROM fns.job WHERE id = $1 AND owner = $2 RETURNING id, queue',
      [id, owner],
    );
    if (!row) return false;
    await addTrash(tx, jobPrefix(id));
    await queue.remove(tx, row);
    await tx.query(`SELECT ${TELL_JOB} FROM (SELECT $1 AS id) AS gone`, [id]);
    return true;
  });
}

/** Tells whether an attempt has ended with results: one whose answer was lost with the connection may have. */
export async function hasDelivered({ database }: Ledger, job: HeldJob): Promise<boolean> {
  const rows = await database.query(
    'SELECT 1 FROM fns.file WHERE job = $1 AND starts_with(key, $2) LIMIT 1',
    [job.id, resultPrefix(job)],
  );
  return rows.length > 0;
}

/** Where a job keeps what it makes. */
export function jobPrefix(id: string): string {
  return `jobs/${id}/`;
}

/** Where an attempt stores its results: no two write in one place. */
export function resultPrefix({ id, attemptId }: Pick<HeldJob, 'id' | 'attemptId'>): string {
  return `${jobPrefix(id)}${attemptId}/`;
}

/** Where the checkpoints of all attempts of a job lie. */
export function checkpointPrefix(id: string): string {
  return `${jobPrefix(id)}checkpoints/`;
}
