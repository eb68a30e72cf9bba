/** A video whose parts several workers draw is that of `fns video`; what ends in the middle leaves nothing behind. */
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLog } from '../../src/service/log.js';
import { openParts, type ServiceParts } from '../../src/service/open.js';
import { jobPrefix, partsPrefix } from '../../src/service/records/places.js';
import { createToken } from '../../src/service/records/token.js';
import { emptyTrash } from '../../src/service/records/trash.js';
import { usedToday } from '../../src/service/records/used.js';
import { type Service, serve } from '../../src/service/serve.js';
import type { JobView } from '../../src/service/web/views.js';
import { fns, newFolder } from '../cli/fns.js';
import { ffmpeg, packets, testPicture } from '../video/clips.js';
import { Client } from './client.js';
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres-server.js';
import { Program } from './programs.js';

const hasPostgres = postgresPrograms() !== undefined;
const log = openLog(process.env.FNS_LOG ?? 'silent');
const STYLE = { style: 'wave' };
/** A frame a second: 5 segments of four frames, in 3 parts. */
const FRAMES = 20;
const PARTS = 3;

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await newFolder();
  const clip = testPicture({ rate: '1', seconds: FRAMES, size: '160x120' });
  await ffmpeg(...clip, '-metadata', 'title=Clip', at('clip.mp4'));
  const drawn = await fns(['video', at('clip.mp4'), '-s', 'wave', '-o', at('own.mp4')]);
  expect(drawn.stderr + drawn.code).toMatch(/0$/);
});

/** The file of a job is that of `fns video`, packet by packet. */
async function expectOwn(client: Client, job: JobView): Promise<void> {
  expect(job).toMatchObject({
    state: 'done',
    attempts: 1,
    progress: { share: 1 },
    results: [{ name: 'video.mp4' }],
  });
  const path = at(`${job.id}.mp4`);
  await writeFile(path, await client.result(job));
  for (const stream of ['v:0', 'a:0']) {
    const own = await packets(at('own.mp4'), stream);
    expect(own.length).toBeGreaterThanOrEqual(FRAMES);
    expect(await packets(path, stream)).toEqual(own);
  }
}

