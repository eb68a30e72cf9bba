/**
 * The life of a job: sent, taken, and ended by the attempt that holds it. Each step is one transaction over the job and
 * its entry in the queue, so that neither is without the other.
 */
import { randomUUID } from 'node:crypto';
import type { Database, Queries } from '../database/database.js';
import type { Limits } from '../limits.js';
import type { Queue, TakenJob } from '../queue.js';
import { addFile, type StoredFile } from './file.js';
import { isOver, JOB_COLUMNS, type Job, type JobFailure, jobOf, notifyJob } from './job.js';
import { addTrash } from './trash.js';
import { addUsed } from './used.js';

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
     ON CONFLICT (owner, request) DO NOTHING RETURNING id`,
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
  await tx.query('SELECT pg_notify($1, $2)', [QUEUE_CHANNEL, job.queue]);
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
       WHERE id = $1 AND state = 'queued' RETURNING ${JOB_COLUMNS}, limits`,
      [taken.id, randomUUID(), worker],
    );
    // It was deleted, or ended by somebody else: its entry ends as well.
    if (!row) {
      await queue.complete(tx, taken);
      return undefined;
    }
    await notifyJob(tx, taken.id);
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
     SELECT id, cancel, CASE WHEN progress IS NULL THEN NULL ELSE pg_notify('fns_job', id::text) END FROM beaten`,
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
  job: Pick<HeldJob, 'id' | 'queue' | 'owner' | 'attemptId'>,
  outcome: Outcome,
): Promise<Job['state'] | 'lost'> {
  return database.transaction(async (tx) => {
    const [held] = await tx.query(
      `SELECT cancel FROM fns.job WHERE id = $1 AND attempt_id = $2 AND state = 'running' FOR UPDATE`,
      [job.id, job.attemptId],
    );
    if (!held) return 'lost';
    const isCancelled = outcome.type === 'again' && held.cancel === true;
    const state = await settle(tx, queue, job, isCancelled ? { type: 'cancelled', seconds: 0 } : outcome);
    await notifyJob(tx, job.id);
    return state;
  });
}

async function settle(
  tx: Queries,
  queue: Queue,
  job: Pick<HeldJob, 'id' | 'queue' | 'owner'>,
  outcome: Outcome,
): Promise<Job['state']> {
  if (outcome.type === 'again') {
    const after = await queue.fail(tx, job, outcome.why);
    if (after === 'again') {
      await change(tx, job, `state = 'queued'`);
      return 'queued';
    }
    const error: JobFailure = { code: 'given-up', message: outcome.why };
    await change(tx, job, `state = 'failed', finished = now(), error = $2`, [error]);
    return 'failed';
  }
  await queue.complete(tx, job);
  const { type, seconds } = outcome;
  if (type === 'done') {
    for (const file of outcome.files) await addFile(tx, { ...file, owner: job.owner, job: job.id });
  }
  const pixels = type === 'done' ? outcome.pixels : 0;
  await change(
    tx,
    job,
    `state = $2, finished = now(), error = $3, pixels = $4, seconds = $5, checkpoint = NULL,
     progress = CASE WHEN $2 = 'done' THEN '{"share": 1}'::jsonb ELSE progress END`,
    [type, type === 'failed' ? outcome.error : null, pixels, seconds],
  );
  await addUsed(tx, job.owner, { pixels, seconds });
  return type;
}

/** Changes a job that no attempt holds afterwards. `set` begins with its values at $2. */
async function change(tx: Queries, { id }: TakenJob, set: string, values: unknown[] = []): Promise<void> {
  await tx.query(
    `UPDATE fns.job SET ${set}, attempt_id = NULL, worker = NULL, heartbeat = NULL, version = version + 1 WHERE id = $1`,
    [id, ...values],
  );
}

/**
 * Frees jobs whose attempts have not been heard of for a while: their worker was killed, or cannot reach the database.
 *
 * @returns how many
 */
export async function freeLostJobs(ledger: Ledger, afterSeconds: number): Promise<number> {
  const lost = await ledger.database.query<HeldJob>(
    `SELECT id, queue, owner, attempt_id AS "attemptId" FROM fns.job
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
    } else await tx.query('UPDATE fns.job SET cancel = true, version = version + 1 WHERE id = $1', [id]);
    await notifyJob(tx, id);
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
    await notifyJob(tx, id);
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
