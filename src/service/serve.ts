/** The service: its web process, and a worker in it unless others do the work. */
import { rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { badOption } from '../core/errors.js';
import { listenFailure, requirePort } from '../node/port.js';
import { newProcessFolder } from '../node/process-folder.js';
import type { Device } from '../runtime/session.js';
import { SCOPES } from './job-kinds.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { type Log, openLog } from './log.js';
import { newMetrics } from './metrics.js';
import { openParts, type Places, type ServiceParts } from './open.js';
import { freeLostJobs } from './records/attempt.js';
import { forgetOld } from './records/retention.js';
import { createToken, listTokens } from './records/token.js';
import { emptyTrash } from './records/trash.js';
import { type Repeated, repeat } from './repeat.js';
import { type App, buildApp } from './web/app.js';
import { jobChanges } from './web/job-changes.js';
import { linkSecret, newLinks } from './web/links.js';
import { startWorker, type Worker } from './worker/worker.js';

/** How a service is offered. */
export interface ServeOptions extends Places {
  host?: string;
  /** 8330 by default; 0 is any that is free. */
  port?: number;
  /** The address that others know the service by, for links; by default links have none. */
  publicUrl?: string;
  /** Believes the proxy before it about who asks. */
  trustProxy?: boolean;
  requestsPerMinute?: number;
  /** Seconds that links hold. */
  linkSeconds?: number;
  limits?: Partial<Limits>;
  /** Jobs at a time in this process; 0 leaves them to workers. */
  jobs?: number;
  devices?: readonly Exclude<Device, 'auto'>[];
  threads?: number;
  /** Seconds until a silent attempt is taken for lost. */
  lease?: number;
  /** Hosts that files are fetched from by their address: `images.example.com`, `*.example.com`. */
  allowUrls?: readonly string[];
  /** Hours that results are kept after their jobs, and uploads. */
  keepHours?: number;
  version?: string;
  log?: Log;
}

/** A service that runs. */
export interface Service {
  /** Its address. */
  url: string;
  /** The token that may do everything, when the service was new: told this once. */
  firstToken?: string;
  /**
   * Ends it: requests that came are answered, jobs that run may end within the seconds given.
   *
   * @param seconds 0 stops them now
   */
  close(seconds?: number): Promise<void>;
}

/** The port where no other is given. */
export const SERVICE_PORT = 8330;

/** Seconds until a silent attempt is taken for lost, and the heartbeats within this time. */
export const LEASE = 30;
export const HEARTBEATS = 6;

/** Hours that things are kept where nothing else was said, and seconds between looks for what is older. */
const KEPT = 72;
const LOOKS = 60;

/**
 * Starts a service.
 *
 * @throws FnsError when the database or the store cannot be reached, or the port is taken.
 */
export async function serve(options: ServeOptions): Promise<Service> {
  requirePort(options.port);
  const log = options.log ?? openLog();
  const isExternal = options.database?.startsWith('postgres') ?? false;
  if (options.jobs === 0 && !isExternal && options.database !== 'memory') {
    throw badOption(
      'jobs',
      'at least 1 is needed: no worker of another process can use the embedded database',
    );
  }
  const parts = await openParts(options, log);
  let ready = true;
  // What was begun, to be ended; a start may fail halfway.
  let folder: string | undefined;
  let app: App | undefined;
  let worker: Worker | undefined;
  let keeping: Repeated | undefined;
  let address: string | undefined;
  const close = async (seconds = 0) => {
    ready = false;
    await Promise.all([worker?.drain(seconds), app?.close()]);
    await keeping?.stop();
    if (address !== undefined) await rm(address, { force: true });
    await parts.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    folder = await newProcessFolder('fns-serve-');
    const { ledger, storage } = parts;
    // Alone with its database, nobody else can be at work on these.
    if (ledger.database.isEmbedded) await freeLostJobs(ledger, 0);
    const secret = await linkSecret(ledger.database);
    const metrics = newMetrics(ledger.database);
    const { lease = LEASE, keepHours = KEPT } = options;
    const { linkSeconds: seconds = 3600, publicUrl } = options;
    app = await buildApp(
      {
        ...{ ledger, storage, log, folder },
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        links: newLinks({ secret, seconds, publicUrl: publicUrl?.replace(/\/+$/, '') }),
        changes: await jobChanges(ledger.database),
        version: options.version ?? '0',
        isReady: () => ready,
        metrics,
        urls: { hosts: options.allowUrls ?? [] },
      },
      {
        requestsPerMinute: options.requestsPerMinute ?? 600,
        trustProxy: options.trustProxy ?? false,
        uploads: join(options.data ?? folder, 'uploads'),
      },
    );
    const { host = '127.0.0.1', port = SERVICE_PORT } = options;
    await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
      throw listenFailure(host, port, error);
    });
    // Not before: a start that fails tells it to nobody.
    const firstToken = isExternal ? undefined : await newFirstToken(options, ledger.database);
    const slots = options.jobs ?? (isExternal ? 0 : 1);
    if (slots > 0) {
      worker = await startWorker(
        ledger,
        storage,
        {
          devices: options.devices ?? ['cpu'],
          slots,
          threads: options.threads ?? Math.max(1, Math.floor(availableParallelism() / slots)),
          heartbeat: lease / HEARTBEATS,
          lease,
          onEnd: metrics.attempt,
        },
        log,
      );
    }
    const { port: taken } = app.server.address() as AddressInfo;
    const shown = ['0.0.0.0', '127.0.0.1', '::'].includes(host) ? 'localhost' : host;
    keeping = keepOrder(parts, { lease, keepHours }, log);
    const url = `http://${shown.includes(':') ? `[${shown}]` : shown}:${taken}`;
    if (!isExternal && options.data !== undefined) {
      await writeFile(join(options.data, ADDRESS), `${url}\n`);
      address = join(options.data, ADDRESS);
    }
    return { url, ...(firstToken !== undefined && { firstToken }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Frees the jobs of lost workers, forgets what is old, and removes from the store what was forgotten. */
function keepOrder(
  { ledger, storage }: ServiceParts,
  { lease, keepHours }: { lease: number; keepHours: number },
  log: Log,
): Repeated {
  const onError = (error: Error) => log.warn({ error: error.message }, 'order could not be kept');
  const sweeps = repeat(
    Math.min(LOOKS, keepHours * 3600),
    async () => {
      const forgotten = await forgetOld(ledger.database, keepHours);
      const removed = await emptyTrash(ledger.database, storage);
      if (forgotten + removed > 0) log.info({ forgotten, removed }, 'what is old was removed');
    },
    onError,
  );
  const reaper = repeat(lease / 2, () => freeLostJobs(ledger, lease), onError);
  return {
    async stop() {
      await Promise.all([sweeps.stop(), reaper.stop()]);
    },
  };
}

/** The file of the address in the service's folder, while it runs. */
export const ADDRESS = 'address';

/** The file of the first token in the service's folder. */
export const FIRST_TOKEN = 'admin-token';

/** The first token of a new service, in a file of the service's folder as well. */
async function newFirstToken(
  { data }: Places,
  database: Parameters<typeof listTokens>[0],
): Promise<string | undefined> {
  if ((await listTokens(database)).length > 0) return undefined;
  const { token } = await createToken(database, { owner: 'admin', name: 'first', scopes: SCOPES });
  if (data !== undefined) await writeFile(join(data, FIRST_TOKEN), `${token}\n`, { mode: 0o600 });
  return token;
}
