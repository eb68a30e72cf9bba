/** How jobs run and end: cancelled, too long, too large, killed, given up, drained, forgotten. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/service/limits.js';
import { openLog } from '../../src/service/log.js';
import { openParts, type ServiceParts } from '../../src/service/open.js';
import {
  endAttempt,
  freeLostJobs,
  type Outcome,
  sendJob,
  takeJob,
} from '../../src/service/records/attempt.js';
import { readJob } from '../../src/service/records/job.js';
import { jobPrefix } from '../../src/service/records/places.js';
import { forgetOld } from '../../src/service/records/retention.js';
import { createToken } from '../../src/service/records/token.js';
import { emptyTrash } from '../../src/service/records/trash.js';
import { type Service, serve } from '../../src/service/serve.js';
import { newFolder } from '../cli/fns.js';
import { Client } from './client.js';
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres-server.js';

const hasPostgres = postgresPrograms() !== undefined;
const log = openLog(process.env.FNS_LOG ?? 'silent');

let folder: string;
let postgres: PostgresServer;
let parts: ServiceParts;
let service: Service;
let client: Client;
let small: string;
let large: string;
const others: Service[] = [];

const at = (...names: string[]) => join(folder, ...names);

async function newToken(owner: string, more: object = {}): Promise<string> {
  const token = { owner, name: owner, scopes: ['picture', 'metrics', 'admin'], ...more };
  return (await createToken(parts.ledger.database, token)).token;
}

/** A web process of the same database whose jobs have other limits. */
async function withLimits(limits: object): Promise<Client> {
  const places = { database: postgres.url, storage: at('files') };
  const other = await serve({ ...places, port: 0, jobs: 0, log, limits });
  others.push(other);
  return new Client(other.url, client.token);
}

