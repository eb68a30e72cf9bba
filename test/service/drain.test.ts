/** A worker that is drained begins nothing any more: neither a job whose files come, nor one that it takes just then. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/service/database/database.js';
import { DEFAULT_LIMITS } from '../../src/service/limits.js';
import { openLog } from '../../src/service/log.js';
import { openParts } from '../../src/service/open.js';
import { sendJob } from '../../src/service/records/attempt.js';
import { addFile } from '../../src/service/records/file.js';
import type { Storage } from '../../src/service/storage/storage.js';
import { startWorker } from '../../src/service/worker/worker.js';
import { newFolder } from '../cli/fns.js';

const log = openLog(process.env.FNS_LOG ?? 'silent');
const OPTIONS = { devices: ['cpu' as const], slots: 1, threads: 1, heartbeat: 0.1, lease: 60 };

let parts: Awaited<ReturnType<typeof openParts>>;
let input: string;

beforeAll(async () => {
  const folder = await newFolder();
  parts = await openParts({ database: 'memory', storage: join(folder, 'files') }, log);
  const photo = join(folder, 'photo.png');
  await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } }).toFile(photo);
  await parts.storage.putFile('uploads/photo.png', photo);
  input = randomUUID();
  const about = { owner: 'me', job: null, name: 'photo.png', key: 'uploads/photo.png' };
  await addFile(parts.ledger.database, { ...about, id: input, bytes: 1, sha256: '' });
});

afterAll(() => parts.close());

/** Sends a training, which a worker that is drained asks for a checkpoint. Its photos are none: it fails where it runs. */
function sendTraining(): Promise<string> {
  const { database, queue } = parts.ledger;
  const job = {
    ...{ owner: 'me', kind: 'train', queue: 'long-cpu', priority: 0, limits: DEFAULT_LIMITS },
    ...{ inputs: { painting: input, photos: input }, options: { steps: 1, checkpointEvery: 1 } },
  };
  return database.transaction((tx) => sendJob(tx, queue, job));
}

/** A place that what comes by waits at until it is opened. */
function newGate() {
  let open!: () => void;
  let arrive!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const pass = async () => {
    arrive();
    await opened;
  };
  return { open, arrived, pass };
}

async function endOf(job: string): Promise<unknown> {
  const text = 'SELECT state, error FROM fns.job WHERE id = $1';
  const [row] = await parts.ledger.database.query(text, [job]);
  await parts.ledger.database.query('DELETE FROM fns.job WHERE id = $1', [job]);
  return row;
}

test('a job whose files are still fetched goes back', async () => {
  const gate = newGate();
  const storage: Storage = {
    ...parts.storage,
    async getFile(key, path) {
      await gate.pass();
      return parts.storage.getFile(key, path);
    },
  };
  const job = await sendTraining();
  const worker = await startWorker(parts.ledger, storage, OPTIONS, log);
  await gate.arrived;
  const drained = worker.drain(0);
  await new Promise((resolve) => setTimeout(resolve, 200));
  gate.open();
  await drained;
  expect(await endOf(job)).toEqual({ state: 'queued', error: null });
});

test('a job that is taken just then goes back', async () => {
  const gate = newGate();
  const database: Database = {
    ...parts.ledger.database,
    async transaction(work) {
      const result = await parts.ledger.database.transaction(work);
      await gate.pass();
      return result;
    },
  };
  const job = await sendTraining();
  const worker = await startWorker({ ...parts.ledger, database }, parts.storage, OPTIONS, log);
  await gate.arrived;
  const drained = worker.drain(0);
  await new Promise((resolve) => setTimeout(resolve, 200));
  gate.open();
  await drained;
  expect(await endOf(job)).toEqual({ state: 'queued', error: null });
});
