/** Attempts that others took for lost: what the records tell of them, and what they leave behind. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Runner } from '../../src/service/child/runner.js';
import type { Database, Row } from '../../src/service/database/database.js';
import { DEFAULT_LIMITS } from '../../src/service/limits.js';
import { openLog } from '../../src/service/log.js';
import { openParts, type ServiceParts } from '../../src/service/open.js';
import { beat, freeLostJobs, type HeldJob, sendJob, takeJob } from '../../src/service/records/attempt.js';
import { deleteJob } from '../../src/service/records/end-job.js';
import { readJob } from '../../src/service/records/job.js';
import { jobPrefix } from '../../src/service/records/places.js';
import type { Storage } from '../../src/service/storage/storage.js';
import { runAttempt } from '../../src/service/worker/run-attempt.js';
import { newFolder } from '../cli/fns.js';

const QUEUE = 'long-cpu';
const log = openLog('silent');

let folder: string;
let parts: ServiceParts;

beforeAll(async () => {
  folder = await newFolder();
  parts = await openParts({ database: 'memory', storage: join(folder, 'files') }, log);
});

afterAll(() => parts.close());

const query = (text: string, ...values: unknown[]) => parts.ledger.database.query(text, values);

/** Takes what waits, whenever it is due. */
async function take(): Promise<HeldJob> {
  await query(`UPDATE pgboss.job SET start_after = now() - interval '1 second' WHERE state < 'active'`);
  return (await takeJob(parts.ledger, 'me', [QUEUE]))!;
}

/** A job that was sent and taken. */
async function taken(): Promise<HeldJob> {
  const { database, queue } = parts.ledger;
  const about = { owner: 'me', kind: 'train', queue: QUEUE, priority: 0 };
  await database.transaction((tx) =>
    sendJob(tx, queue, { ...about, inputs: {}, options: {}, limits: DEFAULT_LIMITS }),
  );
  return take();
}

/** Says that an attempt runs. */
async function isHeld({ id, attemptId, parent }: HeldJob): Promise<boolean> {
  return (await beat(parts.ledger, [{ id, attemptId, parent, progress: null }])).has(attemptId);
}

const silent = (id: string) =>
  query(`UPDATE fns.job SET heartbeat = now() - interval '1 hour' WHERE id = $1`, id);

test('an attempt whose job the same worker has taken again is told that it lost it', async () => {
  const first = await taken();
  await silent(first.id);
  expect(await freeLostJobs(parts.ledger, 30)).toBe(1);
  const second = await take();
  expect(second.id).toBe(first.id);
  const beats = [first, second].map(({ id, attemptId }) => ({ id, attemptId, parent: null, progress: null }));
  expect([...(await beat(parts.ledger, beats)).keys()]).toEqual([second.attemptId]);
  await deleteJob(parts.ledger, first.id, 'me');
});

test('one that is heard of again while lost jobs are freed keeps its job', async () => {
  const jobs = [await taken(), await taken()] as const;
  for (const { id } of jobs) await silent(id);
  const { database, queue } = parts.ledger;
  /** A database in which the second is heard of when the lost ones were listed. */
  const slow: Database = {
    ...database,
    async query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<R[]> {
      const rows = await database.query<R>(text, values);
      if (text.includes('heartbeat < now()')) expect(await isHeld(jobs[1])).toBe(true);
      return rows;
    },
  };
  expect(await freeLostJobs({ database: slow, queue }, 30)).toBe(1);
  expect((await readJob(database, jobs[0].id))!.state).toBe('queued');
  expect((await readJob(database, jobs[1].id))!.state).toBe('running');
  expect(await isHeld(jobs[1])).toBe(true);
  for (const { id } of jobs) await deleteJob(parts.ledger, id, 'me');
});

test('a checkpoint that is stored when its job was removed does not stay', async () => {
  const job = await taken();
  const checkpoint = join(folder, 'checkpoint');
  await writeFile(checkpoint, randomUUID());
  const keys: string[] = [];
  const storage: Storage = {
    ...parts.storage,
    async putFile(key, path) {
      await deleteJob(parts.ledger, job.id, 'me');
      await parts.storage.remove(jobPrefix(job.id));
      await parts.storage.putFile(key, path);
      keys.push(key);
    },
  };
  const runner = {
    async run(_, { onCheckpoint }) {
      onCheckpoint(checkpoint);
      return { type: 'gone', why: 'the test' };
    },
  } as Partial<Runner> as Runner;
  const machine = { device: 'cpu', threads: 1 } as const;
  const { signal } = new AbortController();
  const context = { ledger: parts.ledger, storage, runner, machine, folder, log, signal };
  expect(await runAttempt(job, context, () => {})).toBe('lost');
  expect(keys).toHaveLength(1);
  expect(await parts.storage.read(keys[0]!)).toBeUndefined();
});
