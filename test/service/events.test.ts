/** The stream of a job's events while the database fails. */
import { expect, test } from 'vitest';
import type { Database, Row } from '../../src/service/database/database.js';
import { DEFAULT_LIMITS } from '../../src/service/limits.js';
import { endAttempt, sendJob, takeJob } from '../../src/service/records/attempt.js';
import { startWeb } from './web-process.js';

/** A database that cannot read results the first time. */
function failing(database: Database): Database {
  let fails = true;
  return {
    ...database,
    async query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<R[]> {
      if (fails && text.includes('FROM fns.file WHERE job')) {
        fails = false;
        throw new Error('the database is away');
      }
      return database.query<R>(text, values);
    },
  };
}

test('it tells the end of the job, even if its results could not be read at first', async () => {
  const web = await startWeb({ database: failing });
  const { ledger } = web.parts;
  const client = await web.client('me');
  const about = { owner: 'me', kind: 'picture', queue: 'quick-cpu', priority: 0 };
  const job = { ...about, inputs: {}, options: {}, limits: DEFAULT_LIMITS };
  const id = await ledger.database.transaction((tx) => sendJob(tx, ledger.queue, job));
  const held = await takeJob(ledger, 'worker', ['quick-cpu']);
  await endAttempt(ledger, held!, { type: 'done', files: [], pixels: 1, seconds: 1 });
  const { body } = await client.call(`/v1/jobs/${id}/events`);
  expect(body.text).toContain('"state":"done"');
  await web.close();
});
