/** The parts that web and worker processes share: the database with its queue, and the store. */
import { join } from 'node:path';
import { badOption } from '../core/errors.js';
import { openEmbedded } from './database/embedded.js';
import { openPostgres } from './database/postgres.js';
import { prepareSchema } from './database/schema.js';
import type { Log } from './log.js';
import { openQueue } from './queue.js';
import type { Ledger } from './records/attempt.js';
import { openFolder } from './storage/folder.js';
import { openS3, parseBucket } from './storage/s3.js';
import type { Storage } from './storage/storage.js';

/** Where a service keeps what it knows. */
export interface Places {
  /** The folder of the embedded database and of the files; needed where one of the two is not elsewhere. */
  data?: string;
  /** `postgres://...`; embedded by default. `memory` keeps nothing. */
  database?: string;
  /** `s3://...`, or a folder; that of `data` by default. */
  storage?: string;
}

/** The parts. */
export interface ServiceParts {
  ledger: Ledger;
  storage: Storage;
  close(): Promise<void>;
}

/**
 * Opens the parts.
 *
 * @param supervise whether this process also puts finished entries of the queue away
 * @throws FnsError when one cannot be reached, or makes no sense.
 */
export async function openParts(
  { data, database: url, storage: place }: Places,
  log: Log,
  { supervise = true } = {},
): Promise<ServiceParts> {
  const onError = (error: Error) => log.warn({ error: error.message }, 'the database was lost for a while');
  // Before a folder is made.
  requireDatabase(url);
  const storage = await openStorage(place, data);
  const database = await openDatabase(url, data, onError);
  try {
    await prepareSchema(database);
    const queue = await openQueue(database, { supervise, onError });
    return {
      ledger: { database, queue },
      storage,
      async close() {
        await queue.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function requireDatabase(url: string | undefined): void {
  if (url === undefined || url === 'memory' || /^postgres(ql)?:\/\//.test(url)) return;
  throw badOption('database', 'an address postgres://... is needed');
}

async function openDatabase(
  url: string | undefined,
  data: string | undefined,
  onError: (error: Error) => void,
) {
  if (url === undefined || url === 'memory') return openEmbedded(url === undefined ? data : undefined);
  return openPostgres(url, onError);
}

async function openStorage(place: string | undefined, data: string | undefined): Promise<Storage> {
  if (place?.startsWith('s3://')) return openS3(parseBucket(place));
  if (place !== undefined && /^s3:/i.test(place))
    throw badOption('storage', `s3:// is needed, got '${place}'`);
  const folder = place ?? (data === undefined ? undefined : join(data, 'files'));
  if (folder === undefined) throw badOption('storage', 'a folder or an address s3://... is needed');
  return openFolder(folder);
}
