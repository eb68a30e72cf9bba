/** A worker as a program of its own. */
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { badOption } from '../core/errors.js';
import { listen, requirePort } from '../node/port.js';
import { type Log, openLog } from './log.js';
import { newMetrics } from './metrics.js';
import { openParts, type Places } from './open.js';
import { HEARTBEATS, LEASE } from './serve.js';
import { startWorker, type WorkerOptions } from './worker/worker.js';

/** How a worker works. */
export interface WorkOptions extends Places, Partial<Pick<WorkerOptions, 'devices' | 'threads' | 'lease'>> {
  /** Jobs at a time; 1 by default. */
  jobs?: number;
  /** A port with `/healthz`, `/readyz` and `/metrics`; none by default. */
  port?: number;
  host?: string;
  log?: Log;
}

/** A worker that runs. */
export interface WorkProcess {
  id: string;
  /** The address of its health and numbers, where it has one. */
  url?: string;
  /** Ends it: jobs that run may end within the seconds given, then they go to other workers. */
  close(seconds?: number): Promise<void>;
}

/**
 * Starts a worker.
 *
 * @throws FnsError when the database or the store cannot be reached, or the port is taken.
 */
export async function work(options: WorkOptions): Promise<WorkProcess> {
  const log = options.log ?? openLog();
  if (!options.database?.startsWith('postgres')) {
    throw badOption('database', 'a worker needs that of its service, postgres://...');
  }
  requirePort(options.port);
  const { ledger, storage, close } = await openParts(options, log);
  const metrics = newMetrics();
  const { jobs = 1, lease = LEASE, devices = ['cpu'], port, host = '127.0.0.1' } = options;
  let ready = false;
  const server = createServer((request, response) => {
    const answer = async (): Promise<[number, string]> => {
      if (request.url === '/metrics') return [200, await metrics.text()];
      if (request.url === '/healthz') return [200, 'alive\n'];
      if (request.url !== '/readyz') return [404, 'not found\n'];
      if (!ready) return [503, 'not ready\n'];
      await ledger.database.query('SELECT 1');
      return [200, 'ready\n'];
    };
    answer()
      .catch((): [number, string] => [503, 'the database cannot be reached\n'])
      .then(([status, text]) => response.writeHead(status, { 'content-type': 'text/plain' }).end(text));
  });
  try {
    const taken = port === undefined ? undefined : await listen(server, host, port);
    const worker = await startWorker(
      ledger,
      storage,
      {
        ...{ devices, lease, slots: jobs, heartbeat: lease / HEARTBEATS, onEnd: metrics.attempt },
        threads: options.threads ?? Math.max(1, Math.floor(availableParallelism() / jobs)),
      },
      log,
    );
    ready = true;
    return {
      id: worker.id,
      ...(taken !== undefined && { url: `http://${host}:${taken}` }),
      async close(seconds = 0) {
        ready = false;
        await worker.drain(seconds);
        server.close();
        server.closeAllConnections();
        await close();
      },
    };
  } catch (error) {
    server.close();
    await close();
    throw error;
  }
}
