/** Heartbeats whose answers come late: they speak of the attempts that they were sent for. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Database, Row } from '../../src/service/database/database.js';
import { DEFAULT_LIMITS } from '../../src/service/limits.js';
import { openLog } from '../../src/service/log.js';
import { openParts } from '../../src/service/open.js';
import { type Ledger, sendJob } from '../../src/service/records/attempt.js';
import { addFile } from '../../src/service/records/file.js';
import { startWorker } from '../../src/service/worker/worker.js';
import { newFolder } from '../cli/fns.js';

const log = openLog(process.env.FNS_LOG ?? 'silent');

/** A database whose answers to heartbeats come when the promise given for each has been kept. */
function slowToBeat(database: Database, until: () => Promise<void>): Database {
  return {
    ...database,
    async query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<R[]> {
      const rows = await database.query<R>(text, values);
      if (text.includes('UPDATE fns.job j SET heartbeat')) await until();
      return rows;
    },
  };
}

test('an answer that comes when the next attempt runs does not end that one', async () => {
  const folder = await newFolder();
  const parts = await openParts({ database: 'memory', storage: join(folder, 'files') }, log);
  const { database, queue } = parts.ledger;
  const photo = join(folder, 'photo.png');
  await sharp({ create: { width: 300, height: 200, channels: 3, background: 'teal' } }).toFile(photo);
  await parts.storage.putFile('uploads/photo.png', photo);
  const input = randomUUID();
  const about = { owner: 'me', job: null, name: 'photo.png', key: 'uploads/photo.png' };
  await addFile(database, { ...about, id: input, bytes: 1, sha256: '' });
  const job = {
    ...{ owner: 'me', kind: 'picture', queue: 'quick-cpu', priority: 0, limits: DEFAULT_LIMITS },
    ...{ inputs: { photo: input }, options: { style: 'wave', format: 'png' } },
  };
  const ids: string[] = [];
  for (let i = 0; i < 6; i++) ids.push(await database.transaction((tx) => sendJob(tx, queue, job)));

  let ended = 0;
  const ends: string[] = [];
  const slow: Ledger = {
    queue,
    database: slowToBeat(database, async () => {
      const before = ended;
      while (ended === before && ended < ids.length) await new Promise((resolve) => setTimeout(resolve, 1));
      // The next has been taken.
      await new Promise((resolve) => setTimeout(resolve, 40));
    }),
  };
  const options = { devices: ['cpu' as const], slots: 1, threads: 1, heartbeat: 0.02, lease: 60 };
  const worker = await startWorker(
    slow,
    parts.storage,
    {
      ...options,
      onEnd(_, state) {
        ends.push(state);
        ended++;
      },
    },
    log,
  );
  try {
    while (ended < ids.length) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(ends).toEqual(ids.map(() => 'done'));
  } finally {
    await worker.drain(0);
    await parts.close();
  }
});
