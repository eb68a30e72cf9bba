/** Numbers of a process for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from './database/database.js';
import type { AttemptEnd, HeldJob } from './records/attempt.js';
import { liveWorkers } from './records/worker.js';

/** The numbers of a process. */
export interface Metrics {
  readonly contentType: string;
  /** All of them, in Prometheus' own text. */
  text(): Promise<string>;
  /** Counts a request. */
  request(route: string, status: number, seconds: number): void;
  /** Counts an attempt that ended. */
  attempt(job: Pick<HeldJob, 'kind' | 'created' | 'parent'>, state: AttemptEnd, seconds: number): void;
}

/** New numbers of a process. @param database counts what waits and runs in it, each time that they are asked for */
export function newMetrics(database?: Database): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry, prefix: 'fns_' });
  const requests = new Histogram({
    ...{ registers, name: 'fns_request_seconds', help: 'requests by route and status' },
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
  });
  const attempts = new Histogram({
    ...{ registers, name: 'fns_attempt_seconds', help: 'attempts at jobs by kind and how they ended' },
    labelNames: ['kind', 'state'],
    buckets: [0.1, 0.5, 2, 10, 60, 600, 3600, 36_000],
  });
  const latency = new Histogram({
    ...{ registers, name: 'fns_job_seconds', help: 'from the request to the result' },
    labelNames: ['kind'],
    buckets: [0.1, 0.5, 2, 10, 60, 600, 3600, 36_000],
  });
  const failures = new Counter({
    ...{ registers, name: 'fns_attempts_failed_total', help: 'attempts that ended without a result' },
    labelNames: ['kind', 'state'],
  });
  if (database) gaugesOf(database, registers);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request: (route, status, seconds) => requests.observe({ route, status }, seconds),
    attempt({ kind, created, parent }, state, seconds) {
      attempts.observe({ kind, state }, seconds);
      if (state !== 'done' && state !== 'shared') failures.inc({ kind, state });
      else if (state === 'done' && parent === null) {
        latency.observe({ kind }, (Date.now() - created.getTime()) / 1000);
      }
    },
  };
}

/** What is counted in the database. */
function gaugesOf(database: Database, registers: Registry[]): void {
  const jobs = new Gauge({
    ...{ registers, name: 'fns_jobs', help: 'jobs that wait or run, by kind and queue' },
    labelNames: ['kind', 'queue', 'state'],
    async collect() {
      const rows = await database.query<{
        kind: string;
        queue: string;
        state: string;
        count: string;
      }>(
        `SELECT kind, queue, state, count(*) AS count
         FROM fns.job WHERE state IN ('queued', 'running') GROUP BY kind, queue, state`,
      );
      jobs.reset();
      for (const { kind, queue, state, count } of rows) jobs.set({ kind, queue, state }, Number(count));
    },
  });
  const ages = new Gauge({
    ...{ registers, name: 'fns_oldest_job_seconds', help: 'the age of the oldest job that waits' },
    labelNames: ['kind', 'queue'],
    async collect() {
      const rows = await database.query<{ kind: string; queue: string; age: number }>(
        `SELECT kind, queue, EXTRACT(epoch FROM now() - min(created))::float8 AS age
         FROM fns.job WHERE state = 'queued' GROUP BY kind, queue`,
      );
      ages.reset();
      for (const { kind, queue, age } of rows) ages.set({ kind, queue }, age);
    },
  });
  const places = new Gauge({
    ...{
      registers,
      name: 'fns_worker_places',
      help: 'jobs that workers can run at a time, and those they run',
    },
    labelNames: ['devices', 'state'],
    async collect() {
      const workers = await liveWorkers(database);
      // Not before: another who asks meanwhile would count on top of it.
      places.reset();
      for (const { devices, slots, running } of workers) {
        places.inc({ devices: devices.join(','), state: 'all' }, slots);
        places.inc({ devices: devices.join(','), state: 'busy' }, running);
      }
    },
  });
}
