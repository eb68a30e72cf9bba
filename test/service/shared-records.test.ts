/** The life of a job that workers share, as its records tell it, in both databases. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/service/limits.js';
import { openLog } from '../../src/service/log.js';
import { openParts, type ServiceParts } from '../../src/service/open.js';
import {
  beat,
  endAttempt,
  freeLostJobs,
  type HeldJob,
  type Outcome,
  sendJob,
  takeJob,
} from '../../src/service/records/attempt.js';
import { cancelJob, deleteJob } from '../../src/service/records/end-job.js';
import { type Job, listJobs, readJob } from '../../src/service/records/job.js';
import { jobPrefix, partsPrefix, resultPrefix } from '../../src/service/records/places.js';
import { forgetOld } from '../../src/service/records/retention.js';
import { usedToday, usedUp } from '../../src/service/records/used.js';
import { newFolder } from '../cli/fns.js';
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres-server.js';

const QUEUE = 'long-cuda';
const hasPostgres = postgresPrograms() !== undefined;

describe.each(hasPostgres ? ['embedded', 'PostgreSQL'] : ['embedded'])('%s: a shared job', (name) => {
  let postgres: PostgresServer | undefined;
  let parts: ServiceParts;

  beforeAll(async () => {
    if (name === 'PostgreSQL') postgres = await startPostgres();
    const places = { database: postgres?.url ?? 'memory', storage: join(await newFolder(), 'files') };
    parts = await openParts(places, openLog('silent'));
  });

  afterAll(async () => {
    await parts?.close();
    await postgres?.close();
  });

  const query = (text: string, ...values: unknown[]) => parts.ledger.database.query(text, values);
  const job = async (id: string) => (await readJob(parts.ledger.database, id))!;
  const done: Outcome = { type: 'done', files: [], pixels: 0, seconds: 2 };

  /** Takes what waits, whenever it is due. */
  async function take(): Promise<HeldJob | undefined> {
    await query(`UPDATE pgboss.job SET start_after = now() - interval '1 second' WHERE state < 'active'`);
    return takeJob(parts.ledger, 'me', [QUEUE]);
  }

  /** A job of an owner that was cut into parts of these weights. @returns its id */
  async function shared(owner: string, weights = [1, 1, 2]): Promise<string> {
    const id = await parts.ledger.database.transaction((tx) =>
      sendJob(tx, parts.ledger.queue, {
        ...{ owner, kind: 'video', queue: QUEUE, priority: 5 },
        ...{ inputs: {}, options: { format: 'mp4' }, limits: DEFAULT_LIMITS },
      }),
    );
    const held = (await take())!;
    expect(held.id).toBe(id);
    const plans = weights.map((weight, i) => ({ weight, plan: { first: i } }));
    const outcome: Outcome = {
      ...{ type: 'shared', seconds: 3 },
      parts: { kind: 'video-part', priority: 5, parts: plans },
    };
    expect(await endAttempt(parts.ledger, held, outcome)).toBe('shared');
    expect(await endAttempt(parts.ledger, held, outcome)).toBe('lost');
    return id;
  }

  /** Takes all parts. */
  async function takeParts(count = 3): Promise<HeldJob[]> {
    const taken: HeldJob[] = [];
    while (taken.length < count) taken.push((await take())!);
    expect(await take()).toBeUndefined();
    return taken.sort((a, b) => a.part!.number - b.part!.number);
  }

  /** Nothing is left of its parts, and their files are to be removed. */
  async function expectForgotten(id: string, prefix = partsPrefix(id)): Promise<void> {
    expect(await query('SELECT id FROM fns.job WHERE parent = $1', id)).toEqual([]);
    expect(await query('SELECT prefix FROM fns.trash WHERE prefix = $1', prefix)).toHaveLength(1);
    expect(await query(`SELECT id FROM pgboss.job WHERE name = $1 AND state < 'completed'`, QUEUE)).toEqual(
      [],
    );
  }

  test('is joined once, after its last part, and counts once', async () => {
    const { ledger } = parts;
    const id = await shared('once', [1, 1, 1, 1, 1, 1, 1, 1]);
    expect(await listJobs(ledger.database, 'once', { limit: 10 })).toMatchObject([{ id, state: 'running' }]);
    expect(await usedUp(ledger.database, 'once', { jobs: 2 })).toBeUndefined();
    const held = await takeParts(8);
    for (const each of held) {
      expect(each).toMatchObject({
        kind: 'video-part',
        owner: 'once',
        parent: id,
        options: { format: 'mp4' },
      });
      expect(each.part!.plan).toEqual({ first: each.part!.number });
      expect(resultPrefix(each).startsWith(jobPrefix(id))).toBe(true);
      expect(await readJob(ledger.database, each.id, 'once')).toBeUndefined();
    }
    const [first, second, ...others] = held as [HeldJob, HeldJob, ...HeldJob[]];
    const { id: own, attemptId } = second;
    await beat(ledger, [{ id: own, attemptId, parent: id, progress: { share: 0.5 } }]);
    expect((await job(id)).progress).toMatchObject({ share: 1 / 16 });
    expect(await endAttempt(ledger, first, done)).toBe('done');
    expect((await job(id)).progress).toMatchObject({ share: 3 / 16 });
    expect(await take()).toBeUndefined();
    // In the same moment.
    const states = await Promise.all([second, ...others].map((each) => endAttempt(ledger, each, done)));
    expect(states).toEqual(Array(7).fill('done'));
    const whole = (await take())!;
    expect(whole).toMatchObject({ id, parts: 8, attempts: 1, kind: 'video' });
    expect(await take()).toBeUndefined();
    expect(await endAttempt(ledger, second, done)).toBe('lost');
    expect(await endAttempt(ledger, whole, { ...done, pixels: 77 } as Outcome)).toBe('done');
    expect(await job(id)).toMatchObject({ state: 'done', pixels: 77, progress: { share: 1 } });
    expect(await usedToday(ledger.database, 'once')).toEqual({
      bytes: 0,
      pixels: 77,
      seconds: 3 + 8 * 2 + 2,
    });
    await expectForgotten(id);
  });

  test('fails with the reason of a part that is given up, when the others have ended', async () => {
    const { ledger } = parts;
    const id = await shared('given-up', [1, 1, 1, 1]);
    const [lost, slow] = [(await take())!, (await take())!];
    const again: Outcome = { type: 'again', why: 'no memory' };
    expect(await endAttempt(ledger, lost, again)).toBe('queued');
    // The last time that it may fail.
    await query('UPDATE pgboss.job SET retry_count = retry_limit WHERE id = $1', lost.id);
    let part = (await take())!;
    while (part.id !== lost.id) {
      await endAttempt(ledger, part, done);
      part = (await take())!;
    }
    expect(await endAttempt(ledger, part, again)).toBe('failed');
    expect((await job(id)).state).toBe('running');
    expect(await take()).toBeUndefined();
    const told = await beat(ledger, [{ id: slow.id, attemptId: slow.attemptId, parent: id, progress: null }]);
    expect(told.get(slow.attemptId)).toEqual({ cancel: true });
    expect(await endAttempt(ledger, slow, { type: 'cancelled', seconds: 5 })).toBe('cancelled');
    const number = lost.part!.number + 1;
    expect(await job(id)).toMatchObject({
      ...{ state: 'failed', pixels: null },
      error: { code: 'given-up', message: `part ${number} of 4: no memory` },
    });
    expect(await query(`SELECT output FROM pgboss.job WHERE name = 'dead-letters'`)).toEqual([
      { output: { why: 'no memory' } },
    ]);
    await expectForgotten(id);
  });

  test('is refused with a part that is', async () => {
    const id = await shared('refused');
    const part = (await take())!;
    const error = { code: 'refused', message: 'no' } as const;
    expect(await endAttempt(parts.ledger, part, { type: 'failed', error, seconds: 1 })).toBe('failed');
    expect(await job(id)).toMatchObject({ state: 'failed', error: { code: 'refused', message: /: no$/ } });
    await expectForgotten(id);
  });

  test('loses the part of a lost worker alone', async () => {
    const { ledger } = parts;
    const id = await shared('lost');
    const held = await takeParts();
    await query(`UPDATE fns.job SET heartbeat = now() - interval '1 hour' WHERE id = $1`, held[1]!.id);
    expect(await freeLostJobs(ledger, 30)).toBe(1);
    const again = (await take())!;
    expect(again).toMatchObject({ id: held[1]!.id, attempts: 2 });
    expect(await endAttempt(ledger, held[1]!, done)).toBe('lost');
    for (const each of [held[0]!, again, held[2]!]) expect(await endAttempt(ledger, each, done)).toBe('done');
    // And its join, given up.
    await query('UPDATE pgboss.job SET retry_count = retry_limit WHERE id = $1', id);
    const whole = (await take())!;
    expect(await endAttempt(ledger, whole, { type: 'again', why: 'no disk' })).toBe('failed');
    expect(await job(id)).toMatchObject({ state: 'failed', error: { code: 'given-up', message: 'no disk' } });
    await expectForgotten(id);
  });

  const cancel = async (id: string, owner: string) => {
    await cancelJob(parts.ledger, id, owner);
    return (await job(id)).state;
  };

  test.each<[string, (id: string, owner: string) => Promise<Job['state']>]>([
    ['while nobody draws', cancel],
    [
      'while two draw',
      async (id, owner) => {
        const [first, second] = [(await take())!, (await take())!];
        expect(await cancel(id, owner)).toBe('running');
        expect(await endAttempt(parts.ledger, first, { type: 'cancelled', seconds: 1 })).toBe('cancelled');
        expect((await job(id)).state).toBe('running');
        // Too late to be told.
        expect(await endAttempt(parts.ledger, second, done)).toBe('done');
        return (await job(id)).state;
      },
    ],
    [
      'while the last is drawn',
      async (id, owner) => {
        const [last, ...others] = await takeParts();
        for (const each of others) await endAttempt(parts.ledger, each, done);
        expect(await cancel(id, owner)).toBe('running');
        expect(await endAttempt(parts.ledger, last!, done)).toBe('done');
        return (await job(id)).state;
      },
    ],
    [
      'before it is joined',
      async (id, owner) => {
        for (const each of await takeParts()) await endAttempt(parts.ledger, each, done);
        return cancel(id, owner);
      },
    ],
    [
      'while it is joined',
      async (id, owner) => {
        for (const each of await takeParts()) await endAttempt(parts.ledger, each, done);
        const whole = (await take())!;
        expect(await cancel(id, owner)).toBe('running');
        return (await endAttempt(parts.ledger, whole, { type: 'again', why: 'x' })) as Job['state'];
      },
    ],
  ])('is cancelled %s', async (name, end) => {
    const owner = name.replaceAll(' ', '-');
    const id = await shared(owner);
    expect(await end(id, owner)).toBe('cancelled');
    expect(await job(id)).toMatchObject({ state: 'cancelled', error: null });
    await expectForgotten(id);
    expect(await take()).toBeUndefined();
  });

  test('is removed with its parts, and forgotten with them', async () => {
    const { ledger } = parts;
    const id = await shared('removed');
    const part = (await take())!;
    expect(await deleteJob(ledger, part.id, 'removed')).toBe(false);
    expect(await cancelJob(ledger, part.id, 'removed')).toBeUndefined();
    expect(await deleteJob(ledger, id, 'removed')).toBe(true);
    expect(await endAttempt(ledger, part, done)).toBe('lost');
    await expectForgotten(id, jobPrefix(id));

    const old = await shared('old');
    const [first, ...others] = await takeParts();
    await endAttempt(ledger, first!, done);
    await query(`UPDATE fns.job SET finished = now() - interval '9 hours' WHERE id = $1`, first!.id);
    await forgetOld(ledger.database, 1);
    for (const each of others) expect(await endAttempt(ledger, each, done)).toBe('done');
    expect(await endAttempt(ledger, (await take())!, done)).toBe('done');
    await query(`UPDATE fns.job SET finished = now() - interval '9 hours' WHERE id = $1`, old);
    await forgetOld(ledger.database, 1);
    expect(await readJob(ledger.database, old)).toBeUndefined();
    await expectForgotten(old, jobPrefix(old));
  });
});
