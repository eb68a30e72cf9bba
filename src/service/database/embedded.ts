/** PostgreSQL inside this program: nothing to install or to run. */
import { join } from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { failure } from '../../core/errors.js';
import { takeLock } from '../../node/lock.js';
import { makeFolder } from '../../node/media/files.js';
import type { Database, Queries, Row } from './database.js';

/** The folder of the database within the service's. */
const FOLDER = 'database';

/**
 * Opens the database in a folder, or a new one in memory.
 *
 * @param data the service's folder; none for memory
 * @throws FnsError when another program has it, or it is damaged.
 */
export async function openEmbedded(data: string | undefined): Promise<Database> {
  if (data === undefined) return database(await PGlite.create(), async () => {});
  await makeFolder(data);
  const lock = await takeLock(join(data, 'lock'), `the service’s folder ${data}`);
  try {
    const pglite = await PGlite.create(join(data, FOLDER));
    return database(pglite, () => lock.release());
  } catch (error) {
    await lock.release();
    throw failure(`cannot open the database in ${data}: ${(error as Error).message}`, error);
  }
}

function database(pglite: PGlite, release: () => Promise<void>): Database {
  return {
    isEmbedded: true,
    ...queries(pglite),
    transaction: (work) => pglite.transaction((tx) => work(queries(tx))),
    async listen(channel, onMessage) {
      await pglite.listen(channel, onMessage);
    },
    async close() {
      await pglite.close();
      await release();
    },
  };
}

function queries(on: PGlite | Transaction): Queries {
  return {
    async query<R extends object = Row>(text: string, values: readonly unknown[] = []): Promise<R[]> {
      return (await on.query<R>(text, [...values])).rows;
    },
    async script(text) {
      const results = await on.exec(text);
      return (results.at(-1)?.rows ?? []) as Row[];
    },
  };
}