/** Waits until a job runs. */
async function running(id: string): Promise<void> {
  while ((await client.call(`/v1/jobs/${id}`)).body.state !== 'running') {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The processes of jobs, which this one has started. */
function children(): number[] {
  const text = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return text
    .split('\n')
    .filter((line) => line.includes('service/child/main.js'))
    .map((line) => Number(line.trim().split(' ')[0]));
}

describe.skipIf(!hasPostgres)('a job', () => {
  beforeAll(async () => {
    folder = await newFolder();
    postgres = await startPostgres();
    const places = { database: postgres.url, storage: at('files') };
    parts = await openParts(places, log);
    service = await serve({ ...places, port: 0, jobs: 1, lease: 3, log, requestsPerMinute: 100_000 });
    client = new Client(service.url, await newToken('tests'));
    const noise = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 7919) % 256);
    const photo = sharp(noise, { raw: { width: 40, height: 30, channels: 3 } });
    await photo.clone().resize(80).toFile(at('small.png'));
    await photo.clone().resize(3000).toFile(at('large.jpg'));
    small = await client.upload(at('small.png'));
    large = await client.upload(at('large.jpg'));
    // Its process and its style are there before anything is timed.
    await client.ended((await client.job('picture', { photo: small }, { style: 'wave' })).id);
  });

  afterAll(async () => {
    for (const each of [service, ...others]) await each?.close();
    await parts?.close();
    await postgres?.close();
  });

  test('that runs is cancelled', async () => {
    const { id } = await client.job('picture', { photo: large }, { style: 'wave' });
    await running(id);
    const began = Date.now();
    expect((await client.json('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202);
    expect(await client.ended(id)).toMatchObject({ state: 'cancelled', results: [], attempts: 1 });
    expect(Date.now() - began).toBeLessThan(5000);
  });

  test('that runs is removed', async () => {
    const { id } = await client.job('picture', { photo: large }, { style: 'wave' });
    await running(id);
    expect((await client.call(`/v1/jobs/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await client.call(`/v1/jobs/${id}`)).status).toBe(404);
    await client.ended((await client.job('picture', { photo: small }, { style: 'wave' })).id);
    expect(existsSync(at('files', jobPrefix(id)))).toBe(false);
  });

  test.each([
    ['more time', { quickSeconds: 1 }, 'too-long'],
    ['more memory', { memoryBytes: 60e6 }, 'too-large'],
    ['more pixels', { pixels: 1e6 }, 'refused'],
  ])('that takes %s than it may ends', async (_, limits, code) => {
    const other = await withLimits(limits);
    const { id } = await other.job('picture', { photo: large }, { style: 'wave' });
    expect(await client.ended(id)).toMatchObject({ state: 'failed', error: { code }, attempts: 1 });
  });

  test('whose process is killed is tried again', async () => {
    const { id } = await client.job('picture', { photo: large }, { style: 'wave', maxSide: 1800 });
    await running(id);
    // One that still waits for the files of the job is not its process yet.
    while ((await client.call(`/v1/jobs/${id}`)).body.state === 'running') {
      for (const pid of children()) process.kill(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await client.ended(id)).toMatchObject({ state: 'done', attempts: 2 });
  });

  test('that fails again and again is given up, with the reason', async () => {
    const { ledger } = parts;
    const { database, queue } = ledger;
    const id = await database.transaction((tx) =>
      sendJob(tx, queue, {
        ...{ owner: 'tests', kind: 'picture', queue: 'long-cuda', priority: 0 },
        ...{ inputs: {}, options: {}, limits: DEFAULT_LIMITS },
      }),
    );
    const states: string[] = [];
    for (let i = 0; i < 9; i++) {
      await database.query(
        'UPDATE pgboss.job SET start_after = now() - interval $$1 second$$ WHERE id = $1',
        [id],
      );
      const job = await takeJob(ledger, 'me', ['long-cuda']);
      states.push(await endAttempt(ledger, job!, { type: 'again', why: 'no memory' }));
    }
    expect(states).toEqual([...Array(8).fill('queued'), 'failed']);
    expect(await readJob(database, id)).toMatchObject({
      ...{ state: 'failed', attempts: 9, error: { code: 'given-up', message: 'no memory' } },
    });
    const dead = await database.query(`SELECT data, output FROM pgboss.job WHERE name = 'dead-letters'`);
    expect(dead).toEqual([{ data: { job: id }, output: { why: 'no memory' } }]);
  });

  test('whose worker is silent is free again, and the first attempt can end it no more', async () => {
    const { ledger } = parts;
    const { database, queue } = ledger;
    const id = await database.transaction((tx) =>
      sendJob(tx, queue, {
        ...{ owner: 'tests', kind: 'picture', queue: 'long-webgpu', priority: 0 },
        ...{ inputs: {}, options: {}, limits: DEFAULT_LIMITS },
      }),
    );
    const first = (await takeJob(ledger, 'me', ['long-webgpu']))!;
    expect(await takeJob(ledger, 'another', ['long-webgpu'])).toBeUndefined();
    await database.query(`UPDATE fns.job SET heartbeat = now() - interval '1 hour' WHERE id = $1`, [id]);
    await freeLostJobs(ledger, 3);
    await database.query('UPDATE pgboss.job SET start_after = now() - interval $$1 second$$ WHERE id = $1', [
      id,
    ]);
    const second = (await takeJob(ledger, 'another', ['long-webgpu']))!;
    const done: Outcome = { type: 'done', files: [], pixels: 1, seconds: 1 };
    expect(await endAttempt(ledger, first, done)).toBe('lost');
    expect(await endAttempt(ledger, second, done)).toBe('done');
    expect(await endAttempt(ledger, second, done)).toBe('lost');
    expect(await readJob(database, id)).toMatchObject({ state: 'done', attempts: 2 });
  });

  test('waits when its owner has as many as may be', async () => {
    const token = await newToken('few', { quotas: { jobs: 1 } });
    const few = new Client(service.url, token);
    const photo = await few.upload(at('large.jpg'));
    const { id } = await few.job('picture', { photo }, { style: 'wave', maxSide: 600 });
    await expect(few.job('picture', { photo }, { style: 'wave' })).rejects.toThrow(
      /429.*jobs that wait or run/,
    );
    await few.ended(id);
  });

  test('is forgotten after a time, with its files', async () => {
    const { ledger, storage } = parts;
    const token = await newToken('old');
    const old = new Client(service.url, token);
    const photo = await old.upload(at('small.png'));
    const job = await old.ended((await old.job('picture', { photo }, { style: 'wave' })).id);
    await forgetOld(ledger.database, 1);
    expect((await old.call(`/v1/jobs/${job.id}`)).status).toBe(200);
    await ledger.database.query(
      `UPDATE fns.job SET finished = finished - interval '2 hours' WHERE owner = 'old'`,
    );
    await ledger.database.query(
      `UPDATE fns.file SET created = created - interval '2 hours' WHERE owner = 'old'`,
    );
    await forgetOld(ledger.database, 1);
    await emptyTrash(ledger.database, storage);
    expect((await old.call(`/v1/jobs/${job.id}`)).status).toBe(404);
    expect((await old.call(`/v1/files/${photo}`)).status).toBe(404);
    expect(existsSync(at('files', 'files', photo))).toBe(false);
    expect(existsSync(at('files', jobPrefix(job.id)))).toBe(false);
  });

  test('is counted', async () => {
    const { body } = await client.call('/metrics');
    expect(body.text).toMatch(/fns_attempt_seconds_count\{kind="picture",state="done"\} \d/);
    expect(body.text).toMatch(/fns_attempts_failed_total\{kind="picture",state="cancelled"\} 1/);
    expect(body.text).toMatch(/fns_worker_places\{devices="cpu",state="all"\} 1/);
    expect(body.text).toMatch(/fns_request_seconds_count\{route="\/v1\/jobs",status="201"\} \d/);
    const { workers } = (await client.call('/v1/workers')).body;
    expect(workers).toMatchObject([{ devices: ['cpu'], slots: 1, draining: false }]);
  });

  test('that runs when its worker is told to end goes to another', async () => {
    const { id } = await client.job('picture', { photo: large }, { style: 'wave', maxSide: 1500 });
    await running(id);
    await service.close(0);
    expect(await readJob(parts.ledger.database, id)).toMatchObject({ state: 'queued', attempts: 1 });
    const places = { database: postgres.url, storage: at('files') };
    service = await serve({ ...places, port: 0, jobs: 1, lease: 3, log });
    client = new Client(service.url, client.token);
    expect(await client.ended(id)).toMatchObject({ state: 'done', attempts: 2 });
  });
});
