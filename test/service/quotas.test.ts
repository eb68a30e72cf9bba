/** The quota of jobs, when requests come at once or are sent again. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addFile } from '../../src/service/records/file.js';
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres-server.js';
import { startWeb, type WebProcess } from './web-process.js';

const hasPostgres = postgresPrograms() !== undefined;

describe.each(hasPostgres ? ['embedded', 'PostgreSQL'] : ['embedded'])('%s: the quota of jobs', (name) => {
  let postgres: PostgresServer | undefined;
  let web: WebProcess;

  beforeAll(async () => {
    if (name === 'PostgreSQL') postgres = await startPostgres();
    web = await startWeb({ url: postgres?.url });
  });

  afterAll(async () => {
    await web?.close();
    await postgres?.close();
  });

  /** A client of an owner with a photo, who may have so many jobs. */
  async function newOwner(owner: string, jobs: number) {
    const id = randomUUID();
    const file = { id, owner, job: null, name: 'photo.png', key: `files/${id}`, bytes: 1, sha256: '' };
    await addFile(web.parts.ledger.database, file);
    return { client: await web.client(owner, { quotas: { jobs } }), inputs: { photo: id } };
  }

  const body = (inputs: object) => ({ kind: 'picture', inputs, options: { style: 'wave' } });

  test('holds for requests that come at once', async () => {
    const { client, inputs } = await newOwner('at-once', 2);
    const asked = Array.from({ length: 8 }, () => client.json('POST', '/v1/jobs', body(inputs)));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 201, 429, 429, 429, 429, 429, 429]);
  });

  test('does not hold for a request that is sent again', async () => {
    const { client, inputs } = await newOwner('again', 1);
    const headers = { 'idempotency-key': 'mine' };
    const asked = Array.from({ length: 4 }, () => client.json('POST', '/v1/jobs', body(inputs), headers));
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const form = new FormData();
    form.set('photo', new Blob(['a photo']), 'photo.jpg');
    form.set('style', 'wave');
    const sent = await client.call('/v1/jobs/picture', { method: 'POST', headers, body: form });
    expect([sent.status, sent.body.id]).toEqual([201, answers[0]!.body.id]);
    expect((await client.json('POST', '/v1/jobs', body(inputs))).status).toBe(429);
    expect((await client.call('/v1/usage')).body.used).toMatchObject({ bytes: 0 });
  });
});
