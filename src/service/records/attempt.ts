/**
 * The life of a job: sent, taken, and ended by the attempt that holds it. Each step is one transaction over the job and
 * its entry in the queue, so that neither is without the other.
 */
import { randomUUID } from 'node:crypto';
import type { Database, Queries } from '../database/database.js';
import type { Limits } from '../limits.js';
import type { Queue } from '../queue.js';
import type { StoredFile } from './file.js';
import {
  changeUnheld,
  JOB_COLUMNS,
  type Job,
  type JobFailure,
  jobOf,
  QUEUE_CHANNEL,
  TELL_JOB,
  UNHELD,
} from './job.js';
import { forgetParts, goOnAfterPart, lockJob, type NewParts, sendParts, tellParts } from './parts.js';
import { resultPrefix } from './places.js';

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
  /** The job that it is a part of, whose progress is the sum. */
  parent: string | null;
}

/**
 * Says that attempts run.
 *
 * @returns by the ids of attempts, those that still hold their job, and whether it shall be cancelled
 */
export async function beat(
  { database }: Ledger,
  beats: readonly Beat[],
): Promise<Map<string, { cancel: boolean }>> {
  if (beats.length === 0) return new Map();
  const rows = await database.query<{ attemptId: string; cancel: boolean }>(
    `WITH beaten AS (
       UPDATE fns.job j SET heartbeat = now(), progress = COALESCE(b.progress, j.progress),
         version = version + CASE WHEN b.progress IS NULL OR b.progress = j.progress THEN 0 ELSE 1 END
       FROM jsonb_to_recordset($1::jsonb) AS b (id uuid, "attemptId" uuid, progress jsonb)
       WHERE j.id = b.id AND j.attempt_id = b."attemptId" AND j.state = 'running'
       RETURNING j.id, j.attempt_id, j.cancel, b.progress)
     SELECT attempt_id AS "attemptId", cancel, CASE WHEN progress IS NULL THEN NULL ELSE ${TELL_JOB} END FROM beaten`,
    [JSON.stringify(beats)],
  );
  const parents = new Set(beats.flatMap(({ parent }) => parent ?? []));
  // Each by itself: two workers that lock several would wait for each other.
  for (const parent of parents) await tellParts(database, parent);
  return new Map(rows.map(({ attemptId, cancel }) => [attemptId, { cancel }]));
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
  /** Workers share what it would have made. */
  | { type: 'shared'; parts: NewParts; seconds: number }
  /**
   * Something went wrong that is not the job's fault: it comes again, or is given up. With `silentSeconds` only where
   * nothing was heard of the attempt for so long.
   */
  | { type: 'again'; why: string; silentSeconds?: number };

/** What became of an attempt: the state of its job, or `lost` when it held the job no more and nothing was changed. */
export type AttemptEnd = Job['state'] | 'shared' | 'lost';

/** An attempt that ends. */
type EndingJob = Pick<HeldJob, 'id' | 'queue' | 'attemptId' | 'parent'>;

/** Ends an attempt. */
export async function endAttempt(
  { database, queue }: Ledger,
  job: EndingJob,
  outcome: Outcome,
): Promise<AttemptEnd> {
  return database.transaction(async (tx) => {
    if (job.parent !== null) await lockJob(tx, job.parent);
    const end = await endLocked(tx, queue, job, outcome);
    if (end === 'lost' || end === 'queued' || end === 'shared') return end;
    if (job.parent !== null) await goOnAfterPart(tx, queue, job.parent);
    return end;
  });
}

async function endLocked(tx: Queries, queue: Queue, job: EndingJob, outcome: Outcome): Promise<AttemptEnd> {
  if (outcome.type === 'again') return tryAgain(tx, queue, job, outcome);
  if (outcome.type === 'shared') return share(tx, queue, job, outcome);
  if (!(await settle(tx, job, outcome))) return 'lost';
  await queue.complete(tx, job);
  return outcome.type;
}

/** Settles a job, its results and what its owner used in one statement. False when the attempt holds it no more. */
async function settle(
  tx: Queries,
  { id, attemptId }: EndingJob,
  outcome: Exclude<Outcome, { type: 'again' | 'shared' }>,
): Promise<boolean> {
  const { type, seconds } = outcome;
  const { pixels, files } = type === 'done' ? outcome : { pixels: 0, files: [] };
  const [held] = await tx.query<Pick<Job, 'parts'>>(
    `WITH held AS (
       UPDATE fns.job SET state = $3, finished = now(), error = $4, pixels = $5,
         seconds = COALESCE(seconds, 0) + $6, checkpoint = NULL,
         progress = CASE WHEN $3 = 'done' THEN '{"share": 1}'::jsonb ELSE progress END, ${UNHELD}
       WHERE id = $1 AND attempt_id = $2 AND state = 'running' RETURNING id, owner, parts),
     made AS (
       INSERT INTO fns.file (id, owner, job, name, key, bytes, sha256)
       SELECT f.id, held.owner, held.id, f.name, f.key, f.bytes, f.sha256
       FROM held, jsonb_to_recordset($7::jsonb) AS f (id uuid, name text, key text, bytes bigint, sha256 text)),
     counted AS (
       INSERT INTO fns.used AS u (owner, day, pixels, seconds)
       SELECT owner, (now() AT TIME ZONE 'UTC')::date, $5::bigint, $6::float8 FROM held
       ON CONFLICT (owner, day) DO UPDATE
       SET pixels = u.pixels + EXCLUDED.pixels, seconds = u.seconds + EXCLUDED.seconds)
     SELECT parts, ${TELL_JOB} FROM held`,
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
  if (held && held.parts !== null) await forgetParts(tx, id);
  return held !== undefined;
}

/** Gives a job back to the queue, unless it was cancelled, or has failed too often. */
async function tryAgain(
  tx: Queries,
  queue: Queue,
  job: EndingJob,
  { why, silentSeconds }: Extract<Outcome, { type: 'again' }>,
): Promise<AttemptEnd> {
  const held = await lockHeld(tx, job, silentSeconds);
  if (!held) return 'lost';
  if (held.cancel) return cancelHeld(tx, queue, job, 0);
  if ((await queue.fail(tx, job, why)) === 'again') {
    await changeUnheld(tx, job, `state = 'queued'`);
    return 'queued';
  }
  const error: JobFailure = { code: 'given-up', message: why };
  await changeUnheld(tx, job, `state = 'failed', finished = now(), error = $2`, [error]);
  if (held.parts !== null) await forgetParts(tx, job.id);
  return 'failed';
}

/** Cuts a job into parts, unless it was cancelled. */
async function share(
  tx: Queries,
  queue: Queue,
  job: EndingJob,
  { parts, seconds }: Extract<Outcome, { type: 'shared' }>,
): Promise<AttemptEnd> {
  const held = await lockHeld(tx, job);
  if (!held) return 'lost';
  if (held.cancel) return cancelHeld(tx, queue, job, seconds);
  await sendParts(tx, queue, job, parts, seconds);
  return 'shared';
}

/** Locks the job of an attempt; undefined when it holds the job no more, or was heard of in the last seconds. */
async function lockHeld(tx: Queries, { id, attemptId }: EndingJob, silentSeconds?: number) {
  const [held] = await tx.query<Pick<Job, 'cancel' | 'parts'>>(
    `SELECT cancel, parts FROM fns.job WHERE id = $1 AND attempt_id = $2 AND state = 'running'
       AND ($3::float8 IS NULL OR heartbeat < now() - $3::float8 * interval '1 second') FOR UPDATE`,
    [id, attemptId, silentSeconds ?? null],
  );
  return held;
}

async function cancelHeld(tx: Queries, queue: Queue, job: EndingJob, seconds: number): Promise<'cancelled'> {
  await settle(tx, job, { type: 'cancelled', seconds });
  await queue.complete(tx, job);
  return 'cancelled';
}

/**
 * Frees jobs whose attempts have not been heard of for a while: their worker was killed, or cannot reach the database.
 *
 * @returns how many
 */
export async function freeLostJobs(ledger: Ledger, afterSeconds: number): Promise<number> {
  const lost = await ledger.database.query<EndingJob>(
    `SELECT id, queue, attempt_id AS "attemptId", parent FROM fns.job
     WHERE state = 'running' AND heartbeat < now() - $1::float8 * interval '1 second'`,
    [afterSeconds],
  );
  let freed = 0;
  for (const job of lost) {
    const why = 'the worker was lost: killed, or without memory or connection';
    // Others of them were freed meanwhile, and it may have been heard of again.
    const outcome: Outcome = { type: 'again', why, silentSeconds: afterSeconds };
    if ((await endAttempt(ledger, job, outcome)) !== 'lost') freed++;
  }
  return freed;
}

/** Tells whether an attempt has ended with results: one whose answer was lost with the connection may have. */
export async function hasDelivered({ database }: Ledger, job: HeldJob): Promise<boolean> {
  const rows = await database.query(
    'SELECT 1 FROM fns.file WHERE job = $1 AND starts_with(key, $2) LIMIT 1',
    [job.id, resultPrefix(job)],
  );
  return rows.length > 0;
}