test('the embedded service draws it in parts, too', async () => {
  const service = await serve({
    data: at('embedded'),
    port: 0,
    jobs: 1,
    lease: 3,
    log,
    requestsPerMinute: 100_000,
  });
  try {
    const client = new Client(service.url, service.firstToken!);
    const video = await client.upload(at('clip.mp4'));
    const { id } = await client.job('video', { video }, STYLE);
    await expectOwn(client, await client.ended(id));
    expect((await client.call(`/v1/jobs/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(readdirSync(at('embedded', 'files', 'jobs'))).toEqual([]);
  } finally {
    await service.close();
  }
});

describe.skipIf(!hasPostgres)('with two workers', () => {
  let postgres: PostgresServer;
  let parts: ServiceParts;
  let service: Service;
  let client: Client;
  let video: string;
  let workers: Program[];

  beforeAll(async () => {
    postgres = await startPostgres();
    const places = { database: postgres.url, storage: at('files') };
    parts = await openParts(places, log);
    service = await serve({ ...places, port: 0, jobs: 0, lease: 2, log, requestsPerMinute: 100_000 });
    const token = { owner: 'films', name: 'films', scopes: ['video'], quotas: { jobs: 1 } };
    client = new Client(service.url, (await createToken(parts.ledger.database, token)).token);
    video = await client.upload(at('clip.mp4'));
    const args = [
      'worker',
      '--database',
      postgres.url,
      '--storage',
      at('files'),
      '--lease',
      '2',
      '--threads',
      '1',
    ];
    workers = [new Program(args), new Program(args)];
    await Promise.all(workers.map((worker) => worker.start()));
  });

  afterAll(async () => {
    for (const worker of workers ?? []) await worker.end('SIGKILL');
    await service?.close();
    await parts?.close();
    await postgres?.close();
  });

  /** The parts of a job that a worker has ended, by its log. */
  const ended = (worker: Program, id: string) =>
    worker.log
      .split('\n')
      .filter((line) => line.includes('attempt ended') && line.includes(`"parent":"${id}"`))
      .map((line) => JSON.parse(line) as { state: string; part: number; attempt: number });

  /** Waits until a worker draws a part. @returns its id */
  async function drawing(id: string, worker?: Program): Promise<string> {
    for (;;) {
      const rows = await parts.ledger.database.query<{ id: string; worker: string }>(
        `SELECT id, worker FROM fns.job WHERE parent = $1 AND state = 'running'`,
        [id],
      );
      const found = rows.find((row) => !worker || row.worker.includes(`-${worker.pid}-`));
      if (found) return found.id;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Nothing of a job is in the database, the queue and the store but what is expected. */
  async function expectGone(id: string): Promise<void> {
    const { database } = parts.ledger;
    expect(await database.query('SELECT id FROM fns.job WHERE parent = $1', [id])).toEqual([]);
    expect(await database.query(`SELECT id FROM pgboss.job WHERE state < 'completed'`)).toEqual([]);
    while (existsSync(at('files', jobPrefix(id), 'parts'))) {
      await emptyTrash(database, parts.storage);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test('both draw, and the video is that of one', async () => {
    const { id } = await client.job('video', { video }, STYLE);
    const shares: number[] = [];
    const states = new Set<string>();
    let job: JobView;
    do {
      job = (await client.call<JobView>(`/v1/jobs/${id}`)).body;
      shares.push(job.progress?.share ?? 0);
      states.delete(job.state);
      states.add(job.state);
      const { body } = await client.call('/v1/jobs');
      expect(body.jobs).toMatchObject([{ id }]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (job.finished === null);
    await expectOwn(client, job);
    expect([...states].filter((state) => state !== 'queued')).toEqual(['running', 'done']);
    expect([...states].indexOf('queued')).toBeLessThan(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.some((share) => share > 0 && share < 1)).toBe(true);
    const done = workers.map((worker) => ended(worker, id));
    for (const each of done) expect(each.length).toBeGreaterThan(0);
    expect(
      done
        .flat()
        .map(({ part }) => part)
        .sort(),
    ).toEqual(Array.from({ length: PARTS }, (_, i) => i));
    expect(await usedToday(parts.ledger.database, 'films')).toMatchObject({ pixels: 160 * 120 * FRAMES });
    await expectGone(id);
  });

  test('one of which is killed, the other draws its part anew', async () => {
    const [victim, other] = workers as [Program, Program];
    const { id } = await client.job('video', { video }, STYLE);
    await drawing(id, victim);
    await victim.restart();
    await expectOwn(client, await client.ended(id));
    const again = [...ended(victim, id), ...ended(other, id)].filter(({ attempt }) => attempt > 1);
    expect(again).toMatchObject([{ state: 'done', attempt: 2 }]);
    await expectGone(id);
  });

  test('all parts end when it is cancelled', async () => {
    const { id } = await client.job('video', { video }, STYLE);
    const part = await drawing(id);
    // A part is nobody's.
    for (const path of [`/v1/jobs/${part}`, `/v1/jobs/${part}/events`])
      expect((await client.call(path)).status).toBe(404);
    expect((await client.json('POST', `/v1/jobs/${part}/cancel`)).status).toBe(404);
    expect((await client.call(`/v1/jobs/${part}`, { method: 'DELETE' })).status).toBe(404);
    expect((await client.json('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202);
    expect(await client.ended(id)).toMatchObject({ state: 'cancelled', attempts: 1, results: [] });
    await expectGone(id);
  });

  test('nothing is left of one that is removed', async () => {
    const { id } = await client.job('video', { video }, STYLE);
    await drawing(id);
    expect((await client.call(`/v1/jobs/${id}`, { method: 'DELETE' })).status).toBe(204);
    // The next is drawn when they have let go of it.
    await client.ended((await client.job('video', { video }, { ...STYLE, end: 2 })).id);
    await expectGone(id);
    expect(existsSync(at('files', jobPrefix(id)))).toBe(false);
    expect(existsSync(at('files', partsPrefix(id)))).toBe(false);
  });
});
