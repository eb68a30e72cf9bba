/** Jobs as the database has them. */
import type { Queries } from '../database/database.js';

/** The states of a job: from the first two it goes on, the others are its end. */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** Why a job failed. `refused`: what it was given cannot be done. `given-up`: it failed again and again. */
export interface JobFailure {
  code: 'refused' | 'given-up' | 'too-long' | 'too-large';
  message: string;
}

/** A job. */
export interface Job {
  id: string;
  owner: string;
  kind: string;
  queue: string;
  state: JobState;
  /** The ids of its files by role. */
  inputs: Record<string, string>;
  options: Record<string, unknown>;
  progress: { share: number; secondsLeft?: number; part?: string } | null;
  error: JobFailure | null;
  attempts: number;
  /** The attempt that runs now: only it may say how the job ended. */
  attemptId: string | null;
  /** The key of what another attempt may go on from. */
  checkpoint: string | null;
  cancel: boolean;
  pixels: number | null;
  seconds: number | null;
  created: Date;
  started: Date | null;
  finished: Date | null;
  /** Grows with every change. */
  version: number;
  /** The job that this is a part of: nobody is shown it. */
  parent: string | null;
  part: JobPart | null;
  /** How many parts it was cut into, once it was. */
  parts: number | null;
}

/** A part of a job that workers share. */
export interface JobPart {
  /** From 0 on. */
  number: number;
  /** How much of the whole it is, in the unit of its kind. */
  weight: number;
  /** What it makes, as its kind understands it. */
  plan: Record<string, unknown>;
}

const COLUMNS = `id, owner, kind, queue, state, inputs, options, progress, error, attempts, attempt_id AS "attemptId",
  checkpoint, cancel, pixels, seconds, created, started, finished, version, parent, part, parts`;

/** The columns of a job, for statements that return one. */
export const JOB_COLUMNS = COLUMNS;

/** The channel that wakes workers when a job was sent; it tells the queue. */
export const QUEUE_CHANNEL = 'fns_queue';

/** The channel that tells the id of a job that has changed. */
export const JOB_CHANNEL = 'fns_job';

/** The expression that tells everybody of a job of the statement, once its transaction is done. */
export const TELL_JOB = `pg_notify('${JOB_CHANNEL}', id::text)`;

/** What a job is set to that no attempt holds any more. */
export const UNHELD = 'attempt_id = NULL, worker = NULL, heartbeat = NULL, version = version + 1';

/** Changes a job that no attempt holds afterwards. `set` begins with its values at $2. */
export async function changeUnheld(
  tx: Queries,
  { id }: Pick<Job, 'id'>,
  set: string,
  values: unknown[] = [],
): Promise<void> {
  await tx.query(`UPDATE fns.job SET ${set}, ${UNHELD} WHERE id = $1 RETURNING ${TELL_JOB}`, [id, ...values]);
}

/** Tells that a job ended or goes on no more. */
export function isOver({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

/** A row as a job: PostgreSQL gives large whole numbers as text. */
export function jobOf(row: object): Job {
  const job = row as Job;
  const number = (value: unknown) => (value === null ? null : Number(value));
  return { ...job, pixels: number(job.pixels), version: Number(job.version) };
}

/** Reads a job, or one of an owner, which is no part; undefined where there is none. */
export async function readJob(on: Queries, id: string, owner?: string): Promise<Job | undefined> {
  const [row] = await on.query(
    `SELECT ${COLUMNS} FROM fns.job WHERE id = $1 AND ($2::text IS NULL OR (owner = $2 AND parent IS NULL))`,
    [id, owner ?? null],
  );
  return row && jobOf(row);
}

/** Reads the job that an owner's client has sent under a name of its own; undefined where there is none. */
export async function jobOfRequest(
  on: Queries,
  owner: string,
  request: string | undefined,
): Promise<Job | undefined> {
  if (request === undefined) return undefined;
  const [row] = await on.query(`SELECT ${COLUMNS} FROM fns.job WHERE owner = $1 AND request = $2`, [
    owner,
    request,
  ]);
  return row && jobOf(row);
}

/** Reads an owner's jobs, the newest first. @param before the id of the job after which they begin */
export async function listJobs(
  on: Queries,
  owner: string,
  { limit, before, state }: { limit: number; before?: string; state?: JobState },
): Promise<Job[]> {
  const rows = await on.query(
    `SELECT ${COLUMNS} FROM fns.job
     WHERE owner = $1 AND parent IS NULL AND ($2::uuid IS NULL OR (created, id) < (SELECT created, id FROM fns.job WHERE id = $2 AND owner = $1)) AND ($3::text IS NULL OR state = $3)
     ORDER BY created DESC, id DESC LIMIT $4`,
    [owner, before ?? null, state ?? null, limit],
  );
  return rows.map(jobOf);
}
