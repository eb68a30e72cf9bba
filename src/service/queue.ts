/** The queue of the service: pg-boss, in the service's own database and transactions. */
import PgBoss from 'pg-boss';
import type { Device } from '../runtime/session.js';
import type { Database, Queries } from './database/database.js';

/** How long jobs take: a worker keeps a place free for quick ones, so that they do not wait behind trainings. */
export type Lane = 'quick' | 'long';

/** The queue of jobs of one lane for one device; `auto` is taken by any worker. */
export function queueName(lane: Lane, device: Device): string {
  return `${lane}-${device}`;
}

/** The queue that holds what was given up, with the reason. */
export const DEAD_LETTERS = 'dead-letters';

const LANES: readonly Lane[] = ['quick', 'long'];
const DEVICES: readonly Device[] = ['auto', 'cpu', 'webgpu', 'cuda'];

/** Times that a job is tried again after something went wrong that is not the fault of what it was given. */
const RETRIES = 8;

/** A job that was taken. */
export interface TakenJob {
  id: string;
  queue: string;
}

/** What became of an attempt that failed. */
export type AfterFailure = 'again' | 'given up';

/** The queue. Each function takes part in the transaction that it is given. */
export interface Queue {
  send(tx: Queries, job: { id: string; queue: string; priority: number }): Promise<void>;
  /** Takes the next job of the first queue that has one. */
  take(tx: Queries, queues: readonly string[]): Promise<TakenJob | undefined>;
  /** Ends a job that needs no further attempt. */
  complete(tx: Queries, job: TakenJob): Promise<void>;
  /** Ends an attempt: the job comes again after a while, or goes to the dead letters. */
  fail(tx: Queries, job: TakenJob, why: string): Promise<AfterFailure>;
  /** Removes a job, whatever its state. */
  remove(tx: Queries, job: TakenJob): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the queue and makes its tables where they are missing.
 *
 * @param supervise whether this program also puts finished entries away
 */
export async function openQueue(
  database: Database,
  { supervise, onError }: { supervise: boolean; onError: (error: Error) => void },
): Promise<Queue> {
  const boss = new PgBoss({
    db: executor(database),
    schedule: false,
    supervise,
    archiveCompletedAfterSeconds: 3600,
    deleteAfterDays: 7,
  });
  boss.on('error', onError);
  await boss.start();
  const there = new Set((await boss.getQueues()).map(({ name }) => name));
  const wanted = LANES.flatMap((lane) => DEVICES.map((device) => queueName(lane, device)));
  for (const name of [DEAD_LETTERS, ...wanted]) {
    if (!there.has(name)) await boss.createQueue(name);
  }
  return {
    async send(tx, { id, queue, priority }) {
      const sent = await boss.send(
        queue,
        { job: id },
        {
          ...{ id, priority, db: executor(tx), deadLetter: DEAD_LETTERS },
          ...{ retryLimit: RETRIES, retryDelay: 1, retryBackoff: true },
          // Leases are watched by heartbeats; this is only the longest that a job may take at all.
          ...{ expireInHours: 23, retentionDays: 365 },
        },
      );
      if (sent === null) throw new Error('the queue has not taken the job');
    },
    async take(tx, queues) {
      // `fetch` keeps errors to itself, and the transaction would look as if there were no jobs.
      let failed: unknown;
      const db: PgBoss.Db = {
        executeSql: (text, values) =>
          executor(tx)
            .executeSql(text, values)
            .catch((error: unknown) => {
              failed ??= error;
              throw error;
            }),
      };
      for (const queue of queues) {
        const [found] = await boss.fetch(queue, { db } as PgBoss.FetchOptions);
        if (failed) throw failed;
        if (found) return { id: found.id, queue };
      }
      return undefined;
    },
    async complete(tx, { id, queue }) {
      await boss.complete(queue, id, {}, { db: executor(tx) });
    },
    async fail(tx, { id, queue }, why) {
      await boss.fail(queue, id, { why }, { db: executor(tx) });
      const found = await boss.getJobById(queue, id, { db: executor(tx), includeArchive: false });
      return found?.state === 'retry' ? 'again' : 'given up';
    },
    async remove(tx, { id, queue }) {
      await boss.deleteJob(queue, id, { db: executor(tx) });
    },
    close: () => boss.stop({ graceful: false }),
  };
}

/** pg-boss' way to run SQL. */
function executor(on: Queries): PgBoss.Db {
  return {
    async executeSql(text: string, values?: unknown[]) {
      const rows = values && values.length > 0 ? await on.query(text, values) : await on.script(text);
      return { rows, rowCount: rows.length };
    },
  };
}
