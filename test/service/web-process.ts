/** A web process without a worker, whose database and store a test may slow down or break. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Database } from '../../src/service/database/database.js';
import { DEFAULT_LIMITS } from '../../src/service/limits.js';
import { openLog } from '../../src/service/log.js';
import { newMetrics } from '../../src/service/metrics.js';
import { openParts, type ServiceParts } from '../../src/service/open.js';
import { createToken, type NewToken } from '../../src/service/records/token.js';
import type { Storage } from '../../src/service/storage/storage.js';
import { buildApp } from '../../src/service/web/app.js';
import { jobChanges } from '../../src/service/web/job-changes.js';
import { newLinks } from '../../src/service/web/links.js';
import { newFolder } from '../cli/fns.js';
import { Client } from './client.js';

/** What stands between the process and its parts. */
export interface Between {
  /** `postgres://...`; embedded by default. */
  url?: string;
  database?(database: Database): Database;
  storage?(storage: Storage): Storage;
}

/** A process that answers. */
export interface WebProcess {
  /** As they are. */
  parts: ServiceParts;
  /** A client of an owner. */
  client(owner: string, more?: Partial<NewToken>): Promise<Client>;
  close(): Promise<void>;
}

/** Starts a process. */
export async function startWeb({ url = 'memory', ...between }: Between = {}): Promise<WebProcess> {
  const log = openLog('silent');
  const folder = await newFolder();
  const parts = await openParts({ database: url, storage: join(folder, 'files') }, log);
  const database = between.database?.(parts.ledger.database) ?? parts.ledger.database;
  const app = await buildApp(
    {
      ledger: { ...parts.ledger, database },
      storage: between.storage?.(parts.storage) ?? parts.storage,
      ...{ log, folder, limits: DEFAULT_LIMITS, version: '0', urls: { hosts: [] } },
      links: newLinks({ secret: 'secret', seconds: 60 }),
      changes: await jobChanges(database),
      metrics: newMetrics(),
      isReady: () => true,
    },
    { requestsPerMinute: 10_000, trustProxy: false, uploads: join(folder, 'uploads') },
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return {
    parts,
    async client(owner, more) {
      const token = { owner, name: owner, scopes: ['picture'], ...more };
      return new Client(`http://127.0.0.1:${port}`, (await createToken(parts.ledger.database, token)).token);
    },
    async close() {
      await app.close();
      await parts.close();
    },
  };
}
